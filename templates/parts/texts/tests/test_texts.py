"""Windows of tokens under two tiny models, one that is used with a BOS and one that is not."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformer_lens import TransformerBridge

from lab import texts
from lab.settings import QUICK

END, LENGTH = "<|endoftext|>", 16
PYTHON = QUICK.but(texts="python")


def tiny(folder: Path, family: str) -> TransformerBridge:
    """A model with random weights and a byte-level vocabulary of 300, loaded from a folder.

    Four rows of its embedding belong to no token, as in published models of this family.
    """
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=[END, "<|pad|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator(["the cat sat on the mat and the dog sat on the log"] * 9, trainer)
    words = transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, bos_token=END, eos_token=END, pad_token="<|pad|>"
    )
    n, sizes = len(words) + 4, {"bos_token_id": 0, "eos_token_id": 0}
    model = {
        "gpt2": lambda: transformers.GPT2LMHeadModel(
            transformers.GPT2Config(
                n_layer=1, n_head=2, n_embd=8, vocab_size=n, n_positions=64, **sizes
            )
        ),
        "gpt_neox": lambda: transformers.GPTNeoXForCausalLM(
            transformers.GPTNeoXConfig(
                num_hidden_layers=1, num_attention_heads=2, hidden_size=16, intermediate_size=8,
                vocab_size=n, max_position_embeddings=64, **sizes,
            )
        ),
    }[family]()  # fmt: skip
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    return TransformerBridge.boot_transformers(str(folder), device="cpu").eval()


@pytest.fixture(scope="module")
def with_bos(tmp_path_factory: pytest.TempPathFactory) -> TransformerBridge:
    return tiny(tmp_path_factory.mktemp("gpt2"), "gpt2")


@pytest.fixture(scope="module")
def without_bos(tmp_path_factory: pytest.TempPathFactory) -> TransformerBridge:
    return tiny(tmp_path_factory.mktemp("neox"), "gpt_neox")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty texts and ten programs of known words."""
    made = tmp_path_factory.mktemp("own")
    for i in range(40):
        (made / f"{i:02d}.txt").write_text(
            f"{i} times the cat sat on the mat. " * 9, encoding="utf-8"
        )
    for i in range(10):
        (made / f"{i:02d}.py").write_text(f"print({i})\n" * 30, encoding="utf-8")
    return made


def test_windows_are_the_text_cut_in_pieces_behind_a_bos(with_bos, without_bos, folder) -> None:
    own = QUICK.but(texts=str(folder))
    text = (folder / "00.py").read_text(encoding="utf-8")
    for model, first in ((with_bos, [model_bos(with_bos)]), (without_bos, [])):
        found = texts.windows(model, own, 2, LENGTH)
        size = LENGTH - len(first)
        ids = model.tokenizer(text, add_special_tokens=False).input_ids
        assert found.tokens.tolist() == [first + ids[:size], first + ids[size : 2 * size]]
        assert (found.documents, found.kinds) == (["00.py"] * 2, ["code"] * 2)
        assert (found.starts, found.bos) == ([0, size], bool(first))
        assert text.startswith(model.tokenizer.decode(ids[: 2 * size]))


def model_bos(model: TransformerBridge) -> int:
    return int(model.tokenizer.bos_token_id)


def test_the_bos_can_be_asked_for_and_left_out(with_bos, without_bos, folder) -> None:
    own = QUICK.but(texts=str(folder))
    bare = texts.windows(with_bos, own, 4, LENGTH, prepend_bos=False)
    added = texts.windows(without_bos, own, 4, LENGTH, prepend_bos=True)
    assert model_bos(with_bos) not in bare.tokens
    assert (added.tokens[:, 0] == model_bos(without_bos)).all()
    assert torch.equal(bare.tokens[0, : LENGTH - 1], added.tokens[0, 1:])


def test_ids_are_those_of_the_loader_and_written_special_tokens_are_text(
    with_bos, without_bos
) -> None:
    for model in (with_bos, without_bos):
        for text in ("the cat sat\n\n  on", "Ünïcode 漢字 \u202e", " leading"):
            loader = model.to_tokens(text, prepend_bos=False, truncate=False)[0].tolist()
            assert texts.encode(model, text) == loader
        written = texts.encode(model, f"a{END}b")
        assert model_bos(model) not in written
        assert model.tokenizer.decode(written) == f"a{END}b"


def test_the_beginning_of_a_long_text_has_the_ids_of_the_whole(with_bos) -> None:
    long = max((document.text for document in texts.documents(PYTHON)), key=len)
    sparse = "cat sat on the mat" + " " * 9_000 + "and the dog"
    for text in (long, sparse, "the log"):
        whole = texts.encode(with_bos, text)
        assert texts._beginning(with_bos, text, 40)[:40] == whole[:40]
    assert len(texts._beginning(with_bos, long, 40)) < 40 * 16 < len(texts.encode(with_bos, long))


def test_at_most_so_many_windows_come_from_one_document(with_bos, folder) -> None:
    own = QUICK.but(texts=str(folder))
    found = texts.windows(with_bos, own, 60, LENGTH, each=3)
    assert max(found.documents.count(name) for name in {*found.documents}) == 3
    assert len({*found.documents}) == 20


def test_the_same_call_gives_the_same_windows(with_bos) -> None:
    one, other = (texts.windows(with_bos, PYTHON, 200, LENGTH) for _ in range(2))
    assert torch.equal(one.tokens, other.tokens)
    assert (one.documents, one.kinds, one.starts) == (other.documents, other.kinds, other.starts)


def test_no_document_is_in_both_parts_and_together_they_are_all(with_bos, folder) -> None:
    own = QUICK.but(texts=str(folder))
    everything = texts.windows(with_bos, own, 100, LENGTH, each=2)
    held = [document.name for document in texts.documents(own) if texts.held_out(document)]
    train = texts.windows(with_bos, own, 2 * (50 - len(held)), LENGTH, part="train", each=2)
    rest = texts.windows(with_bos, own, 2 * len(held), LENGTH, part="held-out", each=2)
    assert 5 <= len(held) <= 20
    assert {*rest.documents} == {*held}
    assert {*train.documents} == {*everything.documents} - {*held}


def test_copies_of_a_text_are_on_one_side() -> None:
    sides = []
    for i in range(200):
        text = f"Text {i} of many. " * 40
        copies = [("a", text), ("b", f"\n  {text}"), ("c", f"{text} The end.")]
        held = {texts.held_out(texts.Document(name, "prose", one)) for name, one in copies}
        assert len(held) == 1
        sides += held
    assert 0.15 < sum(sides) / len(sides) < 0.35


def test_python_brings_prose_and_code_that_share_no_paragraph() -> None:
    found = list(texts.documents(PYTHON))
    prose = [document.text for document in found if document.kind == "prose"]
    code = [document.text for document in found if document.kind == "code"]
    assert len(prose) >= 40 and sum(map(len, prose)) >= 200_000
    assert len(code) >= 90 and sum(map(len, code)) >= 2_000_000
    assert [document.kind for document in found[:6]] == ["prose", "code"] * 3
    assert len({document.name for document in found}) == len(found)
    paragraphs = [one for text in prose for one in {*text.split("\n\n")} if len(one) > 80]
    assert len(paragraphs) == len({*paragraphs}) > 500


def test_prose_is_not_broken_into_lines(with_bos) -> None:
    found = {document.name: document.text for document in texts.documents(PYTHON)}
    text = found["help: assert"]
    assert "a convenient way to insert debugging assertions into a program" in text
    assert "\n   if __debug__:\n" in text
    assert "***" not in text
    assert text.startswith('The "assert" statement\n\nAssert statements are')


def test_one_kind_can_be_asked_for_and_looked_up(with_bos) -> None:
    mixed = texts.windows(with_bos, PYTHON, 64, LENGTH, each=2)
    assert {*mixed.kinds} == {"prose", "code"}
    code = mixed.of("code")
    assert 0 < len(code) < 64
    assert torch.equal(
        code.tokens, mixed.tokens[torch.tensor([one == "code" for one in mixed.kinds])]
    )
    assert all(name.startswith("stdlib: ") for name in code.documents)
    assert torch.equal(mixed.rows(torch.tensor([5, 2])).tokens, mixed.tokens[[5, 2]])
    assert mixed.rows(torch.tensor([5, 2])).starts == [mixed.starts[5], mixed.starts[2]]
    asked = texts.windows(with_bos, PYTHON, 20, LENGTH, kind="prose", each=2)
    assert {*asked.kinds} == {"prose"}


def test_shuffled_keeps_the_tokens_of_each_window_and_their_bos(with_bos, without_bos) -> None:
    for model in (with_bos, without_bos):
        found = texts.windows(model, PYTHON, 50, LENGTH)
        mixed = texts.shuffled(found, seed=1)
        assert torch.equal(mixed.sort(dim=1).values, found.tokens.sort(dim=1).values)
        assert torch.equal(mixed[:, : found.bos], found.tokens[:, : found.bos])
        assert (mixed != found.tokens).float().mean() > 0.5
        assert torch.equal(mixed, texts.shuffled(found, seed=1))
        assert not torch.equal(mixed, texts.shuffled(found, seed=2))


def test_random_tokens_are_every_ordinary_token_and_no_other(with_bos) -> None:
    found = texts.windows(with_bos, PYTHON, 400, LENGTH)
    drawn = texts.random_like(with_bos, found, seed=1)
    special = {*with_bos.tokenizer.all_special_ids}
    assert with_bos.cfg.d_vocab == len(with_bos.tokenizer) + 4
    assert {*drawn[:, 1:].flatten().tolist()} == {*range(len(with_bos.tokenizer))} - special
    assert torch.equal(drawn[:, 0], found.tokens[:, 0])
    assert torch.equal(drawn, texts.random_like(with_bos, found, seed=1))


def test_rows_of_a_data_set_are_documents_with_its_own_kinds() -> None:
    rows = [
        {"text": "one", "meta": {"pile_set_name": "Github"}},
        {"id": "7", "text": "two", "meta": {"pile_set_name": "Enron Emails"}},
        {"text": None},
        {"content": "three", "size": 5},
    ]
    assert list(texts._of_rows(rows, "o/n")) == [
        ("o/n: 0", "code", "one"),
        ("o/n: 1", "Enron Emails", "two"),
        ("o/n: 2", "text", ""),
        ("o/n: 3", "text", "three"),
    ]
    with pytest.raises(RuntimeError, match=r"^it has no column of text, only tokens$"):
        list(texts._of_rows([{"tokens": [1, 2]}], "o/n"))


@pytest.mark.parametrize(
    ("changes", "options", "says"),
    [
        ({}, {"length": 65}, "Windows of 65 tokens: this model reads 2 to 64."),
        ({}, {"part": "test"}, "part 'test' is none of all, train, held-out."),
        ({}, {"kind": "poem"}, "{folder} has no texts of kind 'poem'; it has: code, prose."),
        (
            {},
            {"n": 999, "each": 2},
            "{folder} has 100 windows of 16 tokens where 999 are asked for (part 'all', 2 a document): "
            "ask for fewer or shorter ones, or raise `each`.",
        ),
    ],
)
def test_what_cannot_be_done_is_one_sentence(with_bos, folder, changes, options, says) -> None:
    own = QUICK.but(texts=str(folder), **changes)
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        texts.windows(with_bos, own, **{"n": 4, "length": LENGTH} | options)
    assert str(refused.value) == says.replace("{folder}", str(folder))


class Refusing(BaseHTTPRequestHandler):
    """A hub that knows gated, busy and broken data sets, and of the gated ones tells all but the files."""

    def do_GET(self) -> None:
        """Answer as the hub does when it is asked about a data set."""
        status = next((s for word, s in (("busy", 429), ("broken", 500)) if word in self.path), 404)
        if "gated" in self.path:
            self.answer(200, b'{"id": "some/gated", "sha": "0", "gated": "auto"}')
        else:
            self.answer(status, error="RepoNotFound" if status == 404 else "")

    def do_HEAD(self) -> None:
        """Answer as the hub does when it is asked for a file."""
        self.answer(403, error="GatedRepo")

    def answer(self, status: int, body: bytes = b"", error: str = "") -> None:
        """Send it, with the hub's own word for the error."""
        self.send_response(status)
        if error:
            self.send_header("X-Error-Code", error)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def hub() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "nobody/nothing",
            "There is no folder 'nobody/nothing' here, and no public data set of that name on {hub}: "
            "check `texts` in lab/settings.py.",
        ),
        (
            "a/b/c",
            "There is no folder 'a/b/c' here, and no public data set of that name on {hub}: "
            "check `texts` in lab/settings.py.",
        ),
        (
            "some/gated",
            "some/gated is gated: accept its terms at {hub}/datasets/some/gated, then run "
            "`hf auth login` here.",
        ),
        *(
            (
                f"some/{word}",
                f"{{hub}} answered {status}, so some/{word} cannot be read. Try again, or set "
                '`texts="python"` in lab/settings.py, which needs no network.',
            )
            for word, status in (("busy", 429), ("broken", 500))
        ),
    ],
)
def test_a_data_set_that_the_hub_does_not_give_is_one_sentence(
    hub: str, name: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", hub)
    with pytest.raises(RuntimeError) as refused:
        next(texts.documents(QUICK.but(texts=name)))
    assert str(refused.value) == says.replace("{hub}", hub)


def test_without_a_network_there_is_a_sentence_within_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # nobody listens there
    began = time.perf_counter()
    with pytest.raises(
        RuntimeError, match=r"^http://127.0.0.1:9 cannot be reached, so o/n cannot be"
    ):
        next(texts.documents(QUICK.but(texts="o/n")))
    assert time.perf_counter() - began < 10


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r" holds no file that ends in \.txt, \.md, \.py\.$"):
        list(texts.documents(QUICK.but(texts=str(tmp_path))))
