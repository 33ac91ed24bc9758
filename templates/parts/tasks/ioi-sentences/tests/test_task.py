"""The sentences against the templates as patterns of text."""

import re

import torch

from lab.settings import QUICK
from lab.task import PLACES, TEMPLATES, THINGS, make_task

CPU = torch.device("cpu")
KINDS = dict.fromkeys("XYZ", r"n\d+") | {"PLACE": "|".join(PLACES), "THING": "|".join(THINGS)}
FORMS = [
    re.compile(" ".join(f"({KINDS[w]})" if w in KINDS else re.escape(w) for w in template.split()))
    for template in TEMPLATES
]


def test_every_sentence_is_one_template_and_every_template_comes_in_every_order() -> None:
    task = make_task(QUICK, CPU)
    used = set()
    for tokens, order in zip(task.unseen.tokens, task.unseen.order.tolist(), strict=True):
        text = task.show(tokens)
        matching = [i for i, form in enumerate(FORMS) if form.fullmatch(text)]
        assert len(matching) == 1
        used.add((matching[0], order))
    assert used == {(i, order) for i in range(len(TEMPLATES)) for order in range(3)}


def test_sentences_of_different_lengths_end_at_the_last_position() -> None:
    task = make_task(QUICK, CPU)
    assert len({len(template.split()) for template in TEMPLATES}) > 2
    assert (task.unseen.tokens[:, -1] == task.token(":")).all()
    assert (task.unseen.tokens[:, 0] == task.token("<start>")).all()


def test_a_template_gives_each_slot_its_name() -> None:
    for template in TEMPLATES:
        assert [w for w in template.split() if w in "XYZ"] == ["X", "Y", "Z"]
