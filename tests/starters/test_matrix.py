"""What runs the starters: notebooks in forked children, seeds, what differs from a commit."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import changed
import forkserver
import matrix
import nbformat
import notebooks
import pytest
from forkserver import Done, Server
from matrix import Run

from problembrowser.catalogue import recipes
from problembrowser.starters import notebook as made

CACHES = shutil.ignore_patterns("__pycache__", ".*_cache")
PROBLEM = next(problem for problem in matrix.STARTED if problem.id == "3.5")
SHOWING = """\
import sys
import matplotlib.pyplot as plt
from IPython.display import HTML, display
print("before")
print("aside", file=sys.stderr)
plt.plot([1, 2])
plt.show()
display(HTML("<b>bold</b>"))
print("after")
"ignored"
"value"
"""


def execute(server: Server, folder: Path, *cells: str) -> tuple[Any, Done]:
    """Code cells executed in a child, and how the child ended."""
    path, executed = folder / "it.ipynb", folder / "executed.ipynb"
    text = made.notebook([("markdown", "# 1 / 0"), *(("code", cell) for cell in cells)])
    path.write_text(text, encoding="utf-8")
    done = server.run(forkserver.notebook(path, executed))
    return nbformat.read(executed, as_version=4), done


def test_what_a_notebook_shows_comes_back_in_its_order(server: Server, tmp_path: Path) -> None:
    book, done = execute(server, tmp_path, SHOWING, "print(_)\nplt.plot([2, 1])")
    assert done.returncode == 0
    assert notebooks.printed(book) == "before\nafter\nvalue\n"
    assert notebooks.pages(book) == ["<b>bold</b>"]
    figures = notebooks.figures(book)
    assert [figure[:4] for figure in figures] == [b"\x89PNG"] * 2
    assert notebooks.fault(book) == notebooks.traceback(book) == ""
    kinds = [each.get("name") or each.output_type for each in book.cells[1].outputs]
    assert kinds == ["stdout", "stderr", "display_data", "display_data", "stdout", "execute_result"]
    assert book.cells[1].outputs[-1]["data"] == {"text/plain": "'value'"}
    nbformat.validate(book)


def test_a_child_shows_what_a_kernel_shows(server: Server, tmp_path: Path) -> None:
    book, _ = execute(server, tmp_path, SHOWING)
    theirs = notebooks.by_kernel(tmp_path / "it.ipynb", tmp_path)
    assert notebooks.printed(book) == notebooks.printed(theirs)
    assert notebooks.pages(book) == notebooks.pages(theirs)
    assert notebooks.figures(book) == notebooks.figures(theirs)


@pytest.mark.parametrize(
    ("cell", "error"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("x = = 1", "SyntaxError: "),
        ("raise SystemExit(3)", "SystemExit: 3"),
    ],
)
def test_an_error_is_reported_with_its_cell_and_ends_the_notebook(
    server: Server, tmp_path: Path, cell: str, error: str
) -> None:
    book, done = execute(server, tmp_path, "x = 1", f"# why\n{cell}", "print('not reached')")
    assert done.returncode == 1
    assert notebooks.fault(book).startswith(f"cell [2], # why: {error}")
    assert notebooks.printed(book) == ""
    assert notebooks.last_cell(book) == 2
    theirs = notebooks.by_kernel(tmp_path / "it.ipynb", tmp_path)
    if cell == "1 / 0":
        assert "----> 2 1 / 0" in notebooks.traceback(book)
        assert notebooks.fault(theirs) == notebooks.fault(book)


def test_a_cell_that_saves_writes_beside_the_notebook(server: Server, tmp_path: Path) -> None:
    text = (recipes.templates() / "project" / "bootstrap.py").read_text(encoding="utf-8")
    helpers = [source for kind, source in made.cells(text) if kind == "code"]
    saved = made.saved({"lab/a.py": "X = 41\n"})[0][1]
    constants = "PROJECT, REQUIREMENTS = 'p', []"
    cells = [constants, *helpers, saved, "from lab.a import X\nprint(X + 1)"]
    book, _ = execute(server, tmp_path, *cells)
    assert notebooks.fault(book) == ""
    assert notebooks.printed(book).endswith("42\n")
    assert (tmp_path / "p" / "lab" / "a.py").read_text() == "X = 41\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["executed.ipynb", "it.ipynb", "p"]


def test_a_child_that_dies_is_told_with_its_cell(server: Server, tmp_path: Path) -> None:
    book, done = execute(server, tmp_path, "x = 1", "import os\nos.kill(os.getpid(), 9)")
    assert (done.returncode, notebooks.last_cell(book)) == (-9, 2)
    path = tmp_path / "it.ipynb"
    slow = forkserver.notebook(path, tmp_path / "executed.ipynb") | {"limit": 1}
    path.write_text(made.notebook([("code", "while True: pass")]), encoding="utf-8")
    assert server.run(slow).returncode == -signal.SIGALRM


def test_memory_is_the_childs_own(server: Server, tmp_path: Path) -> None:
    _, small = execute(server, tmp_path, "x = 1")
    _, large = execute(server, tmp_path, "x = bytearray(b'1') * 300_000_000")
    _, after = execute(server, tmp_path, "x = 1")
    assert 2.5e8 < large.peak - small.peak < 4e8
    assert abs(after.peak - small.peak) < 5e7


def test_children_run_side_by_side_and_end_with_their_server(tmp_path: Path) -> None:
    waits = "import os, pathlib, time\npathlib.Path(str(os.getpid())).touch()\ntime.sleep(600)"
    orders = []
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        path = tmp_path / name / "it.ipynb"
        path.write_text(made.notebook([("code", waits)]), encoding="utf-8")
        orders.append(forkserver.notebook(path, path.with_name("executed.ipynb")))
    code = (
        "import json, sys\nfrom forkserver import Server\n"
        "with Server() as server:\n"
        "    list(server.carry_out(json.loads(sys.argv[1]), 2))\n"
    )
    tests = Path(matrix.__file__).parent
    command = [sys.executable, "-c", code, json.dumps(orders)]
    user = subprocess.Popen(command, cwd=tests, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while len(running := _numbers(tmp_path)) < 2 and time.monotonic() < until:
        time.sleep(0.1)
    assert len(running) == 2
    user.send_signal(signal.SIGINT)
    user.wait(20)
    assert not any(_alive(number) for number in running)
    assert len(_numbers(tmp_path)) == 2


def _numbers(folder: Path) -> list[int]:
    return [int(path.name) for path in folder.glob("*/*") if path.name.isdigit()]


def _alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_seed_is_set_as_a_participant_would(server: Server, tmp_path: Path) -> None:
    book = matrix.bake(PROBLEM, tmp_path) / "starter.ipynb"
    before = book.read_text(encoding="utf-8")
    matrix.set_seed(book, 7)
    after = book.read_text(encoding="utf-8")
    assert [
        (old.split(",")[0].strip(' "'), new.split(",")[0].strip(' "'))
        for old, new in zip(before.splitlines(), after.splitlines(), strict=True)
        if old != new
    ] == [("seed=0", "seed=7")]
    matrix.set_seed(book, 0)
    assert nbformat.reads(before, 4) == nbformat.read(book, 4)


@pytest.mark.parametrize(
    ("printed", "score"),
    [
        ("held-out accuracy 0.985, chance 0.031, 550 steps, 17 s", 0.985),
        ("both: held-out accuracy +: 0.951, -: 0.871 (chance 0.032), 675 steps, 47 s", 0.871),
        (
            "held out: squared error 0.382, zero predictor 0.999, share explained 0.617, 600 steps",
            0.617,
        ),
        ("add: held-out accuracy 1.000, chance 0.03\nmul: held-out accuracy 0.9, chance 0.1", 0.9),
        ("held-out accuracy 0.993 (worst of 2 seeds), chance 0.032, 0.99 reached at [2.0]", 0.993),
        ("5 of 9 neurons respond under both; 12% of them, by chance 3%", None),
        ("accuracy without the head 0.2", None),
    ],
)
def test_the_worst_held_out_line_is_read(printed: str, score: float | None) -> None:
    assert matrix.held_out(printed)[1] == score


def test_the_table_shows_the_worst_seed_and_marks_what_is_wrong() -> None:
    says = "held-out accuracy {}, chance 0.031, 550 steps, 17 s"
    good = Run("3.5", 0, 30.0, 20.0, 10**9, says.format("0.990"), n_figures=4)
    bad = Run("3.5", 1, 40.0, 20.0, 2 * 10**9, says.format(0.91), n_figures=4)
    start = "| 3.5 | max-of-two | trained here |"
    assert matrix.row(PROBLEM, [good], 7) == (
        f"{start} 30 | 1.0 | seed 0: accuracy 0.990, chance 0.031, 550 steps, 17 s "
        "| ok, 4 figures |"
    )
    assert matrix.row(PROBLEM, [good, bad], 7) == (
        f"{start} 40 | 2.0 | seed 1: accuracy 0.91, chance 0.031, 550 steps, 17 s "
        "| seed 1: below its target 0.96, 4 figures |"
    )
    failed = Run("3.5", 2, 115.0, 20.0, 5 * 10**9, fault="cell [3], x: NameError: x")
    assert matrix.marks(PROBLEM, [good, failed], 7) == [
        "seed 2: cell [3], x: NameError: x",
        "over two minutes, 20 s of them computing",
        "over 4 GB",
    ]
    assert "seed 2: -" in matrix.row(PROBLEM, [good, failed], 7)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the layers and the list of this one, on main with one commit."""
    for name in ("templates", changed.PROBLEMS, "problembrowser/starters"):
        source = matrix.ROOT / name
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, tmp_path / name, ignore=CACHES)
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path)
    return tmp_path


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=A", "-c", "user.email=a@b.example"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "x", "--no-verify")


def add(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def ids(folder: Path, commit: str = "") -> list[str]:
    return [one.id for one in changed.starters(matrix.STARTED, folder, commit)]


EXPERIMENT = "templates/parts/experiments/algorithmic-problems/max-of-two"
ENTRIES = f"{changed.PROBLEMS}/algorithmic-problems.toml"


def test_what_differs_from_main_is_found_committed_or_not(repository: Path) -> None:
    git(repository, "checkout", "-q", "-b", "mine")
    add(repository / "templates/parts/tasks/max-of-two/lab/task.py", "# more\n")
    assert ids(repository, "main") == ["3.5"]
    commit(repository)
    assert ids(repository) == ["3.5"]
    (repository / EXPERIMENT / "lab" / "new.py").write_text("")
    git(repository, "reset", "-q", "--hard", "main")
    assert ids(repository, "HEAD") == ["3.5"], "a file that git does not know yet"


def test_a_shared_layer_touches_those_that_use_it(repository: Path) -> None:
    add(repository / "templates/recipes/othello/notebook/40_train.py", "# more\n")
    othello = [one.id for one in matrix.STARTED if one.starter.recipe == "othello"]
    assert ids(repository, "HEAD") == othello
    assert len(othello) > 1


def test_an_entry_touches_its_own_starter(repository: Path) -> None:
    path = repository / ENTRIES
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(PROBLEM.title, "Another title"), encoding="utf-8")
    assert ids(repository, "HEAD") == ["3.5"]
    commit(repository)
    assert ids(repository) == ["3.5"], "on main itself: since the commit before"
    add(path, "# a comment\n")
    assert ids(repository, "HEAD") == []


def test_what_every_project_has_touches_all(repository: Path) -> None:
    add(repository / "templates/project/bootstrap.py", "# more\n")
    assert ids(repository, "HEAD") == [one.id for one in matrix.STARTED]
    git(repository, "checkout", "-q", ".")
    add(repository / "problembrowser/starters/git.py", "# more\n")
    assert ids(repository, "HEAD") == []


def test_an_unknown_commit_is_said(repository: Path) -> None:
    with pytest.raises(ValueError, match="nowhere"):
        ids(repository, "nowhere")
