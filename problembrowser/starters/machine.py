"""What this machine has of what a project needs. Asks torch in a process of its own."""

import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib import metadata
from typing import NamedTuple

_PATIENCE = 300  # seconds: torch from a cold network disk takes a minute
# What a project's notebook and tests import, and the least version of each.
_PACKAGES = {
    "torch": (2, 6),
    "transformer_lens": (4, 3),
    "matplotlib": (3, 8),
    "pytest": (8,),
}
_DEVICE = """
import torch
if torch.cuda.is_available():
    free, total = torch.cuda.mem_get_info()
    print(f"{torch.cuda.get_device_name(0)}, {free / 2**30:.1f} of {total / 2**30:.1f} GiB free")
else:
    print(f"no CUDA GPU; {torch.get_num_threads()} CPU threads, enough for the quick presets")
"""


class Finding(NamedTuple):
    """One thing that was looked at: whether it will do, and what to type if it will not."""

    what: str
    good: bool
    found: str
    hint: str = ""


def findings() -> Iterator[Finding]:
    """Each thing that a project needs, in the order in which it is needed."""
    yield Finding(
        "python", sys.version_info >= (3, 11), platform.python_version(), "Use 3.11 or newer."
    )
    for package, least in _PACKAGES.items():
        yield _package(package, least)
    yield _jupyter()
    yield _device()
    git = shutil.which("git")
    yield Finding("git", True, git or "not found: projects get no baseline commit")


def _package(name: str, least: tuple[int, ...]) -> Finding:
    hint = 'In the clone type: pip install -c constraints.txt -e ".[lab]"'
    try:
        version = str(metadata.version(name))  # damaged: None
    except metadata.PackageNotFoundError:
        return Finding(name, False, "not installed", hint)
    numbers = tuple(int(part) for part in version.split("+")[0].split(".")[:2] if part.isdecimal())
    return Finding(name, numbers >= least, version, hint)


def _jupyter() -> Finding:
    """What opens a notebook here. Other programs open one as well, so it may be missing."""
    without = "not installed: open notebooks in Colab or an editor, or: pip install jupyterlab"
    for name in ("jupyterlab", "notebook"):
        with suppress(metadata.PackageNotFoundError):
            return Finding("jupyter", True, f"{name} {metadata.version(name)}")
    return Finding("jupyter", True, without)


def _device() -> Finding:
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", _DEVICE],  # -P: no torch.py of the current folder
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_PATIENCE,
        )
    except (OSError, subprocess.TimeoutExpired):
        return Finding("device", False, f"no answer in {_PATIENCE} s", "Mend torch first.")
    last = (done.stdout if done.returncode == 0 else done.stderr).strip().rpartition("\n")[2]
    return Finding("device", done.returncode == 0, last, "Mend torch first.")
