"""The programs against Python itself, which runs them."""

import pytest
import torch

from lab.data import IGNORE
from lab.settings import QUICK
from lab.task import make_task

CPU = torch.device("cpu")


def run(program: str) -> list[int]:
    """What Python makes of the program text up to the arrow."""
    statements = program.split("->")[0].replace("pass", "").split(".")[:-1]
    scope: dict[str, list[int]] = {}
    for statement in statements:
        target, value = statement.split("=")
        code = f"[{','.join(value.split())}]" if "[" not in target else value.strip()
        exec(f"{target.strip()} = {code}", {}, scope)
    return scope["a"]


@pytest.mark.parametrize(("n_assignments", "filler"), [(1, 0), (1, 5), (3, 0), (2, 4)])
def test_every_answer_is_what_python_prints(n_assignments, filler) -> None:
    task = make_task(QUICK.but(n_assignments=n_assignments, filler=filler), CPU)
    batch = task.train_batch()
    assert batch.tokens.shape[1] == task.n_ctx
    for tokens, targets in zip(batch.tokens[:100], batch.targets[:100], strict=True):
        answer = targets[targets != IGNORE].tolist()
        assert answer == run(task.show(tokens))
        assert task.show(tokens).split("->")[1].split() == [str(value) for value in answer[:-1]]


def test_the_new_value_is_nowhere_in_the_array() -> None:
    task = make_task(QUICK.but(n_assignments=1, filler=0), CPU)
    tokens = task.held_out().tokens
    array, new = tokens[:, 2 : 2 + task.n_elements], tokens[:, task.program - 2]
    assert not (array == new[:, None]).any()


@pytest.mark.parametrize(("n_assignments", "filler"), [(1, 4), (2, 0)])
def test_lazy_rules_print_what_their_names_say(n_assignments, filler) -> None:
    task = make_task(QUICK.but(n_assignments=n_assignments, filler=filler), CPU)
    tokens, targets = task.held_out()
    said = {name: rule(tokens)[:, task.arrow :] for name, rule in task.lazy_rules().items()}
    for row, read in enumerate(tokens.tolist()):
        program = [token for token in read[: task.arrow] if token != task.sign["pass"]]
        old, last = program[2 : 2 + task.n_elements], program[task.program - 2]
        assert said["print the array as it was"][row].tolist() == old
        assert said["print the last value assigned"][row].tolist() == [last] * task.n_elements
    if n_assignments == 1:
        hits = {name: one == targets[:, task.arrow :] for name, one in said.items()}
        right = {name: one.float().mean().item() for name, one in hits.items()}
        n = task.n_elements
        assert right["print the array as it was"] == pytest.approx(1 - 1 / n)
        blind = "the last value last, unless printed"
        assert right[blind] == pytest.approx(((n - 1) ** 2 / n + 1) / n, abs=0.03)
        assert hits[blind][:, -1].all()  # the last slot can do without the index
        assert right[blind] < QUICK.target_accuracy - 0.2


def test_filler_moves_the_array_over_its_whole_range() -> None:
    task = make_task(QUICK.but(filler=3), CPU)
    starts = (task.held_out().tokens == task.sign["="]).int().argmax(1)
    assert set(starts.tolist()) == {1, 2, 3, 4}
