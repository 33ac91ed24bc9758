"""One process that has imported what every project needs, and forks a child for each order.

Importing torch and transformer_lens takes longer than most projects' tests. The server imports them
once, starts no thread, and carries out each order in a child: pytest in a project, or a notebook.
Run as a script it is the server: an order a line on stdin, an answer a line on stdout, both JSON.
It ends with its user, and its children with it.
"""

import contextlib
import gc
import importlib
import itertools
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "HF_HUB_OFFLINE": "1",
    "MPLBACKEND": "Agg",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # pyarrow's allocator would start one
}
# What projects, their tests and their notebooks import, torch._dynamo with the first optimiser.
WARM = (
    *("transformer_lens", "torch._dynamo", "pytest", "matplotlib.pyplot", "notebooks"),
    *("matplotlib_inline.backend_inline", "IPython.extensions.autoreload"),
)
LIMIT = 1200  # seconds that an order may take
Order = dict[str, Any]


class Done(NamedTuple):
    """How a piece of work ended (below 0: by that signal), what it printed, what it took."""

    returncode: int
    stdout: str
    seconds: float  # on the wall
    cpu: float  # seconds of computing
    peak: int  # bytes of memory


def tests(project: Path, *arguments: str) -> Order:
    """An order: the project's own tests, or those that the arguments of pytest name."""
    return {"project": str(project), "arguments": arguments}


def notebook(path: Path, executed: Path) -> Order:
    """An order: a notebook where it lies; with its outputs, as far as it got, it is `executed`."""
    return {"notebook": str(path), "executed": str(executed)}


class Server:
    """The warm process, as its user sees it; it ends with its user, or by `close`.

    The environment is what the libraries read when they are imported, such as HF_ENDPOINT.
    """

    def __init__(self, **environment: str) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._numbers = itertools.count()
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            env=os.environ | ENVIRONMENT | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for its user, who then ends it
            text=True,
        )
        self.importing = float(self._answer()["importing"])  # seconds that the imports took

    def __enter__(self) -> "Server":
        """For `with`, so that an interruption ends the process and what it runs."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self.close()

    def run(self, order: Order) -> Done:
        """Carry out one order."""
        return next(done for _, done in self.carry_out([order], 1))

    def run_tests(self, project: Path, *arguments: str) -> Done:
        """The project's own tests, or those that the arguments of pytest name."""
        return self.run(tests(project, *arguments))

    def carry_out(self, orders: Iterable[Order], jobs: int) -> Iterator[tuple[Order, Done]]:
        """Carry out orders, so many at a time, each taken when its turn comes; as they end."""
        waiting = iter(orders)
        sent: dict[int, Order] = {}
        for order in itertools.islice(waiting, jobs):
            sent[self._send(order)] = order
        while sent:
            answer = self._answer()
            printed = Path(self._folder.name, str(answer.pop("number")))
            order = sent.pop(int(printed.name))
            yield order, Done(stdout=printed.read_text("utf-8", "replace"), **answer)
            printed.unlink()
            for following in itertools.islice(waiting, 1):
                sent[self._send(following)] = following

    def close(self) -> None:
        """End the process, and what it still runs."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()
        self._folder.cleanup()

    def _send(self, order: Order) -> int:
        assert self._process.stdin
        number = next(self._numbers)
        out = Path(self._folder.name, str(number))
        out.touch()
        text = json.dumps({"limit": LIMIT} | order | {"number": number, "out": str(out)})
        self._process.stdin.write(text + "\n")
        self._process.stdin.flush()
        return number

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the warm process has ended: see what it printed above")
        return dict(json.loads(line))


class _Child(NamedTuple):
    number: int
    pid: int
    began: float


def serve() -> None:
    """Import what is slow to import, then carry out orders until there are no more."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    began = time.perf_counter()
    _warm()
    print(json.dumps({"importing": time.perf_counter() - began}), file=answers, flush=True)
    running: dict[int, _Child] = {}  # by the pipe that closes when the child ends
    unread = b""
    while True:
        for ready in select.select([0, *running], [], [])[0]:
            if ready != 0:
                os.close(ready)
                print(json.dumps(_ended(running.pop(ready))), file=answers, flush=True)
            elif chunk := os.read(0, 65536):
                *lines, unread = (unread + chunk).split(b"\n")
                running |= dict(_fork(json.loads(line), [*running]) for line in lines)
            else:
                _end(running.values())
                return


def _warm() -> None:
    """Import what is slow to import; raises RuntimeError if that started a thread."""
    for name in WARM:
        importlib.import_module(name)
    transformer_lens = importlib.import_module("transformer_lens")
    size = {"n_layers": 1, "d_model": 2, "n_heads": 1, "d_head": 2, "d_vocab": 2, "n_ctx": 2}
    transformer_lens.TransformerBridge.boot_native(size)  # it imports five hundred modules more
    gc.freeze()  # a child's garbage collector need not look through all that
    threads = Path("/proc/self/task")
    if threads.is_dir() and len(list(threads.iterdir())) > 1:
        raise RuntimeError("an import started a thread: a forked child could hang")


def _fork(order: Order, pipes: Sequence[int]) -> tuple[int, _Child]:
    """Carry out an order in a child; a pipe that ends with it, and what is known of it."""
    mine, its = os.pipe()
    began = time.perf_counter()
    child = os.fork()
    if child == 0:
        for pipe in (mine, *pipes):
            os.close(pipe)
        _work(order)
    os.close(its)
    with contextlib.suppress(OSError):  # the child was faster, and may have ended
        os.setpgid(child, child)
    return mine, _Child(order["number"], child, began)


def _ended(child: _Child) -> dict[str, Any]:
    """What became of a child, as the answer to its order."""
    _, status, used = os.wait4(child.pid, 0)
    return {
        "number": child.number,
        "returncode": os.waitstatus_to_exitcode(status),
        "seconds": time.perf_counter() - child.began,
        "cpu": used.ru_utime + used.ru_stime,
        "peak": used.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
    }


def _end(children: Iterable[_Child]) -> None:
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        os.waitpid(child.pid, 0)


def _work(order: Order) -> None:
    """Carry out an order in this child, the first of a group of its own, which ends with it."""
    code = 70
    os.setpgid(0, 0)
    signal.alarm(int(order["limit"]))
    for number, file in ((0, os.devnull), (1, order["out"]), (2, order["out"])):
        os.dup2(os.open(file, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_APPEND), number)
    with contextlib.suppress(BaseException):
        try:
            code = _notebook(order) if "notebook" in order else _pytest(order)
        except BaseException:
            traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _pytest(order: Order) -> int:
    import pytest

    project = Path(order["project"])
    os.chdir(project)
    sys.path[0] = str(project)
    quiet = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    return int(pytest.main([*quiet, "--rootdir", str(project), *order["arguments"]]))


def _notebook(order: Order) -> int:
    import nbformat
    import notebooks

    path, executed = Path(order["notebook"]), Path(order["executed"])
    book = notebooks.in_this_process(path, path.parent, lambda book: nbformat.write(book, executed))
    return int(notebooks.fault(book) != "")


if __name__ == "__main__":
    serve()
    os._exit(0)  # to tidy up all that was imported takes seconds
