"""A warm answer imports nothing heavy: who types `list` waits for click and SQLite, no more."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "bs4",
    "cookiecutter",
    "httpx",
    "jinja2",
    "jupytext",
    "nbformat",
    "numpy",
    "rich",
    "torch",
    "transformer_lens",
}
NOT_WHEN_WARM = HEAVY | {
    "tomllib",
    "problembrowser.catalogue.bundled",
    "problembrowser.index.build",
}
NOT_TO_LIST = NOT_WHEN_WARM | {
    "dataclasses",
    "difflib",
    "hashlib",
    "pathlib",
    "tempfile",
    "problembrowser.catalogue.problem",
    "problembrowser.pages.terminal",
}
CODE = """
import sys
from problembrowser.cli import main
try:
    main(sys.argv[1:])
except SystemExit as ended:
    print(ended.code, *sorted(sys.modules), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("arguments", "forbidden"),
    [
        (["--help"], NOT_TO_LIST | {"sqlite3"}),
        (["list", "--help"], NOT_TO_LIST),
        (["list"], NOT_TO_LIST),
        (["list", "--difficulty", "A", "--starter"], NOT_TO_LIST),
        (["search", "heads"], NOT_TO_LIST),
        (["list", "-c", "1"], NOT_WHEN_WARM),
        (["list", "--json"], NOT_WHEN_WARM),
        (["show", "1.1"], NOT_WHEN_WARM),
        (["suggest"], NOT_WHEN_WARM),
        (["categories"], NOT_WHEN_WARM),
        (["guide"], NOT_WHEN_WARM),
        (["check"], HEAVY),
    ],
)
def test_imports(program, arguments, forbidden):
    program("list")
    code, *modules = imported_by(program, arguments)
    assert code == "0"
    assert "click" in modules
    assert forbidden & set(modules) == set()


def test_a_cold_list_imports_what_a_warm_one_must_not(program):
    assert "problembrowser.catalogue.bundled" in imported_by(program, ["list"])


def imported_by(program, arguments):
    """The exit code of a command, and the modules that it left imported."""
    done = subprocess.run(
        [sys.executable, "-c", CODE, *arguments],
        cwd=program.folder,
        env=program.environment(),
        capture_output=True,
        encoding="utf-8",
    )
    return done.stderr.splitlines()[-1].split()


# From the ground up: a wing imports from its own storey only itself, else from those below.
STOREYS = [
    {"errors", "text", "cache", "files"},
    {"catalogue"},
    {"posts", "starters"},
    {"lists"},
    {"index"},
    {"pages"},
    {"cli"},
]
PACKAGE = Path(__file__).parents[1] / "problembrowser"


def storey(wing):
    """How high up a wing or a module at the top of the package stands."""
    return next(height for height, wings in enumerate(STOREYS) if wing in wings)


def imports(path):
    """What a file imports of the package, anywhere in it, as `wing` or `wing.module`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("problembrowser"):
            inside = node.module.split(".")[1:]
            for name in node.names:
                yield ".".join([*inside, name.name][:2])
        elif isinstance(node, ast.Import):
            for name in node.names:
                if name.name.startswith("problembrowser."):
                    yield ".".join(name.name.split(".")[1:3])


def files():
    """Every module of the package but its two doors, with its dotted name."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        if name not in {"__init__", "__main__"}:
            yield name.removesuffix(".__init__"), path


def test_every_wing_has_its_storey():
    assert {name.split(".")[0] for name, _ in files()} == set().union(*STOREYS)


def test_nothing_imports_upwards_or_across():
    wrong = [
        (name, other)
        for name, path in files()
        for other in imports(path)
        if (wing := name.split(".")[0]) != (its := other.split(".")[0])
        and its != "__version__"
        and storey(its) >= storey(wing)
    ]
    assert wrong == []


def test_no_wing_has_a_circle():
    needs = {name: set(imports(path)) for name, path in files()}
    while free := [name for name, others in needs.items() if not others & needs.keys()]:
        for name in free:
            del needs[name]
    assert needs == {}


def test_each_large_library_has_one_door():
    doors = {"httpx": [], "bs4": [], "cookiecutter": [], "sqlite3": [], "torch": []}
    for name, path in files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for library in {module.split(".")[0] for module in modules} & doors.keys():
                doors[library].append(name)
    assert {library: sorted({*names}) for library, names in doors.items()} == {
        "httpx": ["posts.fetch"],
        "bs4": ["posts.parse"],
        "cookiecutter": ["starters.bake"],
        "sqlite3": ["index.build", "index.store"],  # build: for the name of a type alone
        "torch": [],
    }


def test_every_wing_says_what_it_owns_and_what_it_must_not_do():
    for wing in PACKAGE.glob("*/__init__.py"):
        first, _, rest = (ast.get_docstring(ast.parse(wing.read_text("utf-8"))) or "").partition(
            "\n\n"
        )
        assert first.endswith("."), wing
        assert wing.parent.name == "cli" or rest, wing
