"""The generator against the sentences as text: count the names, match the rest with the templates."""

import re
from collections import Counter

import torch

from lab.settings import QUICK
from lab.task import PLACES, TEMPLATES, THINGS, make_task

CPU = torch.device("cpu")


def forms() -> list[re.Pattern]:
    kinds = {
        "A": r"n\d+",
        "B": r"n\d+",
        "S": r"n\d+",
        "PLACE": "|".join(PLACES),
        "THING": "|".join(THINGS),
    }
    return [
        re.compile(
            " ".join(f"({kinds[w]})" if w in kinds else re.escape(w) for w in template.split())
        )
        for template in TEMPLATES
    ]


def test_the_answer_is_the_name_that_occurs_once_and_the_rest_is_a_template() -> None:
    task = make_task(QUICK, CPU)
    used = set()
    batch = task.train_batch()
    for tokens, targets in zip(batch.tokens, batch.targets, strict=True):
        text = task.show(tokens)
        count = Counter(re.findall(r"n\d+", text))
        assert sorted(count.values()) == [1, 2]
        assert f"n{targets[-1]}" == min(count, key=count.get)
        assert (targets[:-1] < 0).all()
        matching = [i for i, form in enumerate(forms()) if form.fullmatch(text)]
        assert len(matching) == 1
        used.add(matching[0])
    assert used == set(range(len(TEMPLATES)))


def test_roles_point_at_the_names_they_are_about() -> None:
    one = make_task(QUICK, CPU).unseen
    assert torch.equal(
        one.tokens.gather(1, one.places), torch.stack([one.subject, one.io, one.subject], 1)
    )
    assert torch.equal(one.places[:, 1] < one.places[:, 0], one.io_first)
    assert (one.places[:, 2] > one.places[:, :2].amax(1)).all()


def test_a_pair_of_names_is_either_trained_on_or_held_out() -> None:
    task = make_task(QUICK.but(n_names=8), CPU)

    def pairs(tokens: torch.Tensor) -> set[frozenset[int]]:
        return {frozenset(t for t in row if t < task.n_names) for row in tokens.tolist()}

    trained = set().union(*[pairs(task.train_batch().tokens) for _ in range(5)])
    held_out = pairs(task.held_out().tokens)
    assert not trained & held_out
    assert len(trained | held_out) == 8 * 7 / 2


def test_the_third_name_is_new_and_nothing_else_changes() -> None:
    task = make_task(QUICK.but(n_names=5), CPU)
    one = task.prompts(512, torch.Generator().manual_seed(0), task.train_pairs)
    corrupted = task.with_third_name(one, torch.Generator().manual_seed(0))
    third = corrupted.gather(1, one.places[:, 2:])[:, 0]
    assert ((third != one.subject) & (third != one.io) & (third < task.n_names)).all()
    assert set(third.tolist()) == set(range(5))
    assert ((corrupted != one.tokens).sum(1) == 1).all()
