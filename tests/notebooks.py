"""A notebook executed, in this process or by a kernel of Jupyter's, and what it showed.

Both ways give back the notebook with its outputs. In this process costs nothing to start where
torch is imported already; a kernel is a new process, as a participant's.
"""

import base64
import contextlib
import io
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from traitlets.config import Config

ONE_THREAD = {"OMP_NUM_THREADS": "1"}  # side by side, more threads fight over the cores


def by_kernel(path: Path, folder: Path, seconds: int = 1200) -> Any:
    """The notebook executed by a kernel in a folder, up to its first error."""
    book: Any = nbformat.read(path, as_version=4)
    client = NotebookClient(
        book, timeout=seconds, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    with contextlib.suppress(CellExecutionError):  # it stands in the outputs
        client.execute(env=os.environ | ONE_THREAD)
    return book


def in_this_process(path: Path, folder: Path, watch: Callable[[Any], object] = id) -> Any:
    """The notebook executed here, up to its first error; `watch` gets it before each cell and last.

    For a process that does nothing else: it stays in the folder, and `__main__` is the notebook's.
    """
    book: Any = nbformat.read(path, as_version=4)
    os.chdir(folder)
    sys.path[0] = ""
    with tempfile.TemporaryDirectory() as profile:
        shell = _shell(profile)
        for cell in book.cells:
            if cell.cell_type != "code" or not cell.source.strip():
                continue
            cell.execution_count = shell.execution_count
            watch(book)
            if not _run(shell, cell):
                break
    watch(book)
    return book


def figures(book: Any) -> list[bytes]:
    """The figures of an executed notebook, as PNG."""
    return [base64.b64decode(data["image/png"]) for data in _shown(book) if "image/png" in data]


def pages(book: Any) -> list[str]:
    """What an executed notebook showed as HTML."""
    return ["".join(data["text/html"]) for data in _shown(book) if "text/html" in data]


def printed(book: Any) -> str:
    """What an executed notebook printed, without what went to stderr."""
    return "".join(each["text"] for each in _outputs(book) if each.get("name") == "stdout")


def fault(book: Any) -> str:
    """The error that ended an executed notebook, with the number of its cell; "" without one."""
    for cell in book.cells:
        for each in cell.get("outputs", []):
            if each["output_type"] == "error":
                first = next(filter(None, cell.source.splitlines()), "")
                return f"cell [{cell.execution_count}], {first[:60]}: {each.ename}: {each.evalue}"
    return ""


def traceback(book: Any) -> str:
    """The traceback of the error that ended an executed notebook; "" without one."""
    errors = (each for each in _outputs(book) if each["output_type"] == "error")
    return "\n".join(next(errors, {"traceback": []})["traceback"])


def last_cell(book: Any) -> int:
    """The number of the last cell that was begun; 0 if none was."""
    return max((cell.get("execution_count") or 0 for cell in book.cells), default=0)


class _Hook(DisplayHook):
    """Keeps the value of a cell's last line, instead of printing it."""

    def write_output_prompt(self) -> None:
        """Nothing: the cell's number stands in the notebook."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        """Keep what would be shown."""
        self.shell.outputs.append(
            nbformat.v4.new_output(
                "execute_result", _text(format_dict), execution_count=self.prompt_count
            )
        )


class _Publisher(DisplayPublisher):
    """Keeps what is displayed, figures among it, instead of printing it."""

    def publish(self, data: Any, metadata: Any = None, **_: Any) -> None:
        """Keep what would be shown."""
        self.shell.outputs.append(nbformat.v4.new_output("display_data", _text(data)))


class _Shell(InteractiveShell):
    """An IPython that collects what a cell shows, as Jupyter's kernel does."""

    outputs: list[Any]
    traceback_lines: list[str]

    def enable_gui(self, gui: Any = None) -> None:
        """Nothing: there are no windows."""

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        self.traceback_lines = list(stb)


class _Stream(io.TextIOBase):
    """Stdout or stderr of a cell: each stretch of text an output, in order with what is shown."""

    def __init__(self, name: str, outputs: list[Any]) -> None:
        self._name, self._outputs = name, outputs

    def write(self, text: str) -> int:
        """Add text to the last output if it is of this stream, else begin another."""
        last = self._outputs[-1] if self._outputs else {}
        if last.get("name") == self._name:
            last["text"] += text
        elif text:
            self._outputs.append(nbformat.v4.new_output("stream", name=self._name, text=text))
        return len(text)


def _shell(profile: str) -> _Shell:
    own = Config()
    own.HistoryManager.enabled = False  # it writes into a file, from a thread
    own.InteractiveShell.colors = "nocolor"
    own.InteractiveShell.ipython_dir = profile
    _Shell.clear_instance()
    shell: _Shell = _Shell.instance(
        config=own, displayhook_class=_Hook, display_pub_class=_Publisher
    )
    shell.outputs, shell.traceback_lines = [], []
    shell.enable_matplotlib("inline")
    return shell


def _run(shell: _Shell, cell: Any) -> bool:
    """Run one cell and put its outputs into it; False if it ended in an error."""
    shell.outputs = cell.outputs = []
    out, err = _Stream("stdout", shell.outputs), _Stream("stderr", shell.outputs)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        result = shell.run_cell(cell.source, store_history=True)
    error = result.error_before_exec or result.error_in_exec
    if error is not None:
        shell.outputs.append(
            nbformat.v4.new_output(
                "error",
                ename=type(error).__name__,
                evalue=str(error),
                traceback=shell.traceback_lines,
            )
        )
    return error is None


def _text(data: Any) -> dict[str, Any]:
    return {
        kind: base64.b64encode(value).decode() if isinstance(value, bytes) else value
        for kind, value in data.items()
    }


def _outputs(book: Any) -> Iterator[Any]:
    for cell in book.cells:
        yield from cell.get("outputs", [])


def _shown(book: Any) -> Iterator[Any]:
    for output in _outputs(book):
        yield output.get("data", {})
