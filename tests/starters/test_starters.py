"""Every starter is baked and its own tests are run; one notebook of each recipe is executed.

`python tests/matrix.py` runs all notebooks. What the figures show is for eyes: `--figures DIR`.
"""

import json
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import matrix
import pytest

from problembrowser.catalogue.problem import Problem

by_id = pytest.mark.parametrize("problem", matrix.STARTED, ids=lambda problem: problem.id)
first_of_each_recipe = {
    problem.starter.recipe: problem for problem in reversed(matrix.STARTED) if problem.starter
}
of_each_recipe = pytest.mark.parametrize(
    "problem", first_of_each_recipe.values(), ids=first_of_each_recipe.keys()
)


def code_cells(project: Path) -> list[str]:
    cells = json.loads((project / "starter.ipynb").read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


@by_id
def test_a_project_passes_its_own_tests_on_the_day_it_is_made(
    problem: Problem, tmp_path: Path
) -> None:
    done = matrix.run_tests(matrix.bake(problem, tmp_path))
    assert done.returncode == 0, done.stdout[-3000:]
    assert "no prediction stated yet" in done.stdout, "the hypothesis is the participant's"
    assert all(": " in line for line in done.stdout.splitlines() if line.startswith("SKIPPED"))


def test_the_modules_of_every_project_are_typed(tmp_path: Path) -> None:
    # Without the types of torch, which take a minute to read: ours must agree with each other.
    options = ["--follow-imports=skip", "--ignore-missing-imports", "--disallow-untyped-defs"]
    command = [sys.executable, "-m", "mypy", *options, "--cache-dir", str(tmp_path), "-p", "lab"]
    for problem in matrix.STARTED:
        project = matrix.bake(problem, tmp_path)
        done = subprocess.run(command, cwd=project, capture_output=True, text=True)
        assert done.returncode == 0, f"{project.name}: {done.stdout}"


@of_each_recipe
def test_the_notebook_runs_from_top_to_bottom(problem: Problem, tmp_path: Path) -> None:
    project = matrix.bake(problem, tmp_path)
    figures, printed = matrix.execute(project / "starter.ipynb", project)
    assert len(figures) >= 2
    assert matrix.measured(printed)


def test_a_notebook_runs_alone_in_an_empty_folder(tmp_path: Path) -> None:
    project = matrix.bake(first_of_each_recipe["train-mlp"], tmp_path)
    empty = tmp_path / "content"
    empty.mkdir()
    book = (project / "starter.ipynb").rename(empty / "uploaded.ipynb")
    figures, printed = matrix.execute(book, empty)
    assert len(figures) >= 2
    assert matrix.measured(printed)
    assert (empty / project.name / "lab" / "task.py").is_file()


def test_the_script_runs_as_python(tmp_path: Path) -> None:
    for problem in matrix.STARTED:
        project = matrix.bake(problem, tmp_path)
        compile((project / "starter.py").read_text(encoding="utf-8"), "starter.py", "exec")


def test_no_two_notebooks_have_the_same_code_cells(tmp_path: Path) -> None:
    cells = {one.id: code_cells(matrix.bake(one, tmp_path)) for one in matrix.STARTED}
    for one, other in combinations(cells, 2):
        assert cells[one] != cells[other], (one, other)
        own = set(cells[one]) - set(cells[other])
        assert any(not cell.startswith("%%save") and "PROJECT =" not in cell for cell in own)
