"""How long listing and searching take, as ratios within one run.

    python benchmarks/listing.py [--problems 100000] [--runs 31]

Needs an installed `problembrowser` beside the Python that runs this. Exits 1 when a bound is
broken:

1. A warm, piped `problembrowser list -d A` takes at most 1.5 times `python -c "import click"`.
   The two alternate, so that a busy machine slows both; the medians are compared.
2. With 100,000 synthetic problems in the index, whose words are as unevenly spread as those of
   real text, the median search takes less than 10 ms inside the process, and
   `list -d A --limit 20` at most twice its time on the bundled problems. This one, too, is
   measured inside the process, where nothing else hides the query, in seconds of its own
   processor time, which other work on the machine does not lengthen.

Bytecode goes to a temporary folder: an installed copy has it, a fresh checkout may not.
"""

import argparse
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

from problembrowser.catalogue import bundled
from problembrowser.catalogue.problem import Problem
from problembrowser.catalogue.scales import CODING, COMPUTE, DIFFICULTIES
from problembrowser.index import build, store
from problembrowser.index.index import Filter, Index

COMMAND = [str(Path(sys.executable).with_name("problembrowser")), "list", "-d", "A"]
IMPORT = [sys.executable, "-c", "import click"]
QUERIES = (
    "induction heads",
    "superposition",
    "grokking modular addition",
    "neuron",
    "activation patching gpt-2",
    "logit lens",
    '"toy model" features',
    "attention",
    "training",
    "interp",
    "polysemantic neurons in image models",
    "3.5",
)


def main() -> int:
    """Measure, print a line for each bound, and say by the exit code whether all hold."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--problems", type=int, default=100_000, help="how many synthetic ones")
    parser.add_argument("--runs", type=int, default=31, help="how often each thing is timed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        kept = start_up(Path(folder), options.runs)
        return 0 if queries(Path(folder), options.problems, options.runs) and kept else 1


def start_up(folder: Path, runs: int) -> bool:
    """Whether a warm listing starts nearly as fast as click itself."""
    environment = {
        **os.environ,
        "PROBLEMBROWSER_CACHE": str(folder / "cache"),
        "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def run(command: list[str]) -> None:
        subprocess.run(command, env=environment, capture_output=True, check=True)

    click, listing = alternating(time.perf_counter, runs, lambda: run(IMPORT), lambda: run(COMMAND))
    return within("list -d A / import click", listing / click, 1.5, f"{listing * 1000:.0f} ms")


def queries(folder: Path, number: int, runs: int) -> bool:
    """Whether searching and listing stay fast with many problems."""
    contents = bundled.load()
    many = replace(contents, problems=tuple(synthetic(contents.problems, number)))
    small, large = (
        filled(folder / name, which) for name, which in (("small", contents), ("large", many))
    )
    easy = Filter(difficulties=("A",))
    few, lots = alternating(
        time.process_time,
        runs * 10,
        lambda: small.find(easy, limit=20),
        lambda: large.find(easy, limit=20),
    )
    times = {query: seconds(runs, partial(large.find, text=query, limit=20)) for query in QUERIES}
    for query, took in times.items():
        print(f"    {took * 1000:6.2f} ms  {query}")
    listing = f"list -d A --limit 20 in {number:,} problems / in {len(contents.problems)}"
    return all(
        (
            within(listing, lots / few, 2, f"{lots * 1000:.2f} ms"),
            within(f"ms, median search in {number:,} problems", median(times.values()) * 1000, 10),
        )
    )


def alternating(clock: Callable[[], float], runs: int, *tasks: Callable[[], object]) -> list[float]:
    """The median seconds of each task, run in turns after one warm-up."""
    times: list[list[float]] = [[] for _ in tasks]
    for turn in range(runs + 1):
        for task, taken in zip(tasks, times, strict=True):
            start = clock()
            task()
            if turn:
                taken.append(clock() - start)
    return [median(taken) for taken in times]


def seconds(runs: int, task: Callable[[], object]) -> float:
    """The median seconds of one task."""
    return alternating(time.process_time, runs, task)[0]


def within(what: str, value: float, bound: float, note: str = "") -> bool:
    """Print a measured value with its bound, and say whether it keeps it."""
    print(f"{'ok  ' if value <= bound else 'FAIL'} {value:6.2f} (at most {bound:g}) {what} {note}")
    return value <= bound


def filled(path: Path, contents: bundled.Catalogue) -> Index:
    """An index of these contents in a file of its own, opened as the program opens its own."""
    with closing(sqlite3.connect(path)) as connection:
        build.write(connection, contents, bundled.about(), bundled.resources())
    connection = store.opened(str(path))
    assert connection is not None
    return Index(store.Store(connection, str(path)))


def synthetic(real: tuple[Problem, ...], number: int) -> Iterator[Problem]:
    """Problems made of the words of real ones, each word as frequent as it is there."""
    chance = random.Random(0)
    words = [word for problem in real for word in f"{problem.title} {problem.summary}".split()]
    steps = [word for problem in real for step in problem.first_steps for word in step.split()]
    tags = sorted({tag for problem in real for tag in problem.tags})
    for n in range(number):
        yield replace(
            chance.choice(real),
            id=f"{n // 1000 + 10}.{n % 1000}",
            title=" ".join(chance.choices(words, k=9)),
            summary=" ".join(chance.choices(words, k=45)),
            first_steps=tuple(" ".join(chance.choices(steps, k=30)) for _ in range(3)),
            tags=tuple(chance.sample(tags, 4)),
            difficulty=chance.choice(DIFFICULTIES),
            compute=chance.choice(COMPUTE),
            coding=chance.choice(CODING),
        )


if __name__ == "__main__":
    sys.exit(main())
