"""Each reading key of the notebook, tried on readers that follow the rule, a shortcut, or a mixture."""

import pytest
import torch
from torch.nn import functional as F

from lab import measurement
from lab.rules import RULES, occurrences
from lab.settings import QUICK
from lab.task import OwnRule, make_task

CPU = torch.device("cpu")


def answering(task: OwnRule, guess):
    """A reader that answers by a function of tokens and the number of symbols."""
    return lambda tokens: F.one_hot(guess(tokens, task.n_symbols), task.d_vocab).float()


@pytest.mark.parametrize("rule", RULES)
def test_a_listed_shortcut_is_always_wrong_where_all_fail_and_the_rule_always_right(
    rule: str,
) -> None:
    task = make_task(QUICK.but(rule=rule), CPU)
    tokens = task.held_out().tokens
    for name, shortcut in task.rule.shortcuts.items():
        reader = answering(task, shortcut)
        assert measurement.scores(task, reader, tokens, only_hard=True)["the model"] == 0
        assert measurement.scores(task, reader, tokens)["the model"] == pytest.approx(
            measurement.scores(task, reader, tokens)[name]
        )
    reader = answering(task, task.rule.answer)
    assert measurement.scores(task, reader, tokens, only_hard=True)["the model"] == 1


def test_an_unlisted_shortcut_falls_between() -> None:
    task = make_task(QUICK.but(rule="first-unique"), CPU)

    def recent(tokens, n_symbols):
        """The rule, applied to the last six symbols only."""
        answers = [
            task.rule.answer(tokens[:, max(0, end - 6) : end], n_symbols)[:, -1]
            for end in range(1, tokens.shape[1] + 1)
        ]
        return torch.stack(answers, dim=1)

    tokens = task.held_out().tokens
    easy, difficult = (
        measurement.scores(task, answering(task, recent), tokens, only_hard=one)["the model"]
        for one in (False, True)
    )
    assert 0.1 < difficult < 0.95 and easy < 0.98

    def last_but_one(tokens, n_symbols):
        """The unique symbol before the last unique one, if there are two."""
        once = (occurrences(tokens) == 1).flip(-1)
        second = once & (once.cumsum(-1) == 2)
        return tokens.gather(1, tokens.shape[1] - 1 - second.int().argmax(-1))

    reader = answering(task, last_but_one)
    assert measurement.scores(task, reader, tokens, only_hard=True)["the model"] == pytest.approx(
        0.6, abs=0.06
    )


def test_families_are_what_they_say_and_the_rule_holds_in_each() -> None:
    task = make_task(QUICK.but(rule="first-unique"), CPU)
    families = measurement.families(task, 300, torch.Generator().manual_seed(0))
    kinds = {
        name: torch.tensor([len(set(row)) for row in t.tolist()]) for name, t in families.items()
    }
    assert (kinds["one exception"] == 2).all() and (kinds["two symbols only"] <= 2).all()
    exceptional = families["one exception"]
    alike = (exceptional == exceptional.mode(dim=1).values[:, None]).sum(1)
    assert (alike == task.n_ctx - 1).all()
    assert (families["in runs (sorted)"].diff(dim=1) >= 0).all()
    for tokens in families.values():
        assert measurement.scores(task, answering(task, task.rule.answer), tokens)["the model"] == 1


def test_attention_by_role_is_one_for_a_head_that_knows_places_only() -> None:
    table, roles = by_role(
        lambda tokens, roles: torch.arange(tokens.shape[1], 0, -1).expand_as(tokens)
    )
    torch.testing.assert_close(table, torch.ones(len(roles)))
    table, _ = by_role(lambda tokens, roles: 3 * roles["the answer"])
    assert table[0] > 2 > 1 > table[2]


def test_a_head_that_treats_unique_symbols_alike_has_the_same_for_the_answer_and_later_ones() -> (
    None
):
    def unique(roles):
        return (~roles["one of several copies"]).float()

    alike = [lambda tokens, roles: 9 * (tokens == 0)]
    alike += [lambda tokens, roles, by=by: by * unique(roles) for by in (1.5, 3, 6)]
    for score in alike:
        table, _ = by_role(score)
        assert table[0] > 1.5 > 1 > table[2]
        assert table[0] / table[1] == pytest.approx(1, abs=0.1)
    early = torch.arange(QUICK.length, 0, -1)
    for score in (
        lambda tokens, roles: 3 * unique(roles) + 0.3 * early,
        lambda tokens, roles: 3 * roles["the answer"],
    ):
        table, _ = by_role(score)
        assert table[0] / table[1] > 1.2


@pytest.mark.parametrize("rule", RULES)
def test_the_roles_of_every_rule_meet_in_some_sequences(rule: str) -> None:
    tokens, targets = make_task(QUICK.but(rule=rule), CPU).held_out()
    masks = [role(tokens, targets[:, -1:]) for role in RULES[rule].roles.values()]
    assert torch.stack(masks).any(-1).all(0).float().mean() > 0.2


def test_roles_that_never_meet_are_refused() -> None:
    never = torch.zeros(2, 3, dtype=torch.bool)
    with pytest.raises(ValueError, match="key of every role"):
        measurement.attention_by_role(torch.ones(1, 2, 1, 3, 3), {"all": ~never, "none": never})


def test_heads_in_another_order_are_near_and_other_heads_are_far() -> None:
    seeks, likes, blind = torch.tensor([[4.0, 1.5, 0.4], [3.0, 3.0, 0.4], [1.0, 1.0, 1.0]])
    one, other, none = (torch.stack([head, blind]) for head in (seeks, likes, blind))
    assert measurement.rows_apart(one, one.flip(0)) == 0
    assert measurement.rows_apart(one, 1.1 * one.flip(0)) < 0.1
    assert measurement.first_over_second(one) > 2 * measurement.first_over_second(other)
    # nearer to each other than to the untrained model, for all that
    apart = measurement.rows_apart(one, other)
    assert 0.1 < apart < min(measurement.rows_apart(few, none) for few in (one, other))


def by_role(score) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """The row of a head whose scores are a function of tokens and roles; the first unique symbol."""
    task = make_task(QUICK.but(rule="first-unique"), CPU)
    tokens, targets = task.sample(4096, torch.Generator().manual_seed(0))
    roles = {name: role(tokens, targets[:, -1:]) for name, role in task.rule.roles.items()}
    pattern = score(tokens, roles).float().softmax(-1)[None, :, None, None]
    return measurement.attention_by_role(pattern, roles)[0], roles
