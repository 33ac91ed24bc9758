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
