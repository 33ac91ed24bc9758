"""Every starter is baked and its own tests are run; one notebook of each recipe is executed.

`python tests/matrix.py` runs all notebooks. What the figures show is for eyes: `--figures DIR`.
"""

import json
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import forkserver
import hypotheses
import matrix
import nbformat
import notebooks
import pytest
from forkserver import Server

from problembrowser.catalogue import recipes
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
    problem: Problem, tmp_path: Path, server: Server
) -> None:
    done = server.run_tests(matrix.bake(problem, tmp_path), "-ra", *matrix.tests_to_run(problem))
    assert done.returncode == 0, done.stdout[-3000:]
    assert "no prediction stated yet" in done.stdout, "the hypothesis is the participant's"
    assert all(": " in line for line in done.stdout.splitlines() if line.startswith("SKIPPED"))


@by_id
def test_a_true_prediction_passes_and_a_false_one_fails(
    problem: Problem, tmp_path: Path, server: Server
) -> None:
    assert hypotheses.fault(problem, matrix.bake(problem, tmp_path), server) == ""


def test_every_test_file_of_a_layer_is_run_by_some_starter() -> None:
    run = {
        (layer.name, inside)
        for problem in matrix.STARTED
        for layer in recipes.layers(problem.starter)
        for inside in {path for path, _ in layer.files()} & {*matrix.tests_to_run(problem)}
    }
    used = {
        (layer.name, inside)
        for problem in matrix.STARTED
        for layer in recipes.layers(problem.starter)
        for inside, _ in layer.files()
        if inside.startswith("tests/test_")
    }
    assert run == used


def test_the_server_says_what_a_child_says_and_survives_it(tmp_path: Path, server: Server) -> None:
    (tmp_path / "test_it.py").write_text(
        "import os\n\ndef test_good(): assert os.getpid() != os.getppid()\n"
        "def test_bad(): assert 1 == 2\ndef test_dies(): os._exit(9)\n"
    )
    assert server.run_tests(tmp_path, "-k", "good").returncode == 0
    bad = server.run_tests(tmp_path, "-k", "bad")
    assert (bad.returncode, "assert 1 == 2" in bad.stdout) == (1, True)
    assert server.run_tests(tmp_path, "-k", "dies").returncode == 9
    assert "1 passed" in server.run_tests(tmp_path, "-k", "good").stdout


def test_the_modules_of_every_project_are_typed(tmp_path: Path) -> None:
    # Without the types of torch, which take a minute to read: ours must agree with each other.
    options = ["--follow-imports=skip", "--ignore-missing-imports", "--disallow-untyped-defs"]
    command = [sys.executable, "-m", "mypy", *options, "--cache-dir", str(tmp_path), "-p", "lab"]
    for problem in matrix.STARTED:
        project = matrix.bake(problem, tmp_path)
        done = subprocess.run(command, cwd=project, capture_output=True, text=True)
        assert done.returncode == 0, f"{project.name}: {done.stdout}"


@of_each_recipe
def test_the_notebook_runs_from_top_to_bottom(
    problem: Problem, tmp_path: Path, server: Server
) -> None:
    book = matrix.bake(problem, tmp_path) / "starter.ipynb"
    executed = tmp_path / "executed.ipynb"
    done = server.run(forkserver.notebook(book, executed))
    _showed_enough(nbformat.read(executed, as_version=4))
    assert done.peak < matrix.MOST_BYTES


def test_a_notebook_runs_in_the_kernel_of_jupyter(tmp_path: Path) -> None:
    project = matrix.bake(first_of_each_recipe["train-transformer"], tmp_path)
    _showed_enough(notebooks.by_kernel(project / "starter.ipynb", project))


def test_a_notebook_runs_alone_in_an_empty_folder(tmp_path: Path) -> None:
    project = matrix.bake(first_of_each_recipe["train-mlp"], tmp_path)
    empty = tmp_path / "content"
    empty.mkdir()
    book = (project / "starter.ipynb").rename(empty / "uploaded.ipynb")
    _showed_enough(notebooks.by_kernel(book, empty))
    assert (empty / project.name / "lab" / "task.py").is_file()


def _showed_enough(book: Any) -> None:
    assert notebooks.fault(book) == "", notebooks.traceback(book)
    assert len(notebooks.figures(book)) >= 2
    assert matrix.measured(notebooks.printed(book))


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
