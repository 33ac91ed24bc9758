"""The first cells of a notebook: a file is written, kept or replaced, as the newer edit wants."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from problembrowser.catalogue import recipes
from problembrowser.starters import notebook

MADE = "x = 1\n"
Save = Callable[[str], str]


@pytest.fixture
def save(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Save:
    """Runs the cell of `lab/a.py` with some text in it, in IPython; what it printed."""
    text = (recipes.templates() / "project" / "bootstrap.py").read_text(encoding="utf-8")
    code = [source for kind, source in notebook.cells(text) if kind == "code"]
    shell = InteractiveShell.instance()
    before = Path.cwd()
    os.chdir(tmp_path)
    shell.user_ns["PROJECT"], shell.user_ns["REQUIREMENTS"] = "p", []
    for cell in code:
        shell.run_cell(cell).raise_error()
    head = notebook.saved({"lab/a.py": MADE})[0][1].removesuffix(MADE.strip())

    def run(body: str) -> str:
        capsys.readouterr()
        shell.run_cell(head + body).raise_error()
        return capsys.readouterr().out

    yield run
    os.chdir(before)


def on_disk(tmp_path: Path) -> dict[str, str]:
    """The files that were written, by name."""
    return {path.name: path.read_text() for path in sorted((tmp_path / "p" / "lab").iterdir())}


def test_a_missing_file_is_written_without_a_word(save: Save, tmp_path: Path) -> None:
    assert save("x = 1") == ""
    assert on_disk(tmp_path) == {"a.py": MADE}
    assert save("x = 1") == ""


def test_an_edited_cell_is_written_each_time(save: Save, tmp_path: Path) -> None:
    save("x = 1")
    assert save("x = 2") == "lab/a.py: written as edited here\n"
    assert save("x = 3") == "lab/a.py: written as edited here\n"
    assert save("x = 1") == "lab/a.py: written as edited here\n", "and back again"
    assert on_disk(tmp_path) == {"a.py": MADE}


def test_an_edited_file_is_kept_from_an_unchanged_cell(save: Save, tmp_path: Path) -> None:
    save("x = 1")
    (tmp_path / "p" / "lab" / "a.py").write_text("x = 9\n")
    assert save("x = 1") == "lab/a.py: kept as you edited it\n"
    assert on_disk(tmp_path) == {"a.py": "x = 9\n"}


def test_where_both_were_edited_nothing_is_lost(save: Save, tmp_path: Path) -> None:
    save("x = 1")
    (tmp_path / "p" / "lab" / "a.py").write_text("x = 9\n")
    assert "the file's text is now a.py.before" in save("x = 2")
    assert on_disk(tmp_path) == {"a.py": "x = 2\n", "a.py.before": "x = 9\n"}


def test_an_edit_is_picked_up_without_a_restart(save: Save) -> None:
    shell: Any = InteractiveShell.instance()
    save("def f():\n    return 1")
    shell.run_cell("from lab.a import f").raise_error()
    save("def f():\n    return 22")
    assert shell.run_cell("f()").result == 22
