"""The layers under `templates/` that a starter is made of, and the settings that they take.

A project is `project/`, laid over with one recipe and the parts that the catalogue entry names.
A layer may use further parts; no two layers of one project may hold the same file.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from problembrowser.catalogue.problem import Starter
from problembrowser.text import near

_PACKAGE = Path(__file__).parent.parent
_MANIFEST = "layer.toml"
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
_TYPES: dict[str, type] = {"int": int, "float": float, "text": str, "flag": bool, "list": list}
_LAB = re.compile(
    r"^[ \t]*from lab(?:\.(\w+) import| import (?:\(([^)]*)\)|([\w ,]+)))", re.MULTILINE
)
_SKIPPED = {_MANIFEST, "__pycache__", ".pytest_cache", ".ruff_cache", ".mypy_cache"}


# What a list's problem of a category starts from if it names no recipe: to be filled in.
_PLAINEST = {
    "algorithmic-problems": Starter(
        recipe="train-transformer",
        parts=("tasks/own-rule", "experiments/algorithmic-problems/own-task"),
        parameters={"n_layers": 2, "n_heads": 2, "lr": 2e-3, "target_accuracy": 0.99},
        quick={"batch_size": 128, "d_mlp": 128, "steps": 1500},
    ),
    "circuits-in-the-wild": Starter(
        recipe="language-model",
        parts=("prompts/own-pairs", "experiments/circuits-in-the-wild/own-behaviour"),
    ),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One setting of a starter: its default in each preset, and what it may be."""

    name: str
    kind: type
    quick: Any
    full: Any
    help: str
    choices: tuple[Any, ...] = ()
    least: float | None = None
    suits: tuple[str, ...] = ()  # for a model: repositories that are known to work

    def fault(self, value: Any) -> str:
        """What is wrong with a value, or "" if nothing is."""
        number = self.kind is float and isinstance(value, int) and not isinstance(value, bool)
        if not number and type(value) is not self.kind:
            return f"{value!r} is not of type {self.kind.__name__}"
        if self.choices and value not in self.choices:
            return f"{value!r} is none of {', '.join(map(str, self.choices))}"
        if self.least is not None and value < self.least:
            return f"{value!r} is below {self.least:g}"
        if self.suits and value and not _REPOSITORY.fullmatch(value):
            return f"{value!r} is no model as owner/name, such as {' or '.join(self.suits)}"
        return ""


@dataclass(frozen=True, slots=True)
class Layer:
    """One folder of `templates/`: files to lay over a project, and the parameters they read."""

    name: str
    path: Path
    summary: str
    uses: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    prediction: Mapping[str, Mapping[str, Any]]  # one that comes true and one that does not
    requires: tuple[str, ...]  # packages that its modules import, besides those of every project

    def files(self) -> Iterator[tuple[str, Path]]:
        """Every file of the layer, with its path inside the generated project."""
        return files(self.path)


def files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file under a folder of templates that a project takes, with its path inside."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and not _SKIPPED.intersection(inside.parts):
            yield inside.as_posix(), path


def templates() -> Path:
    """The folder of the templates: beside the package in a checkout, inside it when installed."""
    beside = _PACKAGE.parent / "templates"
    return beside if beside.is_dir() else _PACKAGE / "templates"


def names() -> list[str]:
    """The names of the recipes."""
    return sorted(path.parent.name for path in (templates() / "recipes").glob(f"*/{_MANIFEST}"))


@cache
def layer(name: str) -> Layer:
    """The layer `recipes/<recipe>` or `parts/...`; raises FileNotFoundError if there is none."""
    path = templates() / name
    data = tomllib.loads((path / _MANIFEST).read_text(encoding="utf-8"))
    return Layer(
        name=name,
        path=path,
        summary=data["summary"],
        uses=tuple(data.get("uses", ())),
        parameters=tuple(
            _parameter(key, value) for key, value in data.get("parameters", {}).items()
        ),
        prediction=data.get("prediction", {}),
        requires=tuple(data.get("requires", ())),
    )


def layers(starter: Starter) -> list[Layer]:
    """Every layer of a starter, each after those that it uses."""
    found: dict[str, Layer] = {}

    def add(name: str) -> None:
        if name not in found:
            one = layer(name)
            for used in one.uses:
                add(f"parts/{used}")
            found[name] = one

    for name in (f"recipes/{starter.recipe}", *(f"parts/{part}" for part in starter.parts)):
        add(name)
    return list(found.values())


def prediction(starter: Starter, kind: str) -> dict[str, Any]:
    """A prediction that comes "true" or "false", to try the participant's test; {} if none."""
    return dict(next((one.prediction[kind] for one in layers(starter) if one.prediction), {}))


def requirements(starter: Starter) -> list[str]:
    """The packages that the layers of a starter need besides those of every project."""
    return sorted({one for each in layers(starter) for one in each.requires})


def parameters(starter: Starter) -> dict[str, Parameter]:
    """Every parameter that a starter takes, by name."""
    return {one.name: one for each in layers(starter) for one in each.parameters}


def settings(starter: Starter) -> tuple[dict[str, Any], dict[str, Any]]:
    """The settings of the quick and of the full preset, in the order of the layers."""
    known = parameters(starter)
    quick = {name: one.quick for name, one in known.items()}
    full = {name: one.full for name, one in known.items()}
    quick |= dict(starter.parameters) | dict(starter.quick)
    full |= dict(starter.parameters) | dict(starter.full)
    return quick, full


def faults(starter: Starter, *, whole: bool = True) -> list[str]:
    """What is wrong with a starter (unknown layers, settings out of range), as `field: what`.

    Also, unless `whole` is false, which of its layers contradict each other or lack a module.
    """
    if starter.recipe not in names():
        return [
            f"starter.recipe: there is no recipe {starter.recipe!r}{_near(starter.recipe, names())}"
        ]
    missing = [part for part in starter.parts if not _is_part(part)]
    if missing:
        return [f"starter.parts: there is no part {part!r}" for part in missing]
    known = parameters(starter)
    wrong = [
        f"starter.{table}.{name}: {fault}"
        for table in ("parameters", "quick", "full")
        for name, value in getattr(starter, table).items()
        if (fault := _fault(known, name, value))
    ]
    return wrong or (_contradictions(starter) if whole else [])


def models(starter: Starter) -> tuple[str, ...]:
    """The models that are known to suit a starter's `model`; () where it takes none."""
    taken = parameters(starter).get("model")
    return taken.suits if taken else ()


def plainest(category: str) -> Starter | None:
    """The starter for a problem of this category that names none, or None where nothing fits."""
    return _PLAINEST.get(category)


def with_plainest() -> list[str]:
    """The categories that have a plainest starter."""
    return sorted(_PLAINEST)


def to_fill_in(starter: Starter) -> list[str]:
    """The settings that say what the task of a starter is; those of its experiment are sizes."""
    own = [layer(f"parts/{part}") for part in starter.parts if not part.startswith("experiments/")]
    return [parameter.name for each in own for parameter in each.parameters]


def _is_part(part: str) -> bool:
    return part in _parts()


@cache
def _parts() -> frozenset[str]:
    """The names of the parts. A name from outside is looked up here, and never in a folder."""
    parts = templates() / "parts"
    return frozenset(path.parent.relative_to(parts).as_posix() for path in parts.rglob(_MANIFEST))


def _contradictions(starter: Starter) -> list[str]:
    """Files that two layers hold, and modules of `lab` that one imports and none holds."""
    holders = {f"lab/{path.name}": "project" for path in (_project() / "lab").glob("*.py")}
    wrong = []
    for each in layers(starter):
        for inside, _ in each.files():
            other = holders.setdefault(inside, each.name)
            if other != each.name:
                wrong.append(f"starter.parts: {other} and {each.name} both hold {inside}")
    for each in layers(starter):
        for module in _imported(each.name):
            if (needed := f"lab/{module}.py") not in holders:
                holders[needed] = ""  # one fault for each is enough
                kinds = sorted({part.partition("/")[0] for part in _parts() if _has(part, needed)})
                some = f" (some of {', '.join(kinds)} do)" if kinds else ""
                wrong.append(f"starter.parts: none brings {needed}, as {each.name} needs{some}")
    return wrong


def _has(part: str, inside: str) -> bool:
    return (templates() / "parts" / part / inside).is_file()


def _project() -> Path:
    return templates() / "project" / "{{cookiecutter.slug}}"


@cache
def _imported(name: str) -> tuple[str, ...]:
    """The modules of `lab` that the Python of a layer imports."""
    found: dict[str, None] = {}
    for inside, path in layer(name).files():
        if inside.endswith(".py"):
            for match in _LAB.finditer(path.read_text(encoding="utf-8")):
                names = match[1] or match[2] or match[3]
                found |= {part.split()[0]: None for part in names.split(",") if part.strip()}
    return tuple(found)


def _fault(known: Mapping[str, Parameter], name: str, value: Any) -> str:
    if name in known:
        return known[name].fault(value)
    return f"is not a parameter of this starter{_near(name, list(known))}"


def _near(word: str, words: list[str]) -> str:
    close = near(word, words, 3)
    return f" (did you mean {', '.join(close)}?)" if close else f" (there are: {', '.join(words)})"


def _parameter(name: str, data: Mapping[str, Any]) -> Parameter:
    quick = data["quick"] if "quick" in data else data["default"]
    return Parameter(
        name=name,
        kind=_TYPES[data["type"]],
        quick=quick,
        full=data.get("full", quick),
        help=data["help"],
        choices=tuple(data.get("choices", ())),
        least=data.get("least"),
        suits=tuple(data.get("suits", ())),
    )
