"""Notebooks from `# %%` scripts.

A notebook and its script hold the same cells. The notebook has more at its head: what installs the
requirements and writes the project's modules, so that it also runs uploaded alone.

Both formats are written here, in few lines: importing jupytext and nbformat would double the time
of `new`. The tests hold every script against jupytext and every notebook against nbformat.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

_MARK = "# %%"
_MARKDOWN = "# %% [markdown]"
_SAVE, _TITLE = "%%save ", "# @title "  # Colab shows the title where the code is folded away


def cells(script: str) -> list[tuple[str, str]]:
    """The cells of a `# %%` script, as (kind, text) with kind "markdown" or "code"."""
    found: list[tuple[str, list[str]]] = []
    for line in script.splitlines():
        if line.startswith(_MARK):
            found.append(("markdown" if line.rstrip() == _MARKDOWN else "code", []))
        elif found:
            found[-1][1].append(line)
    return [
        (kind, "\n".join(map(_uncommented, lines) if kind == "markdown" else lines).strip("\n"))
        for kind, lines in found
    ]


def script(cells: Iterable[tuple[str, str]]) -> str:
    """The `# %%` script of some cells: the inverse of `cells`."""
    blocks = [
        "\n".join([_MARKDOWN, *map(_commented, text.splitlines())])
        if kind == "markdown"
        else f"{_MARK}\n{text}"
        for kind, text in cells
    ]
    return "\n\n".join(blocks) + "\n"


def constants(values: Mapping[str, Any]) -> tuple[str, str]:
    """A code cell that assigns each value, which must be a text or a list of texts."""
    return "code", "\n".join(f"{name} = {value!r}" for name, value in values.items())


def saved(files: Mapping[str, str]) -> list[tuple[str, str]]:
    """A code cell for each file, which writes it where it is not there yet, or was edited here."""
    return [
        ("code", f"{_SAVE}{path} {_digest(text)}\n{_TITLE}{path}\n{text.rstrip(chr(10))}")
        for path, text in files.items()
    ]


def notebook(cells: Iterable[tuple[str, str]]) -> str:
    """A notebook's JSON. Cells are numbered, so the same cells always give the same bytes."""
    book = {
        "cells": [_cell(number, kind, text) for number, (kind, text) in enumerate(cells)],
        "metadata": {
            "accelerator": "GPU",
            "colab": {"provenance": []},
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(book, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _cell(number: int, kind: str, text: str) -> dict[str, Any]:
    cell: dict[str, Any] = {
        "cell_type": kind,
        "id": f"cell-{number:02d}",
        "metadata": {},
        "source": text.splitlines(keepends=True),
    }
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    if text.startswith((_SAVE, _TITLE)):
        cell["metadata"] = {"cellView": "form", "jupyter": {"source_hidden": True}}
    return cell


def _digest(text: str) -> str:
    """As the bootstrap's `digest`, of the text as `%%save` writes it."""
    return hashlib.sha256(f"{text.rstrip(chr(10))}\n".encode()).hexdigest()[:12]


def _commented(line: str) -> str:
    return f"# {line}".rstrip()


def _uncommented(line: str) -> str:
    return line.removeprefix("#").removeprefix(" ")
