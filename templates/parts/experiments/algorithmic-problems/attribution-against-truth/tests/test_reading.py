"""Each reading key of the notebook against planted heads for which it holds, and others for which not."""

import pytest
import torch

from lab import measurement, planted
from lab.settings import QUICK
from lab.task import make_task

CPU = torch.device("cpu")
TOKENS, CONTEXT = 12, 16
PROMPTS = planted.prompts(64, TOKENS, period=7, generator=torch.Generator().manual_seed(0))


def judged(prompts: planted.Prompts = PROMPTS, **changes) -> dict[str, torch.Tensor]:
    """The three opinions on the planted model, [layer, head] each, and its layers at once [layer]."""
    parts = {"found": 6.0, "twin": 6.0, "written": 1.0, "erased": 0.0} | changes
    model = planted.model(TOKENS, CONTEXT, **parts, device=CPU)
    return measurement.opinions(model, *prompts) | {
        "at once": measurement.layers_at_once(model, *prompts)
    }


def test_ablation_without_direct_drop_says_that_later_heads_need_it() -> None:
    for written in (1.0, -3.0):  # ablation is above the direct drop of a harmful writer, too
        found = judged(written=written, erased=1.0)
        drop, ablation = found["direct drop"], found["ablation"]
        assert abs(drop[planted.HELPER]) < 0.01 and ablation[planted.HELPER] > 11
        assert abs(drop[planted.WRITER]) > 0.9 and abs(ablation[planted.WRITER]) < 0.01
        assert abs(drop[planted.IDLE]) < 0.01 and abs(ablation[planted.IDLE]) < 0.01


def with_backup(written: float):
    """The eraser's head made a backup: it writes what the writer writes, less what already stands there."""
    model = planted.model(
        TOKENS, CONTEXT, found=6.0, twin=6.0, written=written, erased=1.0, device=CPU
    )
    d_head = max(TOKENS, CONTEXT)
    first = planted.ERASER[1] * d_head
    with torch.no_grad():
        values = model.blocks[1].attn.v.weight
        values[first : first + TOKENS, :TOKENS] = written * torch.eye(TOKENS)
    return model


def test_direct_drop_without_ablation_is_an_eraser_or_a_backup_told_by_attribution() -> None:
    backup = measurement.opinions(with_backup(3.0), *PROMPTS)
    eraser = judged(written=3.0, erased=1.0)
    for found in (backup, eraser):
        assert found["direct drop"][planted.WRITER] == pytest.approx(3.0, abs=0.05)
        assert found["ablation"][planted.WRITER] == pytest.approx(0.0, abs=0.05)
    assert eraser["attribution"][planted.ERASER] == pytest.approx(-3.0, abs=0.05)
    assert backup["attribution"][planted.ERASER] == pytest.approx(0.0, abs=0.05)


def test_direct_drop_without_ablation_says_that_something_later_undoes_it() -> None:
    for written in (3.0, -3.0):
        for erased in (0.0, 1.0):
            found = judged(written=written, erased=erased)
            drop, ablation = (found[name][planted.WRITER] for name in ("direct drop", "ablation"))
            assert drop == pytest.approx(written, abs=0.05)
            assert ablation == pytest.approx(written * (1 - erased), abs=0.05)


@pytest.mark.parametrize("layer_norm", [False, True])
def test_in_the_last_layer_direct_drop_and_ablation_are_one(layer_norm: bool) -> None:
    found = judged(written=3.0, erased=0.5, layer_norm=layer_norm)
    torch.testing.assert_close(found["direct drop"][1], found["ablation"][1], atol=0.01, rtol=0)


def test_a_direct_drop_below_attribution_says_layer_norm_or_the_same_on_every_prompt() -> None:
    plain, normed = judged(), judged(layer_norm=True)
    alike = judged(planted.Prompts(*(part[:1].expand(64, *part.shape[1:]) for part in PROMPTS)))
    for role in (planted.FINDER, planted.TWIN):
        assert plain["direct drop"][role] == pytest.approx(6.0, abs=0.1)
        assert plain["attribution"][role] == pytest.approx(6.0, abs=0.01)
        assert normed["attribution"][role] > 3 and normed["direct drop"][role] < 0.5
        assert alike["attribution"][role] == pytest.approx(6.0, abs=0.01)
        assert abs(alike["direct drop"][role]) < 0.01


def test_right_and_wrong_stand_in_the_context_about_as_often() -> None:
    task = make_task(QUICK, CPU)
    tokens, right, wrong = measurement.questions(task, 4096, torch.Generator().manual_seed(0))
    often = [(tokens == one[:, None]).float().mean().item() for one in (right, wrong)]
    assert abs(often[0] - often[1]) < 0.03


def test_layer_norm_alone_can_hide_heads_from_single_ablations() -> None:
    plain, normed = judged(), judged(layer_norm=True)
    assert plain["ablation"][1].sum() == pytest.approx(plain["at once"][1].item(), abs=0.1)
    assert normed["at once"][1] > 4 and normed["ablation"][1].sum() < 1
