"""One process that has imported what every project needs, and forks a child for each order.

Importing torch and transformer_lens takes longer than most projects' tests. The server imports them
once, starts no thread, and runs each order in a child: `Server().run_tests(project, "-q", ...)`.
Run as a script it is the server: an order a line on stdin, an answer a line on stdout.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

ENVIRONMENT = {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "MPLBACKEND": "Agg"}


class Done(NamedTuple):
    """The exit code of a piece of work, and all that it printed."""

    returncode: int
    stdout: str


class Server:
    """The warm process, as its user sees it; it ends with its user, or by `close`."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            env=os.environ | ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run_tests(self, project: Path, *arguments: str) -> Done:
        """The project's own tests, or those that the arguments of pytest name."""
        assert self._process.stdin
        assert self._process.stdout
        with tempfile.NamedTemporaryFile("r", encoding="utf-8") as printed:
            order = {"project": str(project), "arguments": arguments, "out": printed.name}
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            answer = json.loads(self._process.stdout.readline())
            return Done(answer["code"], printed.read())

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


def serve() -> None:
    """Import what is slow to import, then carry out orders until there are no more."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    import transformer_lens  # noqa: F401

    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _work(order)
        _, status = os.waitpid(child, 0)
        print(json.dumps({"code": os.waitstatus_to_exitcode(status)}), file=answers, flush=True)


def _work(order: dict[str, Any]) -> None:
    """Run pytest in a project, in this child, which ends with it."""
    code = 70
    out = os.open(order["out"], os.O_WRONLY)
    os.dup2(out, 1)
    os.dup2(out, 2)
    with contextlib.suppress(BaseException):
        try:
            code = _pytest(Path(order["project"]), order["arguments"])
        except BaseException:
            traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _pytest(project: Path, arguments: Sequence[str]) -> int:
    import pytest

    os.chdir(project)
    sys.path.insert(0, str(project))
    quiet = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    return int(pytest.main([*quiet, "--rootdir", str(project), *arguments]))


if __name__ == "__main__":
    serve()
