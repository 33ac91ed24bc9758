"""Notebooks from `# %%` scripts, with jupytext as the independent reader."""

import json
from pathlib import Path

import jupytext
import nbformat
import pytest

from problembrowser.catalogue import recipes
from problembrowser.starters import notebook

FRAGMENTS = sorted(recipes.templates().rglob("notebook/*.py"))

SCRIPT = """\
# %% [markdown]
# # A title
#
# Text with `code`, $math$ and a trailing backslash \\

# %%
x = 1  # %% not a cell


def f():
    return "# a comment"

# %% [markdown]
# last
"""


def test_a_script_becomes_cells() -> None:
    assert notebook.cells(SCRIPT) == [
        ("markdown", "# A title\n\nText with `code`, $math$ and a trailing backslash \\"),
        ("code", 'x = 1  # %% not a cell\n\n\ndef f():\n    return "# a comment"'),
        ("markdown", "last"),
    ]


def test_script_is_the_inverse_of_cells() -> None:
    assert notebook.script(notebook.cells(SCRIPT)) == SCRIPT


@pytest.mark.parametrize("path", FRAGMENTS, ids=lambda path: "-".join(path.parts[-3:]))
def test_jupytext_reads_the_same_cells(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    theirs = [
        (cell.cell_type, cell.source) for cell in jupytext.reads(text, fmt="py:percent").cells
    ]
    assert notebook.cells(text) == theirs


def test_a_notebook_is_valid_and_always_the_same_bytes() -> None:
    cells = [*notebook.cells(SCRIPT), *notebook.saved({"lab/a.py": "x = '''\n"})]
    made = notebook.notebook(cells)
    assert made == notebook.notebook(cells)
    theirs = nbformat.reads(made, as_version=4)
    nbformat.validate(theirs)
    assert nbformat.writes(theirs) == made.rstrip("\n")
    last = json.loads(made)["cells"][-1]
    assert "".join(last["source"]) == ("%%save lab/a.py b3712f421feb\n# @title lab/a.py\nx = '''")
    assert last["metadata"]["jupyter"] == {"source_hidden": True}


def test_constants_are_quoted_as_python() -> None:
    hostile = "'''; import os; os.abort() #\n%run x"
    kind, text = notebook.constants({"PROJECT": hostile})
    scope: dict[str, str] = {}
    exec(text, scope)
    assert kind == "code"
    assert scope["PROJECT"] == hostile
