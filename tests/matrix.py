"""Every starter's notebook from top to bottom. (`test_starters.py` runs every starter's own tests.)

python tests/matrix.py                      # all of them, one a core, table in benchmarks/
python tests/matrix.py 3.5 3.16 --jobs 1    # some of them, rows on the screen
python tests/matrix.py --seeds 0 1 2        # with each seed; the table shows the worst
python tests/matrix.py --changed            # what differs from main, also what is not committed
python tests/matrix.py --resume             # what ran before on the same project is not run again
python tests/matrix.py --alone              # the one-file notebook, alone in an empty folder
python tests/matrix.py --kernel             # in a kernel of Jupyter's instead of a forked child
python tests/matrix.py --models A/B C/D     # on these models, where a starter loads published ones
python tests/matrix.py --figures figures    # keep the figures, to look at
"""

import argparse
import datetime
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import changed
import forkserver
import nbformat
import notebooks
from forkserver import Server
from hub import checkpoints, serving

from problembrowser.catalogue import bundled, recipes
from problembrowser.catalogue.problem import Category, Problem, Starter
from problembrowser.starters import scaffold

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "benchmarks" / "starters.md"
KEPT = ROOT / ".matrix_cache" / "runs.jsonl"  # what ran, a line a run
LIST = bundled.load()
STARTED = [problem for problem in LIST.problems if problem.starter]
MOST_SECONDS, MOST_BYTES = 120, 4e9  # what the standard allows `quick`
HEAD = (
    "| problem | starter | seen on | notebook, s | GB | held-out, quick preset | result |\n"
    "|---|---|---|---|---|---|---|\n"
)
_TEST = re.compile(r"tests/test_\w+\.py")
_SEED = re.compile(r"^(    seed=)\d+", re.MULTILINE)
_SCORE = re.compile(r"(?:accuracy|recall|share explained)(.*?)(?:chance|\d+ steps|$)")
_NUMBER = re.compile(r"\d\.\d+")


@dataclass
class Run:
    """What became of one notebook with one seed."""

    id: str
    seed: int | None = None  # None: as generated
    seconds: float = 0.0  # from the first cell on; with a kernel, its start and imports as well
    cpu: float = 0.0  # of these, of computing: what a busy machine does not lengthen
    peak: int = 0  # bytes; 0: not measured
    says: str = ""
    fault: str = ""
    n_figures: int = 0
    figures: list[bytes] = field(default_factory=list, repr=False)
    traceback: str = ""


def bake(problem: Problem, out: Path) -> Path:
    """The project of a problem, without a repository."""
    return scaffold.new(problem, _category(problem), output_dir=out, git_init=False).path


def tests_to_run(problem: Problem) -> list[str]:
    """The test files of a project that say something new: of each layer, where it is first used.

    Together the starters run every test file once; each runs its set-up and its experiment's own.
    """
    fresh = [layer for layer in _layers(problem) if _first_users()[layer.name] == problem.id]
    found = {inside for layer in fresh for inside, _ in layer.files() if _TEST.fullmatch(inside)}
    return sorted(found | {"tests/test_setup.py"})


def set_seed(path: Path, seed: int) -> None:
    """Change the seed of the quick preset, as a participant would: in the notebook's own cell."""
    book: Any = nbformat.read(path, as_version=4)
    cell = next(one for one in book.cells if one.source.startswith("%%save lab/settings.py "))
    cell.source = _SEED.sub(rf"\g<1>{seed}", cell.source, count=1)
    nbformat.write(book, path)


def on_models(problem: Problem, models: list[str]) -> Problem:
    """The problem with other published models in its quick preset; as it is where it loads none."""
    starter = _starter(problem)
    quick, _ = recipes.settings(starter)
    if models and quick.get("model"):
        starter = replace(starter, quick={**starter.quick, "model": models[0]})
    elif models and quick.get("models"):
        starter = replace(starter, quick={**starter.quick, "models": models})
    return replace(problem, starter=starter)


def held_out(printed: str) -> tuple[str, float | None]:
    """The worst line in which a notebook says how well a model does on held-out examples, and how.

    ("", None) where no line has both a score and chance or the zero predictor.
    """
    found = []
    for line in printed.splitlines():
        scored = _SCORE.search(line)
        if scored and re.search(r"(chance|zero predictor) [\d.]", line):
            numbers = [float(one) for one in _NUMBER.findall(scored[1])]
            found += [(min(numbers), line.strip())] if numbers else []
    if not found:
        return "", None
    score, line = min(found)
    return line, score


def measured(printed: str) -> str:
    """The worst line in which a notebook says how well a model does on held-out examples."""
    return held_out(printed)[0]


def told(problem: Problem) -> dict[str, Any]:
    """What a starter's layers tell this matrix, in `[matrix]` of their layer.toml.

    `seen_on` is the model whose figures were seen; `no_target` why no seed is held to one.
    """
    found: dict[str, Any] = {}
    for layer in _layers(problem):
        text = (layer.path / "layer.toml").read_text(encoding="utf-8")
        found |= tomllib.loads(text).get("matrix", {})
    return found


def seen_on(problem: Problem) -> str:
    """The model on which the figures of `quick` are seen: its repository, or "trained here".

    One without real weights on this machine is said to be tiny and random.
    """
    quick, _ = recipes.settings(_starter(problem))
    loaded = [quick["model"]] if quick.get("model") else quick.get("models", ())
    here = (one if checkpoints.real(one) else f"{one}, tiny and random" for one in loaded)
    return str(told(problem).get("seen_on") or "; ".join(here) or "trained here")


def marks(problem: Problem, runs: list[Run], importing: float) -> list[str]:
    """What is wrong with the runs of a starter; a seed below its target is one such thing."""
    target = recipes.settings(_starter(problem))[0].get("target_accuracy")
    wrong = [f"{_named(run)}{run.fault}" for run in runs if run.fault]
    for run in runs:
        _, score = held_out(run.says)
        if target and score is not None and score < target and "no_target" not in told(problem):
            wrong.append(f"{_named(run)}below its target {target}")
    slowest = max(runs, key=lambda run: run.seconds)
    if slowest.seconds + importing > MOST_SECONDS:
        wrong.append(f"over two minutes, {slowest.cpu:.0f} s of them computing")
    if max(run.peak for run in runs) > MOST_BYTES:
        wrong.append("over 4 GB")
    return wrong


def row(problem: Problem, runs: list[Run], importing: float) -> str:
    """One starter as a row of the table: the slowest, the largest and the worst of its runs."""
    worst = min(runs, key=lambda run: (not run.fault, held_out(run.says)[1] or 0.0))
    gigabytes = max(run.peak for run in runs) / 1e9
    return (
        f"| {problem.id} | {scaffold.folder_name(problem).partition('-')[2]} | {seen_on(problem)} "
        f"| {max(run.seconds for run in runs):.0f} | {f'{gigabytes:.1f}' if gigabytes else '-'} "
        f"| {_named(worst)}{worst.says.removeprefix('held-out ') or '-'} "
        f"| {'; '.join(marks(problem, runs, importing)) or 'ok'}, {worst.n_figures} figures |"
    ).replace("\n", " ")


def main() -> int:
    """Run what the command line asks for; 1 if a notebook failed, 130 if interrupted."""
    options = _options()
    try:
        chosen = [on_models(problem, options.models) for problem in _chosen(options)]
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{len(chosen)} of {len(STARTED)} starters\n\n{HEAD}", end="", flush=True)
    rows, failed = {}, False
    try:
        with serving.everything() as served, tempfile.TemporaryDirectory() as folder:
            os.environ.update(served.environment)  # for the kernels
            with nullcontext() if options.kernel else Server(**served.environment) as server:
                importing = server.importing if server else 0.0
                matrix = Matrix(options, server, Path(folder))
                for problem, runs in matrix.outcomes(chosen):
                    rows[problem.id] = row(problem, runs, importing)
                    failed = failed or any(run.fault for run in runs)
                    print(rows[problem.id], flush=True)
                    for run in filter(lambda run: run.traceback, runs):
                        print(run.traceback, file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print("interrupted; --resume goes on from here", file=sys.stderr)
        return 130
    if len(rows) == len(STARTED) and not (options.alone or options.kernel):
        body = "".join(rows[problem.id] + "\n" for problem in STARTED)
        TABLE.write_text(_document(options, importing) + HEAD + body, encoding="utf-8")
    return int(failed)


class Matrix:
    """Notebooks run side by side in children of a warm process, or in kernels one by one."""

    def __init__(self, options: argparse.Namespace, server: Server | None, folder: Path) -> None:
        self._options, self._server, self._folder = options, server, folder
        self._kept = _kept() if options.resume else {}

    def outcomes(self, problems: Iterable[Problem]) -> Iterator[tuple[Problem, list[Run]]]:
        """The problems with all their runs, each when its last run ends."""
        problems = list(problems)
        missing = {problem.id: len(self._seeds(problem)) for problem in problems}
        found: dict[str, list[Run]] = {problem.id: [] for problem in problems}
        by_id = {problem.id: problem for problem in problems}
        for run in self._runs(problems):
            found[run.id].append(run)
            if len(found[run.id]) == missing[run.id]:
                yield by_id[run.id], sorted(found[run.id], key=lambda run: run.seed or 0)

    def _seeds(self, problem: Problem) -> list[int | None]:
        """Those asked for; once as generated where none is, or the starter takes none."""
        if self._options.seeds and "seed" in recipes.parameters(_starter(problem)):
            return list(self._options.seeds)
        return [None]

    def _runs(self, problems: Iterable[Problem]) -> Iterator[Run]:
        known: list[Run] = []
        orders = self._orders(problems, known)
        if self._server is None:
            for order in orders:
                yield self._finish(order, _with_kernel(order))
        else:
            for order, done in self._server.carry_out(orders, self._options.jobs):
                yield self._finish(order, _in_child(order, done))
        yield from known

    def _orders(self, problems: Iterable[Problem], known: list[Run]) -> Iterator[dict[str, Any]]:
        """An order for each notebook to run; a run that is known already is put there instead."""
        for problem in problems:
            for seed in self._seeds(problem):
                folder = Path(tempfile.mkdtemp(dir=self._folder))
                book = self._baked(problem, folder, seed)
                key = _digest(book.parent, self._options.kernel)
                if key in self._kept:
                    known.append(self._kept[key])
                    shutil.rmtree(folder)
                    continue
                order = forkserver.notebook(book, folder / "executed.ipynb")
                yield order | {"id": problem.id, "seed": seed, "key": key}

    def _baked(self, problem: Problem, folder: Path, seed: int | None) -> Path:
        """The notebook of a starter, in its project or alone in an empty folder."""
        book = bake(problem, folder) / scaffold.NOTEBOOK
        if seed is not None:
            set_seed(book, seed)
        if self._options.alone:
            (folder / "empty").mkdir()
            book = book.rename(folder / "empty" / "uploaded.ipynb")
        return book

    def _finish(self, order: dict[str, Any], run: Run) -> Run:
        """Keep what a run is worth keeping for, and remove its folder."""
        shutil.rmtree(Path(order["executed"]).parent)
        if self._options.figures:
            seed = "" if run.seed is None else f"seed{run.seed}-"
            into = self._options.figures / run.id
            into.mkdir(parents=True, exist_ok=True)
            for number, figure in enumerate(run.figures, start=1):
                (into / f"{seed}fig{number}.png").write_bytes(figure)
        if not run.fault:
            KEPT.parent.mkdir(exist_ok=True)
            with KEPT.open("a", encoding="utf-8") as file:
                told = asdict(run) | {"figures": []}
                file.write(json.dumps({"key": order["key"], "run": told}) + "\n")
        return run


def _in_child(order: dict[str, Any], done: forkserver.Done) -> Run:
    executed = Path(order["executed"])
    book = nbformat.read(executed, as_version=4) if executed.exists() else None
    run = _read(order, book)
    run.seconds, run.cpu, run.peak = done.seconds, done.cpu, done.peak
    if done.returncode and not run.fault:
        how = f"signal {-done.returncode}" if done.returncode < 0 else f"code {done.returncode}"
        where = f"cell [{notebooks.last_cell(book)}]" if book else "its start"
        run.fault = f"the process ended with {how} in {where}"
        run.traceback = done.stdout[-2000:]
    return run


def _with_kernel(order: dict[str, Any]) -> Run:
    book = Path(order["notebook"])
    began = time.perf_counter()
    run = _read(order, notebooks.by_kernel(book, book.parent))
    run.seconds = time.perf_counter() - began
    return run


def _read(order: dict[str, Any], book: Any) -> Run:
    """What an executed notebook shows, as a run."""
    run = Run(order["id"], order["seed"])
    if book is not None:
        run.figures = notebooks.figures(book)
        run.n_figures = len(run.figures)
        run.says = measured(notebooks.printed(book))
        run.fault = notebooks.fault(book)[:300]
        run.traceback = notebooks.traceback(book)
    return run


def _kept() -> dict[str, Run]:
    """The runs of before, by what was run."""
    lines = KEPT.read_text(encoding="utf-8").splitlines() if KEPT.exists() else []
    return {one["key"]: Run(**one["run"]) for one in map(json.loads, lines)}


def _digest(project: Path, kernel: bool) -> str:
    """What tells a project from another: its files, name and way to be run."""
    weights = os.environ.get(checkpoints.WEIGHTS, "")
    told = hashlib.sha256(f"{project.name} {kernel} {weights}".encode())
    for path in sorted(project.rglob("*")):
        if path.is_file():
            told.update(path.relative_to(project).as_posix().encode() + path.read_bytes())
    return told.hexdigest()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("ids", nargs="*", help="problems; all with a starter unless named")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at once")
    parser.add_argument("--models", nargs="+", default=[], help="instead of the published ones")
    parser.add_argument("--seeds", type=int, nargs="+", default=[], help="run with each of these")
    parser.add_argument(
        *("--changed", "-c"),
        nargs="?",
        const="",
        metavar="COMMIT",
        help="those that differ from a commit; from where the branch left main unless named",
    )
    parser.add_argument("--resume", action="store_true", help="take what ran before from its file")
    parser.add_argument("--alone", action="store_true", help="the one-file notebook, alone")
    parser.add_argument("--kernel", action="store_true", help="in Jupyter's kernel, one by one")
    parser.add_argument("--figures", type=Path, help="a folder for the figures")
    return parser.parse_args()


def _chosen(options: argparse.Namespace) -> list[Problem]:
    """The problems to run; raises ValueError for an unknown one or an unknown commit."""
    if unknown := set(options.ids) - {problem.id for problem in STARTED}:
        raise ValueError(f"no starter has {', '.join(sorted(unknown))}")
    chosen = [problem for problem in STARTED if not options.ids or problem.id in options.ids]
    return chosen if options.changed is None else changed.starters(chosen, ROOT, options.changed)


def _document(options: argparse.Namespace, importing: float) -> str:
    """What stands above the table."""
    seeds = " ".join(map(str, options.seeds))
    models = "".join(f" {one}" for one in options.models)
    command = (
        f"python tests/matrix.py{f' --seeds {seeds}' if seeds else ''}"
        f"{f' --models{models}' if models else ''} --jobs {options.jobs}"
    )
    return (
        "# Every starter, executed\n\n"
        f"Made by `{command}` on {datetime.date.today()}, with {os.cpu_count()} CPU cores and no "
        f"GPU, {options.jobs} at a time, one thread each: the notebook of each generated project "
        "from top to bottom with the `quick` preset. Seconds and memory are those of the slowest "
        "and of the largest seed, the held-out line is the worst seed's. The seconds begin with "
        f"the first cell; Python takes {importing:.0f} s more to import torch and "
        "transformer_lens. Over two minutes, over 4 GB and a seed below its target are marked.\n\n"
    )


def _named(run: Run) -> str:
    return "" if run.seed is None else f"seed {run.seed}: "


@cache
def _first_users() -> dict[str, str]:
    """For each layer the first problem that uses it."""
    return {layer.name: problem.id for problem in reversed(STARTED) for layer in _layers(problem)}


def _layers(problem: Problem) -> list[recipes.Layer]:
    return recipes.layers(_starter(problem))


def _starter(problem: Problem) -> Starter:
    assert problem.starter
    return problem.starter


def _category(problem: Problem) -> Category:
    return next(one for one in LIST.categories if one.slug == problem.category)


if __name__ == "__main__":
    sys.exit(main())
