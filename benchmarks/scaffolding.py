"""How long `new` takes against cookiecutter itself on the same template.

    python benchmarks/scaffolding.py

Prints the ratio of the medians of alternating runs in this one process; exits with 1 above 1.3.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from problembrowser.catalogue import bundled
from problembrowser.starters import bake

BOUND = 1.3
RUNS = 15
PROBLEM = "3.5"


def seconds(command: list[str], cwd: Path) -> float:
    """How long one command takes."""
    start = time.perf_counter()
    subprocess.run(command, cwd=cwd, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> int:
    """Measure, print, judge."""
    contents = bundled.load()
    problem = next(one for one in contents.problems if one.id == PROBLEM)
    category = next(one for one in contents.categories if one.slug == problem.category)
    assert problem.starter is not None
    here = Path(sys.executable).parent
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "template"
        root.mkdir()
        bake.template(problem, category, problem.starter, "cut", root)
        assert json.loads((root / "cookiecutter.json").read_text())["slug"] == "cut"
        for run in range(RUNS + 1):
            out = Path(folder) / str(run)
            out.mkdir()
            cut = [str(here / "cookiecutter"), "--no-input", str(root)]
            theirs.append(seconds(cut, out))
            ours.append(seconds([str(here / "problembrowser"), "new", PROBLEM], out))
    mine, its = statistics.median(ours[1:]), statistics.median(theirs[1:])
    print(f"problembrowser new {PROBLEM}: {mine:.3f} s; cookiecutter: {its:.3f} s")
    print(f"ratio {mine / its:.2f} (bound {BOUND})")
    return int(mine / its > BOUND)


if __name__ == "__main__":
    sys.exit(main())
