"""A warm answer imports nothing heavy: who types `list` waits for click and SQLite, no more."""

import subprocess
import sys

import pytest

HEAVY = {
    "bs4",
    "cookiecutter",
    "httpx",
    "jinja2",
    "jupytext",
    "nbformat",
    "numpy",
    "rich",
    "torch",
    "transformer_lens",
}
NOT_WHEN_WARM = HEAVY | {"tomllib", "problembrowser.catalogue", "problembrowser.indexing"}
NOT_TO_LIST = NOT_WHEN_WARM | {
    "dataclasses",
    "difflib",
    "hashlib",
    "pathlib",
    "tempfile",
    "problembrowser.problem",
    "problembrowser.pages",
}
CODE = """
import sys
from problembrowser.cli import main
try:
    main(sys.argv[1:])
except SystemExit as ended:
    print(ended.code, *sorted(sys.modules), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("arguments", "forbidden"),
    [
        (["--help"], NOT_TO_LIST | {"sqlite3"}),
        (["list", "--help"], NOT_TO_LIST),
        (["list"], NOT_TO_LIST),
        (["list", "--difficulty", "A", "--starter"], NOT_TO_LIST),
        (["search", "heads"], NOT_TO_LIST),
        (["list", "-c", "1"], NOT_WHEN_WARM),
        (["list", "--json"], NOT_WHEN_WARM),
        (["show", "1.1"], NOT_WHEN_WARM),
        (["suggest"], NOT_WHEN_WARM),
        (["categories"], NOT_WHEN_WARM),
        (["guide"], NOT_WHEN_WARM),
        (["check"], HEAVY),
    ],
)
def test_imports(program, arguments, forbidden):
    program("list")
    code, *modules = imported_by(program, arguments)
    assert code == "0"
    assert "click" in modules
    assert forbidden & set(modules) == set()


def test_a_cold_list_imports_what_a_warm_one_must_not(program):
    assert "problembrowser.catalogue" in imported_by(program, ["list"])


def imported_by(program, arguments):
    """The exit code of a command, and the modules that it left imported."""
    done = subprocess.run(
        [sys.executable, "-c", CODE, *arguments],
        cwd=program.folder,
        env=program.environment(),
        capture_output=True,
        encoding="utf-8",
    )
    return done.stderr.splitlines()[-1].split()
