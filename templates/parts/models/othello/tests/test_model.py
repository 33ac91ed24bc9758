"""The published model's loader, without the published model: what it says when there is no network."""

import time

import pytest
import torch

from lab.model import build_model, load_published
from lab.plain import Plain
from lab.settings import QUICK
from lab.task import make_task

CPU = torch.device("cpu")


def test_without_a_network_one_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # nothing listens on the discard port
    settings = QUICK.but(model="Baidicoot/Othello-GPT-Transformer-Lens", n_held_out=4)
    began = time.monotonic()
    with pytest.raises(RuntimeError, match=r"No connection to .* trains a small model here"):
        load_published(make_task(settings, CPU), settings, CPU)
    assert time.monotonic() - began < 10


def test_a_published_model_plays_on_eight_by_eight_whatever_the_board_setting() -> None:
    task = make_task(QUICK.but(model="some/repository", board_side=6, n_held_out=4), CPU)
    assert (task.rules.side, task.d_vocab, task.n_ctx) == (8, 61, 59)


def test_the_model_fits_the_game() -> None:
    settings = QUICK.but(n_held_out=4)
    task = make_task(settings, CPU)
    with torch.no_grad():
        logits = build_model(task, settings, CPU)(task.held_out().tokens)
    assert logits.shape == (4, task.n_ctx, task.d_vocab)


def test_training_without_hooks_computes_the_same() -> None:
    settings = QUICK.but(n_held_out=4)
    task = make_task(settings, CPU)
    model = build_model(task, settings, CPU)
    games = task.held_out().tokens
    torch.testing.assert_close(Plain(model)(games), model(games), atol=1e-5, rtol=1e-5)
