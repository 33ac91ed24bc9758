"""What the figures are said to show, on streams and models made by hand, each with a decoy."""

import pytest
import torch
from transformer_lens import TransformerBridge

from lab import measurement
from lab.data import Batch
from lab.settings import QUICK
from lab.task import make_task

TASK = make_task(QUICK.but(model="", board_side=4, n_held_out=600), torch.device("cpu"))
BOARDS = TASK.boards(TASK.games)
FACTS = measurement.facts(BOARDS)
N = TASK.rules.n_squares
WIDTH = 48


def noise() -> torch.Tensor:
    """Noise with a few strong directions, as a real stream has."""
    seeded = torch.Generator().manual_seed(1)
    shape = torch.randn(WIDTH, WIDTH, generator=seeded) * torch.logspace(0.5, -1.5, WIDTH)[:, None]
    return torch.randn(*BOARDS.shape[:2], WIDTH, generator=seeded) @ shape * 0.3


def stream(directions: torch.Tensor) -> torch.Tensor:
    return FACTS[..., :N] @ directions + noise()


def orthogonal() -> torch.Tensor:
    drawn = torch.randn(WIDTH, N, generator=torch.Generator().manual_seed(2))
    return torch.linalg.qr(drawn)[0].T


def shared() -> torch.Tensor:
    """Sixteen squares in six dimensions."""
    six = torch.randn(N, 6, generator=torch.Generator().manual_seed(3))
    return torch.nn.functional.normalize(six, dim=1) @ orthogonal()[:6]


@pytest.mark.parametrize("kind", ["probe", "class means"])
def test_squares_that_share_directions_overlap_more_than_the_control(kind: str) -> None:
    def both(values: torch.Tensor) -> tuple[float, float]:
        control = measurement.with_orthogonal_squares(values, BOARDS)
        return tuple(
            measurement.overlap(measurement.cosines(one, BOARDS, kind)).mean().item()
            for one in (values, control)
        )

    real, control = both(stream(shared()))
    assert real > control + 0.1
    real, control = both(stream(orthogonal()))
    assert abs(real - control) < 0.06


def test_one_direction_for_who_leads_overlaps_more_than_the_control_too() -> None:
    axes = torch.linalg.qr(torch.randn(WIDTH, WIDTH, generator=torch.Generator().manual_seed(2)))[0]
    lead = FACTS[..., :N].sum(-1, keepdim=True)
    values = FACTS[..., :N] @ axes[:N] + lead @ axes[N : N + 1] + noise()
    real, control = (
        measurement.overlap(measurement.cosines(one, BOARDS, "class means")).mean().item()
        for one in (values, measurement.with_orthogonal_squares(values, BOARDS))
    )
    assert real > control + 0.05


def test_correlated_boards_bend_the_class_means_of_orthogonal_squares() -> None:
    values = stream(orthogonal())
    bent = measurement.overlap(measurement.cosines(values, BOARDS, "class means")).mean()
    straight = orthogonal() @ orthogonal().T
    assert bent > measurement.overlap(straight).mean() + 0.05


def planted(
    answer: float, makes_up: float, by_mark: bool = False, normalization: str | None = None
) -> tuple[TransformerBridge, Batch]:
    """One layer: the head writes `answer` times what tells legal from illegal, and a mark that nobody reads out.
    Two neurons add `makes_up` times that answer (negative: they work against it). They hear the answer, or with
    `by_mark` the mark, or with a LayerNorm the embedding. Tokens 1 and 2; what is legal is the token itself."""
    model = TransformerBridge.boot_native(
        {
            "n_layers": 1, "d_model": 40, "n_heads": 1, "d_head": 2, "d_mlp": 2, "act_fn": "relu",
            "normalization_type": normalization, "d_vocab": 3, "n_ctx": 1, "seed": 0,
        }
    ).eval()  # fmt: skip
    block, sign = model.blocks[0], 1.0 if answer >= 0 else -1.0
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.fill_(1.0 if "ln" in name and "weight" in name else 0.0)
        model.W_E[1, 0] = model.W_E[2, 1] = 1.0
        block.attn.v.weight[:, :2] = torch.eye(2)
        block.attn.o.weight[2:4] = answer * torch.eye(2)
        block.attn.o.weight[4:6] = torch.eye(2)
        if normalization:
            getattr(block.mlp, "in").weight[:, :2] = torch.eye(2)
        elif by_mark:
            getattr(block.mlp, "in").weight[:, 4:6] = torch.eye(2)
        else:
            getattr(block.mlp, "in").weight[:, 2:4] = sign * torch.eye(2)
        block.mlp.out.weight[2:4] = makes_up * sign * torch.eye(2)
        model.unembed.weight[1:, 2:4] = torch.eye(2)
    tokens = torch.tensor([[1], [2]])
    return model, Batch(tokens, torch.nn.functional.one_hot(tokens, 3).float())


@pytest.mark.parametrize("answer", [1.0, -1.0])
def test_a_reaction_against_the_direct_loss_makes_up_for_it_whatever_its_sign(answer) -> None:
    found = {}
    for makes_up in (-0.5, 0.0, 0.5):
        model, batch = planted(answer, makes_up)
        change = measurement.head_changes(model, batch.tokens)[0, 0]
        found[makes_up] = measurement.loss_by(model, batch, 0, change)
    assert found[0.0].direct * answer > 0.5
    assert found[0.0].reaction == pytest.approx(0, abs=1e-6)
    assert found[-0.5].reaction * found[-0.5].direct < -0.1  # makes up for it
    assert found[0.5].reaction * found[0.5].direct > 0.1  # builds on it


def test_a_head_that_works_through_later_parts_reacts_far_beyond_its_direct_loss() -> None:
    # The MLP makes the answer of the head's mark. The head itself writes a little against it, which nobody hears.
    model, batch = planted(-0.05, -1.0, by_mark=True)
    change = measurement.head_changes(model, batch.tokens)[0, 0]
    through = measurement.loss_by(model, batch, 0, change)
    assert through.direct < -0.01 and through.reaction > 5 * abs(through.direct)
    model, batch = planted(-1.0, -0.5)  # here the MLP hears what the head writes against the gap
    change = measurement.head_changes(model, batch.tokens)[0, 0]
    repaired = measurement.loss_by(model, batch, 0, change)
    assert 0 < repaired.reaction < abs(repaired.direct)


def test_the_control_reacts_where_the_gap_itself_is_read_and_not_where_a_mark_of_the_head_is() -> (
    None
):
    reacted, crosses = {}, {}
    for by_mark in (False, True):
        model, batch = planted(1.0, -0.5, by_mark)
        change = measurement.head_changes(model, batch.tokens)[0, 0]
        head = measurement.loss_by(model, batch, 0, change)
        assert head.reaction < -0.2
        drawn = [measurement.random_change(model, batch, change, seed) for seed in range(40)]
        torch.testing.assert_close(drawn[0].norm(dim=-1), change.norm(dim=-1))
        losses = [measurement.loss_by(model, batch, 0, one) for one in drawn]
        for loss in losses:
            assert loss.direct == pytest.approx(head.direct, rel=1e-3)
        reacted[by_mark] = sum(one.reaction for one in losses) / len(losses) / head.reaction
        idle = [
            measurement.loss_by(
                model, batch, 0, measurement.random_change(model, batch, change, seed, False)
            )
            for seed in range(40)
        ]
        assert max(abs(one.direct) for one in idle) < 1e-5
        crosses[by_mark] = sum(one.reaction for one in idle) / len(idle) / head.reaction
    assert reacted[False] > 0.7 and abs(crosses[False]) < 0.3
    assert abs(reacted[True]) < 0.3


def test_crosses_react_where_any_change_of_that_size_disturbs_what_follows() -> None:
    # The MLP takes the answer from the embedding, through a LayerNorm. What the head writes is read by nobody, but
    # taking it out shrinks the rest in that LayerNorm.
    model, batch = planted(0.0, 1.0, normalization="LN")
    change = 20 * measurement.head_changes(model, batch.tokens)[0, 0]
    head = measurement.loss_by(model, batch, 0, change)
    for same_loss in (True, False):
        losses = [
            measurement.loss_by(
                model, batch, 0, measurement.random_change(model, batch, change, seed, same_loss)
            )
            for seed in range(20)
        ]
        mean = sum(one.reaction for one in losses) / len(losses)
        assert head.reaction > 0.03 and 0.5 < mean / head.reaction < 2
