"""What the figures are said to show, on models of which it is known, each with a decoy."""

import planted_ioi
import pytest
import torch

from lab import attribution, measurement, roles
from lab.model import build_model
from lab.roles import PLACES
from lab.settings import QUICK
from lab.task import make_task

CPU = torch.device("cpu")
SMALL = QUICK.but(n_names=8)


@pytest.fixture(scope="module")
def task():
    return make_task(SMALL, CPU)


def direct(model, task) -> torch.Tensor:
    _, cache = attribution.run(model, task.unseen.tokens)
    return measurement.effects(model, cache, task.unseen)


def lost(model, task) -> dict[str, torch.Tensor]:
    return {
        replaced: roles.share_lost(model, task.unseen, tokens)
        for replaced, tokens in task.without_repetition(task.unseen).items()
    }


def test_a_dot_leaves_its_twin_where_a_head_looks_for_the_repetition(task) -> None:
    without = task.unseen._replace(tokens=task.without_repetition(task.unseen)["S first"])

    def twins(model, name: str, layer: int) -> list[float]:
        both = (measurement.scores(model, one)[name] for one in (task.unseen, without))
        return [one[layer, 0].item() for one in both]

    for name, layer in (("duplicate token", 0), ("S-inhibition", 1), ("name mover", 2)):
        there, gone = twins(planted_ioi.published_circuit(task), name, layer)
        assert there > 0.99 and gone < 0.5
    there, gone = twins(planted_ioi.first_name_is_carried(task), "duplicate token", 0)
    assert there > 0.6 and abs(there - gone) < 0.01
    idle = planted_ioi.published_circuit(task)
    with torch.no_grad():
        idle.blocks[1].attn.v.weight.zero_()
    there, gone = twins(idle, "S-inhibition", 1)
    assert there > 0.99 and gone < 0.5
    assert roles.differences(idle, task.unseen).mean() < 0.1


def test_favourites_among_the_names_leave_their_twin_by_a_quarter() -> None:
    """A key is a name's rank and then its place, and all queries are the same: nobody is compared."""
    many = make_task(QUICK, CPU)
    model, at = planted_ioi.blank(many, 1)
    attn = model.blocks[0].attn
    with torch.no_grad():
        attn.q.bias[0] = 1e6
        attn.k.weight[0, at["name"]] = 1 + torch.arange(many.n_names) / many.n_names
        attn.k.weight[0, at["place"]] = -torch.arange(many.n_ctx) / many.n_ctx / many.n_names / 2
    without = many.unseen._replace(tokens=many.without_repetition(many.unseen)["S first"])
    there, gone = (
        measurement.scores(model, one)["duplicate token"].item() for one in (many.unseen, without)
    )
    # 2/3 and 7/18: of two names the favourite, or of three, in all but the prompts that begin S S
    assert abs(there - 2 / 3) < 0.05 and abs(there - gone - 0.28) < 0.05


def test_a_negative_name_mover_looks_like_a_name_mover_and_does_not_copy(task) -> None:
    model = planted_ioi.published_circuit(task)
    assert measurement.scores(model, task.unseen)["name mover"][2].min() > 0.99
    found = direct(model, task)
    assert found[2, 0] > 1 and found[2, 1] < -1
    assert found[:2].abs().max() < 0.01
    copied = measurement.copying(model, task.n_names)
    assert copied[2, 0] == 1 and copied[2, 1] == 0 and copied[1, 0] < 0.5


def test_the_published_chain_takes_all_at_two_places_and_counting_at_one(task) -> None:
    again, end = PLACES.index("S again"), PLACES.index("END")
    for chain in lost(planted_ioi.published_circuit(task), task).values():
        assert chain[0, again] > 0.9 and chain[1, end] > 0.9
        assert chain[0, end].abs() < 0.1
    for counted in lost(planted_ioi.counted_at_end(task), task).values():
        assert counted[0, end] > 0.9
        assert counted[0, again].abs() < 0.1
    for decoy, here in (
        (planted_ioi.first_name_is_s, end),
        (planted_ioi.first_name_is_carried, again),
    ):
        panels = lost(decoy(task), task)
        assert panels["S first"][0, here] > 0.2
        assert torch.minimum(*panels.values()).max() < 0.1


def first_and_last_are_s(task):
    """No repetition is looked for: in layer 0 END takes off the first name and the last, a head each."""
    model, at = planted_ioi.blank(task, 2, n_heads=2)
    for head, sign in ((0, -1), (1, 1)):
        planted_ioi.look(model, at, 0, head, "is_end", "is_name", 10 * planted_ioi.SHARP)
        with torch.no_grad():
            by_place = sign * torch.arange(task.n_ctx) / task.n_ctx
            model.blocks[0].attn.k.weight[head * model.cfg.d_head, at["place"]] = by_place
        planted_ioi.write(model, at, 0, head, "name", "answer", -2)
    planted_ioi.look(model, at, 1, 0, "is_end", "is_name")
    planted_ioi.write(model, at, 1, 0, "name", "answer")
    return model


def test_two_heads_that_carry_a_name_each_look_like_counting(task) -> None:
    model = first_and_last_are_s(task)
    right = model(task.unseen.tokens)[:, -1].argmax(-1) == task.unseen.io
    assert right.float().mean() < 0.5
    for panel in lost(model, task).values():
        assert panel[0, -1] > 0.9 and panel[0, :-1].abs().max() < 0.1


def backed_up(task):
    """At END layer 0 counts, L1H0 copies IO, and L2H0 copies it where no answer stands yet."""
    model, at = planted_ioi.blank(task, 3)
    n, sharp = task.n_names, planted_ioi.SHARP
    planted_ioi.look(model, at, 0, 0, "is_end", "is_name")
    planted_ioi.write(model, at, 0, 0, "name", "avoid")
    for layer in (1, 2):
        planted_ioi.look(model, at, layer, 0, "avoid", "name", -3 * sharp)
        planted_ioi.look(model, at, layer, 0, "is_end", "is_name", 2 * sharp, row=n)
        planted_ioi.write(model, at, layer, 0, "name", "answer")
    with torch.no_grad():
        last = model.blocks[2].attn
        last.q.weight[:n, at["answer"]] = -3 * sharp * torch.eye(n)
    planted_ioi.look(model, at, 2, 0, "is_end", "is_start", sharp / 2, row=n + 1)
    return model


def test_a_backup_turns_positive_and_so_does_a_negative_head_that_listened(task) -> None:
    model = backed_up(task)
    assert (model(task.unseen.tokens)[:, -1].argmax(-1) == task.unseen.io).all()
    assert direct(model, task)[2, 0].abs() < 0.5
    moved = measurement.reactions(model, task.unseen)
    assert moved[1, 2] > 2
    published = planted_ioi.published_circuit(task)
    listening = measurement.reactions(published, task.unseen)
    assert listening[2, 4] < -1  # without S-inhibition the name mover loses
    assert listening[2, 5] > 0.5 and direct(published, task)[2, 1] < -1  # and the negative one, too


def test_layernorm_alone_makes_no_reaction(task) -> None:
    settings = SMALL.but(n_layers=2, initializer_range=0.5)
    model = build_model(task, settings, CPU)
    with torch.no_grad():  # the second layer writes the same whatever happens
        model.blocks[1].attn.v.weight.zero_()
        model.blocks[1].attn.v.bias.normal_(generator=torch.Generator().manual_seed(0))
    moved = measurement.reactions(model, task.unseen)
    assert moved[:, settings.n_heads :].abs().max() < 1e-3
    assert moved[:, : settings.n_heads].isnan().all()
    noise = measurement.reactions_to_noise(model, task.unseen, 0, draws=2)
    assert noise[:, settings.n_heads :].abs().max() < 1e-3
    _, cache = attribution.run(model, task.unseen.tokens)
    with attribution.heads_replaced(model, {(0, 0): attribution.means(model, cache)[0, 0]}):
        _, without = model.run_with_cache(task.unseen.tokens)
    own_scale = measurement.effects(model, without, task.unseen)
    assert (own_scale - direct(model, task))[1].abs().max() > 1e-3


def test_a_later_head_writes_more_by_the_layernorm_before_it(task) -> None:
    """Layer 1 looks evenly at everything and reads names where they stand. Layer 0 writes where nobody reads."""

    def change(loud: float) -> tuple[float, float]:
        model = build_model(task, SMALL.but(n_layers=2, n_heads=1), CPU)
        start = torch.cat([torch.ones(64, 1), torch.randn(64, 63)], 1)
        name, mark, answer, word = torch.linalg.qr(start).Q[:, 1:].split([8, 8, 8, 39], 1)
        with torch.no_grad():
            for part, weight in model.named_parameters():
                if "ln" not in part:
                    weight.zero_()
            model.W_E[:8] = name.T
            model.W_E[8:] = word[:, 0]
            for layer, (to, times) in enumerate(((mark, loud), (answer, -1.0))):
                attn = model.blocks[layer].attn
                attn.v.weight[:8] = name.T
                attn.o.weight[:, :8] = times * to
            model.unembed.weight[:8] = 10 * answer.T
        return direct(model, task)[1, 0].item(), measurement.reactions(model, task.unseen)[
            0, 1
        ].item()

    torch.manual_seed(0)
    before, moved = change(loud=10.0)
    assert before > 0.1 and moved > 0.2 * before
    before, moved = change(loud=0.0)
    assert before > 0.1 and abs(moved) < 1e-3
