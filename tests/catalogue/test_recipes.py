"""The layers of the templates, and what is refused of a starter."""

import ast
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from problembrowser.catalogue import bundled, recipes
from problembrowser.catalogue.problem import Problem, Starter

GOOD = Starter(
    "train-transformer", ("tasks/max-of-two", "experiments/algorithmic-problems/max-of-two")
)
STARTED = [problem for problem in bundled.load().problems if problem.starter]
# Laid before the starters that will use them.
WAITING: set[str] = set()
LAYERS = sorted(
    path.parent.relative_to(recipes.templates()).as_posix()
    for path in recipes.templates().rglob("layer.toml")
)


def starter_of(problem: Problem) -> Starter:
    assert problem.starter is not None
    return problem.starter


@pytest.mark.parametrize("problem", STARTED, ids=lambda problem: problem.id)
def test_every_starter_is_valid(problem: Problem) -> None:
    starter = starter_of(problem)
    assert recipes.faults(starter) == []
    declared = [one.name for layer in recipes.layers(starter) for one in layer.parameters]
    assert len(declared) == len(set(declared))


def test_every_layer_serves_a_starter() -> None:
    used = {layer.name for problem in STARTED for layer in recipes.layers(starter_of(problem))}
    assert set(LAYERS) - used <= WAITING


@pytest.mark.parametrize("name", LAYERS)
def test_what_a_layer_requires_has_a_lower_and_an_upper_bound(name: str) -> None:
    for one in recipes.layer(name).requires:
        assert {each.operator for each in Requirement(one).specifier} == {">=", "<"}, one


@pytest.mark.parametrize("name", LAYERS)
def test_every_parameter_is_read_by_some_layer_and_has_a_valid_default(name: str) -> None:
    sources = [path.read_text(encoding="utf-8") for path in recipes.templates().rglob("*.py")]
    for one in recipes.layer(name).parameters:
        assert one.fault(one.quick) == ""
        assert one.fault(one.full) == ""
        read = any(f"settings.{one.name}" in text for text in sources)
        assert read or name in WAITING, one.name


def test_no_two_problems_have_the_same_starter() -> None:
    for one, other in combinations(STARTED, 2):
        assert starter_of(one).parts != starter_of(other).parts, (one.id, other.id)


def test_layers_come_after_those_that_they_use() -> None:
    assert [layer.name for layer in recipes.layers(GOOD)] == [
        "parts/presets",
        "parts/training",
        "parts/train-one",
        "parts/models/transformer",
        "recipes/train-transformer",
        "parts/tasks/max-of-two",
        "parts/tools/attention",
        "parts/experiments/algorithmic-problems/max-of-two",
    ]


def test_settings_of_a_preset_go_before_those_of_both() -> None:
    quick, full = recipes.settings(
        Starter(GOOD.recipe, GOOD.parts, {"lr": 0.5}, {"seed": 1}, {"lr": 0.25})
    )
    assert (quick["lr"], quick["seed"]) == (0.5, 1)
    assert (full["lr"], full["seed"]) == (0.25, 0)


@pytest.mark.parametrize(
    ("starter", "fault"),
    [
        (
            Starter("train-transfomer"),
            "starter.recipe: there is no recipe 'train-transfomer' (did you mean train-transformer",
        ),
        (Starter(GOOD.recipe, ("tasks/no",)), "starter.parts: there is no part 'tasks/no'"),
        (Starter(GOOD.recipe, ("x" * 1_990,)), "starter.parts: there is no part 'xxx"),
        (
            Starter(GOOD.recipe, (str(recipes.templates() / "parts/tasks/max-of-two"),)),
            "starter.parts: there is no part '/",
        ),
        (
            Starter(GOOD.recipe, ("tasks\\max-of-two",)),
            "starter.parts: there is no part 'tasks\\\\max-of-two'",
        ),
        (
            Starter(GOOD.recipe, ("tasks/max-of-two", "tasks/own-rule")),
            "starter.parts: parts/tasks/max-of-two and parts/tasks/own-rule both hold lab/task.py",
        ),
        (
            Starter(GOOD.recipe),
            "starter.parts: none brings lab/task.py, as parts/training needs (some of ",
        ),
        (Starter(GOOD.recipe, ("../project",)), "starter.parts: there is no part '../project'"),
        (
            Starter(GOOD.recipe, GOOD.parts, {"d_modle": 3}),
            "starter.parameters.d_modle: is not a parameter of this starter (did you mean d_model",
        ),
        (
            Starter(GOOD.recipe, GOOD.parts, {}, {"d_model": "64"}),
            "starter.quick.d_model: '64' is not of type int",
        ),
        (
            Starter(GOOD.recipe, GOOD.parts, {}, {}, {"n_layers": 0}),
            "starter.full.n_layers: 0 is below 1",
        ),
        (
            Starter(GOOD.recipe, GOOD.parts, {"operation": "median"}),
            "starter.parameters.operation: 'median' is none of max, min",
        ),
        (
            Starter(GOOD.recipe, GOOD.parts, {"layer_norm": 1}),
            "starter.parameters.layer_norm: 1 is not of type bool",
        ),
    ],
)
def test_faults_name_the_field(starter: Starter, fault: str) -> None:
    found = recipes.faults(starter)
    assert found[0].startswith(fault)
    assert len(found) == 1 or " both hold " in fault


COPIED = [
    path
    for path in sorted(recipes.templates().rglob("*.py"))
    if "__pycache__" not in path.parts and path.name != "settings.py"
]


@pytest.mark.parametrize("path", COPIED, ids=lambda path: "-".join(path.parts[-3:]))
def test_the_templates_are_python_that_explains_itself(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if "lab" in path.parts:
        assert ast.get_docstring(tree)
        for node in _public(tree.body):
            assert ast.get_docstring(node) or node.name == "forward", f"{path.name}: {node.name}"


def _public(body: list[ast.stmt]) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body)
