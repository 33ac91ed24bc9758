"""The roles and what is measured on them, against counting and against models written by hand."""

from collections import Counter

import planted_ioi
import pytest
import torch

from lab import ioi, roles
from lab.settings import QUICK
from lab.task import make_task

CPU = torch.device("cpu")
SMALL = QUICK.but(n_names=8)
TWO_ORDERS = SMALL.but(subject_last=True)


def unrepeated(task) -> torch.Tensor:
    return task.with_third_name(task.unseen, torch.Generator().manual_seed(0))


def names(task, tokens: torch.Tensor) -> list[list[int]]:
    return [[t for t in row if t < task.n_names] for row in tokens.tolist()]


@pytest.mark.parametrize(("settings", "orders"), [(SMALL, {0, 1, 2}), (TWO_ORDERS, {0, 1})])
def test_the_answer_is_the_name_that_occurs_once_in_every_order(settings, orders) -> None:
    task = make_task(settings, CPU)
    prompts = task.prompts(512, torch.Generator().manual_seed(0), task.train_pairs)
    for row, named in enumerate(names(task, prompts.tokens)):
        count = Counter(named)
        assert sorted(count.values()) == [1, 2]
        assert count[int(prompts.io[row])] == 1
        assert named.index(int(prompts.io[row])) == int(prompts.order[row])
    assert set(prompts.order.tolist()) == orders
    assert (prompts.batch().targets[:, -1] == prompts.io).all()


def test_roles_point_at_the_names_they_are_about() -> None:
    one = make_task(SMALL, CPU).unseen
    held = one.tokens.gather(1, one.places)
    assert torch.equal(held, torch.stack([one.subject, one.io, one.subject], 1))
    assert (one.places[:, 0] < one.places[:, 2]).all()


def test_a_pair_of_names_is_either_trained_on_or_held_out() -> None:
    task = make_task(SMALL, CPU)
    trained = {frozenset(row) for _ in range(5) for row in names(task, task.train_batch().tokens)}
    held_out = {frozenset(row) for row in names(task, task.held_out().tokens)}
    assert not trained & held_out
    assert len(trained | held_out) == 8 * 7 / 2


def test_a_third_name_or_a_filler_leaves_nobody_repeated_and_all_else_as_it_was() -> None:
    task = make_task(SMALL, CPU)
    for tokens, distinct in ((unrepeated(task), 3), (task.with_filler(task.unseen), 2)):
        assert all(len(set(row)) == len(row) == distinct for row in names(task, tokens))
        changed = (tokens != task.unseen.tokens).nonzero()
        assert torch.equal(changed[:, 1], task.unseen.places[:, 0])


def test_blind_rules_say_what_they_are_called() -> None:
    tokens = torch.tensor([[9, 3, 9, 5, 3, 9], [8, 2, 2, 9, 6, 9]])
    said = {name: rule(tokens)[:, -1].tolist() for name, rule in ioi.blind_rules(8).items()}
    assert said == {
        "the first name": [3, 2],
        "the second name": [5, 2],
        "the last name": [3, 6],
        "the other name than the first": [5, 6],
        "the other name than the second": [3, 6],
        "the other name than the last": [5, 2],
    }


def test_no_blind_rule_is_right_on_more_than_two_thirds_of_three_orders() -> None:
    task = make_task(SMALL, CPU)
    task.unseen = task.prompts(20_000, torch.Generator().manual_seed(0), task.train_pairs)
    found = task.rules_right()
    for name, share in found.items():
        assert share == pytest.approx(2 / 3 if "other" in name else 1 / 3, abs=0.02)


def test_where_s_is_last_one_blind_rule_is_always_right() -> None:
    assert make_task(TWO_ORDERS, CPU).rules_right()["the other name than the last"] == 1


@pytest.mark.parametrize(
    "plant",
    [planted_ioi.noticed_at_s_again, planted_ioi.counted_at_end, planted_ioi.published_circuit],
)
def test_the_models_written_by_hand_solve_the_task_by_the_repetition(plant) -> None:
    task = make_task(SMALL, CPU)
    model = plant(task)
    right = model(task.unseen.tokens)[:, -1].argmax(-1) == task.unseen.io
    assert right.all()
    assert roles.differences(model, task.unseen, unrepeated(task)).mean().abs() < 0.5


def test_the_blind_rule_solves_two_orders_of_three_and_needs_no_repetition() -> None:
    task = make_task(SMALL, CPU)
    model = planted_ioi.last_name_is_s(task)
    right = model(task.unseen.tokens)[:, -1].argmax(-1) == task.unseen.io
    assert torch.equal(right, task.unseen.order < 2)


def test_attention_and_numbers_by_place_add_up() -> None:
    task = make_task(SMALL, CPU)
    model = planted_ioi.noticed_at_s_again(task)
    for query in ("S again", "END"):
        looked = roles.attention(model, task.unseen, query)
        assert looked.shape == (2, 1, 512, len(roles.PLACES))
        torch.testing.assert_close(looked.sum(-1), torch.ones(2, 1, 512))
    assert roles.attention(model, task.unseen, "S again")[0, 0, :, 0].min() > 0.99
    thirds = roles.attention(model, task.unseen, "END")[1, 0, :, :3]
    torch.testing.assert_close(thirds, torch.full_like(thirds, 1 / 3), atol=1e-3, rtol=0)


def test_a_head_of_zeros_attends_evenly() -> None:
    task = make_task(SMALL, CPU)
    model, _ = planted_ioi.blank(task, 1)
    for query in ("S again", "END"):
        looked = roles.attention(model, task.unseen, query)[0, 0]
        torch.testing.assert_close(looked, roles.even_attention(task.unseen, query))


def test_a_model_of_one_layer_has_no_place_to_notice_anything_in_between() -> None:
    task = make_task(SMALL, CPU)
    model, _ = planted_ioi.blank(task, 1)
    assert roles.noticed(model, task.unseen, unrepeated(task)).shape == (0, len(roles.PLACES))


def test_without_a_repetition_one_of_the_two_s_is_a_third_name() -> None:
    task = make_task(SMALL, CPU)
    found = task.without_repetition(task.unseen)
    for (place, tokens), column in zip(found.items(), (0, 2), strict=True):
        assert place == roles.PLACES[column]
        assert all(len(set(row)) == len(row) == 3 for row in names(task, tokens))
        changed = (tokens != task.unseen.tokens).nonzero()
        assert torch.equal(changed[:, 1], task.unseen.places[:, column])


def test_the_share_lost_is_one_where_as_much_is_lost_as_without_the_repetition() -> None:
    task = make_task(SMALL, CPU)
    prompts, model = task.unseen, planted_ioi.published_circuit(task)
    lost = roles.share_lost(model, prompts, unrepeated(task))
    assert lost.shape == (2, len(roles.PLACES))
    assert lost[0, roles.PLACES.index("S again")] > 0.9
    assert lost[0, roles.PLACES.index("END")].abs() < 0.1
