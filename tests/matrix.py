"""Every starter's notebook from top to bottom. (`test_starters.py` runs every starter's own tests.)

python tests/matrix.py                      # all of them, one a core, table in benchmarks/
python tests/matrix.py 3.5 3.16 --jobs 1    # some of them, table on the screen
python tests/matrix.py --alone              # the one-file notebook, alone in an empty folder
python tests/matrix.py --figures figures    # keep the figures, to look at
"""

import argparse
import base64
import datetime
import itertools
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from problembrowser.catalogue import bundled, recipes
from problembrowser.catalogue.problem import Category, Problem
from problembrowser.starters import scaffold

TABLE = Path(__file__).parent.parent / "benchmarks" / "starters.md"
LIST = bundled.load()
STARTED = [problem for problem in LIST.problems if problem.starter]
_TEST = re.compile(r"tests/test_\w+\.py")
ALONE = os.environ | {"OMP_NUM_THREADS": "1"}  # side by side, more threads fight over the cores


@dataclass
class Outcome:
    """What became of one starter."""

    problem: Problem
    seconds: float = 0.0
    figures: list[bytes] = field(default_factory=list)
    says: str = ""
    fault: str = ""


def bake(problem: Problem, out: Path) -> Path:
    """The project of a problem, without a repository."""
    return scaffold.new(problem, _category(problem), output_dir=out, git_init=False).path


def tests_to_run(problem: Problem) -> list[str]:
    """The test files of a project that say something new: of each layer, where it is first used.

    Together the starters run every test file once; each runs its set-up and its experiment's own.
    """
    seen = {
        layer.name
        for other in itertools.takewhile(lambda other: other is not problem, STARTED)
        if other.starter
        for layer in recipes.layers(other.starter)
    }
    assert problem.starter
    fresh = [layer for layer in recipes.layers(problem.starter) if layer.name not in seen]
    found = {inside for layer in fresh for inside, _ in layer.files() if _TEST.fullmatch(inside)}
    return sorted(found | {"tests/test_setup.py"})


def execute(path: Path, folder: Path) -> tuple[list[bytes], str]:
    """Run a notebook in a folder; its figures as PNG, and what it printed.

    Raises CellExecutionError.
    """
    book: Any = nbformat.read(path, as_version=4)
    NotebookClient(
        book,
        timeout=1200,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    ).execute(env=ALONE)
    return list(_figures(book)), "".join(_printed(book))


def measured(printed: str) -> str:
    """The line in which a notebook says how well its model does on held-out examples."""
    lines = printed.splitlines()
    return next((one for one in lines if re.search(r"(chance|zero predictor) [\d.]", one)), "")


def run(problem: Problem, alone: bool = False) -> Outcome:
    """Bake one starter and run its notebook, in its project or alone in an empty folder."""
    outcome = Outcome(problem)
    with tempfile.TemporaryDirectory() as folder:
        project = bake(problem, Path(folder))
        book = project / scaffold.NOTEBOOK
        if alone:
            (Path(folder) / "empty").mkdir()
            book = book.rename(Path(folder) / "empty" / "uploaded.ipynb")
        start = time.perf_counter()
        try:
            outcome.figures, printed = execute(book, book.parent)
            outcome.says = measured(printed)
        except CellExecutionError as error:
            outcome.fault = f"notebook: {error.ename}: {error.evalue}"[:200]
        outcome.seconds = time.perf_counter() - start
    return outcome


def table(outcomes: list[Outcome]) -> str:
    """The outcomes as a Markdown table."""
    rows = [
        f"| {one.problem.id} | {scaffold.folder_name(one.problem).partition('-')[2]} "
        f"| {one.seconds:.0f} | {one.says.removeprefix('held-out ') or '-'} "
        f"| {one.fault or f'ok, {len(one.figures)} figures'} |"
        for one in outcomes
    ]
    head = ["| problem | starter | notebook, s | held-out, quick preset | result |"]
    return "\n".join([*head, "|---|---|---|---|---|", *rows]) + "\n"


def main() -> int:
    """Run what the command line asks for; 1 if anything failed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("ids", nargs="*", help="problems; all with a starter unless named")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at once")
    parser.add_argument("--alone", action="store_true", help="the one-file notebook, alone")
    parser.add_argument("--figures", type=Path, help="a folder for the figures")
    options = parser.parse_args()
    chosen = [problem for problem in STARTED if not options.ids or problem.id in options.ids]
    with ProcessPoolExecutor(options.jobs) as pool:  # cookiecutter changes the working folder
        outcomes = []
        for outcome in pool.map(partial(run, alone=options.alone), chosen):
            outcomes.append(outcome)
            print(table([outcome]).splitlines()[-1], flush=True)
            if options.figures:
                _keep(outcome, options.figures / outcome.problem.id)
    if not options.ids and not options.alone:
        TABLE.write_text(_document(outcomes, options.jobs), encoding="utf-8")
    return int(any(one.fault for one in outcomes))


def _document(outcomes: list[Outcome], jobs: int) -> str:
    command = f"python tests/matrix.py --jobs {jobs}"
    return (
        "# Every starter, executed\n\n"
        f"Made by `{command}` on {datetime.date.today()}, with {os.cpu_count()} CPU cores and no "
        f"GPU, {jobs} at a time, one thread each: the notebook of each generated project from top "
        "to bottom with the `quick` preset. The seconds are the whole notebook's, start of the "
        "kernel and imports included.\n\n" + table(outcomes)
    )


def _keep(outcome: Outcome, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, figure in enumerate(outcome.figures, start=1):
        (folder / f"fig{number}.png").write_bytes(figure)


def _category(problem: Problem) -> Category:
    return next(one for one in LIST.categories if one.slug == problem.category)


def _outputs(book: Any) -> Iterator[Any]:
    for cell in book.cells:
        yield from cell.get("outputs", [])


def _figures(book: Any) -> Iterator[bytes]:
    for output in _outputs(book):
        if png := output.get("data", {}).get("image/png"):
            yield base64.b64decode(png)


def _printed(book: Any) -> Iterator[str]:
    for output in _outputs(book):
        if output.get("name") == "stdout":
            yield output["text"]


if __name__ == "__main__":
    sys.exit(main())
