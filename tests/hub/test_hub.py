"""The hub as huggingface_hub sees it: its pages, its files, and everything that can go wrong."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hub import server
from hub.server import Fault, Hub
from huggingface_hub import HfApi, hf_hub_download, snapshot_download
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

WORDS = "herons wait near a weir " * 100


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """A hub with two models, one of them with revisions, and a data set."""
    for folder, text in {
        "pond/heron": WORDS,
        "pond/heron@step0": "an egg",
        "pond/heron@refs%2Fpr%2F1": "a stork",
        "datasets/pond/fish": "perch",
        "openai-community/gpt2": "GPT-2",
    }.items():
        (tmp_path / "small" / folder / "deep").mkdir(parents=True)
        (tmp_path / "small" / folder / "deep" / "text.txt").write_text(text, encoding="utf-8")
    aliases = tmp_path / "small" / "pond" / "heron@.json"
    aliases.write_text(json.dumps({"step1": "step0"}), encoding="utf-8")
    with Hub(tmp_path / "small") as made:
        yield made


@pytest.fixture
def api(hub: Hub) -> HfApi:
    """A client of that hub alone."""
    return HfApi(endpoint=hub.url, token=False)


def download(hub: Hub, to: Path, name: str = "pond/heron", **options: str) -> str:
    """A file of a repository as text."""
    path = hf_hub_download(
        name, "deep/text.txt", endpoint=hub.url, cache_dir=to, token=False, **options
    )
    return Path(path).read_text(encoding="utf-8")


def test_a_file_comes_from_the_revision_that_is_asked_for(hub: Hub, tmp_path: Path) -> None:
    assert download(hub, tmp_path) == WORDS
    assert download(hub, tmp_path, revision="step0") == "an egg"
    assert download(hub, tmp_path, revision="step1") == "an egg"
    assert download(hub, tmp_path, revision="refs/pr/1") == "a stork"
    assert download(hub, tmp_path, "pond/fish", repo_type="dataset") == "perch"


def test_a_commit_stands_for_its_revision(hub: Hub, api: HfApi, tmp_path: Path) -> None:
    shas = {one: api.model_info("pond/heron", revision=one).sha for one in ("main", "step0")}
    assert len(set(shas.values())) == 2
    assert download(hub, tmp_path, revision=str(shas["step0"])) == "an egg"


def test_an_old_id_leads_to_the_new_one(hub: Hub, api: HfApi, tmp_path: Path) -> None:
    assert download(hub, tmp_path, "gpt2") == "GPT-2"
    assert api.model_info("gpt2").id == "openai-community/gpt2"
    assert any(line == "HEAD /gpt2/resolve/main/deep/text.txt 307" for line in hub.asked)


def test_the_pages_say_what_there_is(hub: Hub, api: HfApi) -> None:
    assert api.list_repo_files("pond/heron") == ["deep/text.txt"]
    assert api.list_repo_files("pond/fish", repo_type="dataset") == ["deep/text.txt"]
    branches = {one.name for one in api.list_repo_refs("pond/heron").branches}
    assert branches == {"main", "step0", "step1", "refs/pr/1"}
    info = api.get_paths_info("pond/heron", ["deep/text.txt", "deep", "no"])
    assert {one.path: getattr(one, "size", None) for one in info} == {
        "deep/text.txt": len(WORDS),
        "deep": None,
    }
    assert api.file_exists("pond/heron", "deep/text.txt")
    assert not api.file_exists("pond/heron", "text.txt")


def test_a_whole_snapshot_can_be_taken(hub: Hub, tmp_path: Path) -> None:
    folder = snapshot_download("pond/heron", endpoint=hub.url, cache_dir=tmp_path, token=False)
    assert (Path(folder) / "deep" / "text.txt").read_text(encoding="utf-8") == WORDS


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=7-11", 7, 12), ("bytes=2390-", 2390, 2400), ("bytes=-10", 2390, 2400)],
)
def test_a_part_of_a_file_can_be_asked_for(hub: Hub, asked: str, start: int, end: int) -> None:
    answer = httpx.get(f"{hub.url}/pond/heron/resolve/main/deep/text.txt", headers={"Range": asked})
    assert (answer.status_code, answer.text) == (206, WORDS[start:end])
    assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(WORDS)}"


def test_what_is_not_there_is_an_error_of_its_kind(hub: Hub, api: HfApi, tmp_path: Path) -> None:
    with pytest.raises(RepositoryNotFoundError):
        download(hub, tmp_path, "pond/nobody")
    with pytest.raises(RepositoryNotFoundError):
        api.model_info("pond/nobody")
    with pytest.raises(RevisionNotFoundError):
        api.model_info("pond/heron", revision="step2")
    with pytest.raises(RevisionNotFoundError):
        download(hub, tmp_path, revision="step2")
    with pytest.raises(EntryNotFoundError):
        hf_hub_download("pond/heron", "no", endpoint=hub.url, cache_dir=tmp_path, token=False)


@pytest.mark.parametrize("path", ["..%2F..%2Fsecret", "%2E%2E/%2E%2E/secret", "deep/..%2F..%2Fno"])
def test_nothing_outside_a_repository_is_served(hub: Hub, tmp_path: Path, path: str) -> None:
    (tmp_path / "small" / "secret").write_text("secret", encoding="utf-8")
    assert httpx.get(f"{hub.url}/pond/heron/resolve/main/{path}").status_code == 404


def test_real_weights_come_before_tiny_ones_as_a_whole(tmp_path: Path) -> None:
    for folder in ("real/pond/heron", "tiny/pond/heron", "tiny/pond/heron@step0", "tiny/pond/owl"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "which").write_text(folder.partition("/")[0], encoding="utf-8")
    with Hub(tmp_path / "real", tmp_path / "tiny") as hub:
        heron, owl = (f"{hub.url}/pond/{name}/resolve/main/which" for name in ("heron", "owl"))
        assert (httpx.get(heron).text, httpx.get(owl).text) == ("real", "tiny")
        assert httpx.get(heron.replace("main", "step0")).status_code == 404


def test_a_gated_model_shows_its_pages_and_keeps_its_files(
    hub: Hub, api: HfApi, tmp_path: Path
) -> None:
    with hub.fault(server.GATED, "pond/heron"):
        assert api.model_info("pond/heron").id == "pond/heron"
        with pytest.raises(GatedRepoError):
            download(hub, tmp_path)
        assert download(hub, tmp_path, "gpt2") == "GPT-2"
    assert download(hub, tmp_path) == WORDS


@pytest.mark.parametrize(
    ("fault", "status"),
    [(server.UNAUTHORISED, 401), (server.TOO_MANY, 429), (server.BROKEN, 500)],
)
def test_a_status_on_demand_is_seen(api: HfApi, hub: Hub, fault: Fault, status: int) -> None:
    with hub.fault(fault), pytest.raises(HfHubHTTPError) as caught:
        api.model_info("pond/heron")
    assert caught.value.response.status_code == status


def test_a_repository_can_be_missing_on_demand(api: HfApi, hub: Hub) -> None:
    with hub.fault(server.NOT_FOUND), pytest.raises(RepositoryNotFoundError):
        api.model_info("pond/heron")


def test_a_slow_hub_answers_in_the_end(api: HfApi, hub: Hub) -> None:
    with hub.fault(Fault(seconds=0.5)):
        began = time.monotonic()
        assert api.model_info("pond/heron").id == "pond/heron"
        assert time.monotonic() - began >= 0.5
        with pytest.raises(Exception, match="timed out"):
            api.model_info("pond/heron", timeout=0.1)


def test_a_download_is_cut_off_in_the_middle(hub: Hub) -> None:
    received: list[bytes] = []
    url = f"{hub.url}/pond/heron/resolve/main/deep/text.txt"
    with hub.fault(server.CUT_OFF), httpx.stream("GET", url) as answer:
        assert answer.headers["Content-Length"] == str(len(WORDS))
        with pytest.raises(httpx.RemoteProtocolError):
            received.extend(answer.iter_bytes())
    assert b"".join(received).decode() == WORDS[: len(WORDS) // 2]


def test_nobody_listens_while_it_is_offline(hub: Hub, api: HfApi) -> None:
    url = hub.url
    with hub.offline(), pytest.raises(httpx.ConnectError):
        httpx.get(url)
    assert hub.url == url
    assert api.model_info("pond/heron").id == "pond/heron"
