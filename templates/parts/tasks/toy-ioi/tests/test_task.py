"""What is drawn around the names: fillers at every other place, START and END at the ends."""

import torch

from lab.settings import QUICK
from lab.task import make_task

CPU = torch.device("cpu")


def test_all_that_is_no_name_is_start_end_or_a_filler() -> None:
    task = make_task(QUICK, CPU)
    tokens = task.unseen.tokens
    assert (tokens[:, 0] == task.start).all() and (tokens[:, -1] == task.end).all()
    inner = tokens[:, 1:-1]
    assert ((inner < task.n_names).sum(1) == 3).all()
    assert set(inner[inner >= task.n_names].tolist()) == set(range(task.n_names, task.start))


def test_names_stand_at_every_inner_place_in_every_role() -> None:
    task = make_task(QUICK, CPU)
    inner = set(range(1, task.n_ctx - 1))
    assert set(task.unseen.places[:, 1].tolist()) == inner
    assert set(task.unseen.places.flatten().tolist()) == inner


def test_a_prompt_reads_as_it_is() -> None:
    task = make_task(QUICK, CPU)
    tokens = torch.tensor([task.start, 3, task.n_names, 7, 3, task.end])
    assert task.show(tokens) == "START n3 . n7 n3 END"
