"""The checks pass where interventions work, and speak up where they do not."""

import hand_written
import pytest
import tiny
import torch
from test_patching import WORDS, some_pairs

from lab.live import check, editable, need_editable
from lab.pairs import Pairs


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_every_family_passes_and_read_only_patterns_are_found(family, tmp_path, capsys) -> None:
    model = tiny.model(tmp_path, family, [WORDS])
    check(model, some_pairs(), rows=2)
    said = capsys.readouterr().out.splitlines()
    said = [line for line in said if "not this task" not in line]
    read_only = family in {"gpt_neo", "gptj"}
    assert said[1].endswith("pattern is read-only" if read_only else "pattern can be edited")
    assert [line.rsplit(": ")[1] for line in said[2:]] == [
        "0.0000 (must be 0)", "1.0000 (must be 1)", "1.0000 (must be 1)", "0.0000 (must be 0)"
    ]  # fmt: skip
    assert editable(model, "blocks.1.attn.hook_z")
    assert editable(model, "blocks.0.attn.hook_pattern") != read_only
    if read_only:
        with pytest.raises(RuntimeError, match=r"edits of blocks.0.attn.hook_pattern do not reach"):
            need_editable(model, "blocks.0.attn.hook_pattern")
    with pytest.raises(ValueError, match=r"no activation blocks.0.hook_nothing"):
        editable(model, "blocks.0.hook_nothing")


def test_scores_of_a_model_from_scratch_cannot_be_edited(tmp_path) -> None:
    assert not editable(hand_written.model(), "blocks.0.attn.hook_attn_scores")


def test_a_model_that_is_led_astray_is_told_from_one_that_is_led(tmp_path, capsys) -> None:
    model, pairs = tiny.model(tmp_path, "gpt2", [WORDS]), some_pairs()
    turned = Pairs(pairs.clean, pairs.corrupted, pairs.wrong, pairs.right, pairs.places, {})
    for one, astray in ((pairs, False), (turned, True)):
        check(model, one)
        assert ("not this task" in capsys.readouterr().out) == astray


def test_prompts_that_say_the_same_are_refused(tmp_path) -> None:
    model, pairs = tiny.model(tmp_path, "gpt2", [WORDS]), some_pairs()
    same = Pairs(pairs.clean, pairs.clean, pairs.right, pairs.wrong, pairs.places, {})
    with pytest.raises(ValueError, match="same mean logit difference"):
        check(model, same)


def test_an_activation_that_nothing_reads_is_refused(tmp_path) -> None:
    model, pairs = tiny.model(tmp_path, "gpt2", [WORDS]), some_pairs()
    with torch.no_grad():
        model.blocks[1].attn.o.original_component.weight.zero_()
    with pytest.raises(RuntimeError, match=r"edits of blocks.1.attn.hook_q do not reach"):
        check(model, pairs)


def test_a_way_around_the_patched_activations_is_found(tmp_path) -> None:
    """What reads the tokens behind the last layer's back is not patched with all the rest."""
    model, pairs = tiny.model(tmp_path, "gpt2", [WORDS]), some_pairs()
    tokens = []
    direction = torch.randn(model.cfg.d_model, generator=torch.Generator().manual_seed(1))

    def read(ids: torch.Tensor, hook: object) -> None:
        tokens.append(ids)

    def leak(stream: torch.Tensor, hook: object) -> torch.Tensor:
        return stream + 0.1 * tokens[-1].sum(1)[:, None, None] * direction

    hooks = [("embed.hook_in", read), ("ln_final.hook_out", leak)]
    with (
        model.hooks(fwd_hooks=hooks),
        pytest.raises(
            RuntimeError,
            match="every activation replaced by that of the clean run has an effect of",
        ),
    ):
        check(model, pairs)
