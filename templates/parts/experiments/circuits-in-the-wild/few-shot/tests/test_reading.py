"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy.

Planted prompts have two tokens, an example and a word asked. Token TASK stands for examples of the task,
STRANGE for those of another one, MIXED for shuffled ones. Word i is answered by word i + N.
"""

import pytest
import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import measurement
from lab.pairs import Pairs

N = 4  # words
TASK, STRANGE, MIXED = range(2 * N, 2 * N + 3)
VOCAB = 2 * N + 3
ASKED, SHOWN, HELD, FOUND, SAID = (slice(i * VOCAB, (i + 1) * VOCAB) for i in range(5))
PLACE = 5 * VOCAB
CARRIES_TASK, CARRIES_ANSWER = (0, 0), (1, 0)
EYE = torch.eye(VOCAB)


def planted(*, kind: bool = False, any_example: bool = False) -> TransformerBridge:
    """L0H0 brings the example to the end; MLP0 turns word and task into the answer; L1H0 says it.

    `kind`: the task raises all answers alike, and a word its own answer a little, without examples too.
    `any_example`: mixed examples do as well as true ones. Without examples MIXED is said.
    """
    model = TransformerBridge.boot_native(
        {
            "n_layers": 2, "d_model": PLACE + 2, "n_heads": 2, "d_head": VOCAB, "d_mlp": N,
            "act_fn": "relu", "normalization_type": None, "d_vocab": VOCAB, "n_ctx": 2, "seed": 0,
        }
    ).eval()  # fmt: skip
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.W_E[:, ASKED] = EYE
        model.W_pos[:, PLACE:] = torch.eye(2)
        first, second = model.blocks[0].attn, model.blocks[1].attn
        first.q.weight[0, PLACE + 1] = 100.0
        first.k.weight[0, PLACE] = 1.0
        first.v.weight[:VOCAB, ASKED] = EYE
        first.o.weight[HELD, :VOCAB] = EYE
        second.q.weight[0, PLACE + 1] = 100.0
        second.k.weight[0, PLACE + 1] = 1.0
        second.v.weight[:VOCAB, FOUND] = EYE
        second.o.weight[SAID, :VOCAB] = EYE
        tasks = [TASK, MIXED] if any_example else [TASK]
        reads, writes = getattr(model.blocks[0].mlp, "in"), model.blocks[0].mlp.out
        for word in range(N):
            reads.weight[word, ASKED.start + word] = 1.0
            if not kind:
                reads.weight[word, [HELD.start + one for one in tasks]] = 1.0
                reads.bias[word] = -1.0
            writes.weight[FOUND.start + N + word, word] = 0.5 if kind else 5.0
        model.unembed.weight[:, SAID] = EYE
        if kind:
            for answer in range(N, 2 * N):
                model.unembed.weight[answer, [HELD.start + one for one in tasks]] = 4.0
        model.unembed.bias[MIXED] = 1.0
    return model


def prompts(shown: int, words: Tensor) -> Tensor:
    return torch.stack([torch.full_like(words, shown), words], dim=1)


WORDS = torch.arange(N)
OTHER = WORDS.roll(1)
PAIRS = Pairs(
    prompts(TASK, WORDS), prompts(MIXED, WORDS), WORDS + N, OTHER + N, {"end": torch.ones_like(WORDS)}, {}
)  # fmt: skip


def test_using_the_pairing_is_told_from_using_the_format() -> None:
    for any_example in (False, True):
        model = planted(any_example=any_example)
        assert measurement.accuracy(model, PAIRS.clean, PAIRS) == 1
        shuffled = measurement.accuracy(model, PAIRS.corrupted, PAIRS)
        assert shuffled == (1.0 if any_example else 0.0)
    assert measurement.highest(planted(), PAIRS.corrupted, PAIRS).tolist() == [MIXED] * N


def test_bringing_the_task_is_told_from_bringing_the_answer() -> None:
    heads = [CARRIES_TASK, CARRIES_ANSWER, (0, 1)]
    found = {
        name: measurement.effects_from(planted(), PAIRS, prompts(shown, words), heads).tolist()
        for name, shown, words in (
            ("same word", TASK, WORDS), ("another word", TASK, OTHER), ("another task", STRANGE, WORDS),
        )
    }  # fmt: skip
    assert found["same word"] == pytest.approx([1, 1, 0], abs=1e-4)
    assert found["another word"][0] == pytest.approx(1, abs=1e-4)
    assert found["another word"][1] < 0  # it brings the other word's answer
    assert found["another task"] == pytest.approx([0, 0, 0], abs=1e-4)


def test_applying_a_task_is_told_from_naming_a_kind_of_word() -> None:
    bare = Pairs(
        prompts(STRANGE, WORDS), prompts(STRANGE, WORDS), PAIRS.right, PAIRS.wrong, PAIRS.places, {}
    )
    for kind in (False, True):
        model = planted(kind=kind)
        before = measurement.with_outputs(model, bare, {})
        task = measurement.mean_outputs(model, PAIRS.clean, PAIRS, [CARRIES_TASK])
        after = measurement.with_outputs(model, bare, task)
        assert before[0] == 0 and after[0] == 1
        assert after[1] - before[1] == pytest.approx(0.0 if kind else 5.0, abs=1e-3)
        mixed = measurement.mean_outputs(model, PAIRS.corrupted, PAIRS, [CARRIES_TASK])
        assert measurement.with_outputs(model, bare, mixed)[0] == 0
        idle = measurement.mean_outputs(model, PAIRS.clean, PAIRS, [(0, 1)])
        assert measurement.with_outputs(model, bare, idle) == pytest.approx(before)


def test_the_control_draws_other_heads_of_the_same_layers() -> None:
    model = planted()
    assert measurement.other_heads(model, [(0, 0), (1, 1)], seed=0) == [(0, 1), (1, 0)]
    assert measurement.other_heads(model, [(0, 0), (0, 1)], seed=0) == []


def test_attention_is_summed_by_what_is_looked_at() -> None:
    seen = {
        "word0": 0.1,
        "answer0": 0.2,
        "answer1": 0.3,
        "query": 0.1,
        "end": 0.05,
        "first token": 0.2,
        "rest": 0.05,
    }
    found = measurement.looked_at(seen)
    assert found == pytest.approx(
        {"answers": 0.5, "words": 0.1, "query": 0.1, "first token": 0.2, "rest": 0.1}
    )
