"""Projects on disk: what is written, refused and kept, and that nothing is left behind."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from problembrowser.catalogue import bundled
from problembrowser.catalogue.problem import Category, Problem
from problembrowser.errors import NoStarter, ScaffoldError
from problembrowser.starters import scaffold

LIST = bundled.load()
PROBLEM = next(problem for problem in LIST.problems if problem.id == "3.5")
UNSTARTED = next(problem for problem in LIST.problems if not problem.starter)
CATEGORY = next(one for one in LIST.categories if one.slug == PROBLEM.category)

FILES = """\
.gitignore
.problem.json
AGENTS.md
README.md
lab/__init__.py
lab/attention.py
lab/data.py
lab/device.py
lab/guessers.py
lab/measurement.py
lab/model.py
lab/plain.py
lab/plots.py
lab/prediction.py
lab/settings.py
lab/step.py
lab/task.py
lab/training.py
pyproject.toml
report.md
starter.ipynb
starter.py
tests/conftest.py
tests/test_attention.py
tests/test_guessers.py
tests/test_hypothesis.py
tests/test_model.py
tests/test_plain.py
tests/test_reading.py
tests/test_setup.py
tests/test_step.py
tests/test_task.py
tests/test_training.py
"""


def files(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    )


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def contents(folder: Path) -> dict[str, bytes]:
    return {path: (folder / path).read_bytes() for path in files(folder)}


def new(out: Path, problem: Problem = PROBLEM, **options: object) -> scaffold.Scaffolded:
    category: Category = CATEGORY
    settings: dict[str, object] = {"git_init": False, **options}
    return scaffold.new(problem, category, output_dir=out, **settings)  # type: ignore[arg-type]


def command(*arguments: str, **environment: str) -> list[str]:
    return [sys.executable, "-m", "problembrowser", *arguments]


def run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), cwd=cwd, env=os.environ | environment, capture_output=True, text=True
    )


def test_the_exact_file_set(tmp_path: Path) -> None:
    made = new(tmp_path)
    assert made == scaffold.Scaffolded(tmp_path / "3.5-max-of-two", ())
    assert "\n".join(files(made.path)) + "\n" == FILES
    assert names(tmp_path) == ["3.5-max-of-two"]


def test_no_template_marker_is_left(tmp_path: Path) -> None:
    for path, data in contents(new(tmp_path).path).items():
        for marker in (b"{{", b"{%", b"cookiecutter"):
            assert marker not in data, path


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    assert contents(new(tmp_path / "one").path) == contents(new(tmp_path / "two").path)


def test_the_one_file_notebook_is_the_projects_notebook(tmp_path: Path) -> None:
    alone = scaffold.write_notebook(PROBLEM, CATEGORY, output_dir=tmp_path)
    assert alone.name == "3.5-max-of-two.ipynb"
    assert alone.read_bytes() == (new(tmp_path).path / "starter.ipynb").read_bytes()


def test_the_notebook_carries_every_module_and_test(tmp_path: Path) -> None:
    path = new(tmp_path).path
    cells = json.loads((path / "starter.ipynb").read_text(encoding="utf-8"))["cells"]
    carried = {}
    for cell in cells:
        first, _, text = "".join(cell["source"]).partition("\n")
        if first.startswith("%%save "):
            name = first.split()[1]
            title, _, carried[name] = text.partition("\n")
            assert title == f"# @title {name}"
    wanted = [name for name in files(path) if name.startswith(("lab/", "tests/"))]
    assert carried == {
        name: (path / name).read_text(encoding="utf-8").rstrip("\n")
        for name in [*wanted, "pyproject.toml", "report.md"]
    }


def test_an_existing_folder_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "3.5-max-of-two").mkdir()
    (tmp_path / "3.5-max-of-two" / "notes.txt").write_text("mine")
    with pytest.raises(ScaffoldError, match="exists already"):
        new(tmp_path)
    assert files(tmp_path) == ["3.5-max-of-two/notes.txt"]


def test_force_keeps_what_the_user_changed_and_mends_the_rest(tmp_path: Path) -> None:
    path = new(tmp_path).path
    before = contents(path)
    (path / "lab" / "task.py").write_text("# mine\n")
    (path / "report.md").unlink()
    (path / "notes.txt").write_text("mine\n")
    made = new(tmp_path, force=True)
    assert made.kept == ("lab/task.py",)
    after = contents(path)
    assert after.pop("lab/task.py") == b"# mine\n"
    assert after.pop("notes.txt") == b"mine\n"
    before.pop("lab/task.py")
    assert after == before


def test_force_on_a_folder_of_ones_own_replaces_nothing(tmp_path: Path) -> None:
    mine = tmp_path / "3.5-max-of-two"
    mine.mkdir()
    (mine / "README.md").write_text("mine\n")
    assert new(tmp_path, force=True).kept == ("README.md",)
    assert (mine / "README.md").read_text() == "mine\n"


def test_a_problem_without_starter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoStarter, match="has no starter yet"):
        new(tmp_path, UNSTARTED)
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    "name",
    ["..", "../up", "/etc/x", "a/b", "-rf", "a b", "", "x\x00y", "é", "CON", "nul.txt", "a."],
)
def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    if name:
        with pytest.raises(ScaffoldError, match="cannot be a folder's name"):
            new(tmp_path, name=name)
    else:
        assert new(tmp_path, name=name).path.name == "3.5-max-of-two"


def test_a_model_is_refused_where_it_would_change_nothing(tmp_path: Path) -> None:
    with pytest.raises(ScaffoldError, match="trains its own model"):
        new(tmp_path, model="openai-community/gpt2")
    several = next(one for one in LIST.problems if one.id == "2.17")
    with pytest.raises(ScaffoldError, match="compares several models"):
        new(tmp_path, several, model="openai-community/gpt2")


def test_a_named_model_is_used_in_both_presets(tmp_path: Path) -> None:
    two_sizes = next(one for one in LIST.problems if one.id == "2.34")
    assert two_sizes.starter
    assert two_sizes.starter.quick["model"] != two_sizes.starter.full["model"]
    made = new(tmp_path, two_sizes, model="openai-community/gpt2-large")
    settings = (made.path / "lab" / "settings.py").read_text(encoding="utf-8")
    assert re.findall(r" model='(.*)',", settings) == ["openai-community/gpt2-large"]


def test_assistants_are_told_of_the_project_s_own_model(tmp_path: Path) -> None:
    for id_, said in (("3.5", "## Training here"), ("2.13", "## This project's model: published")):
        problem = next(one for one in LIST.problems if one.id == id_)
        project = new(tmp_path, problem).path
        assert said in (project / "AGENTS.md").read_text(encoding="utf-8")
        assert not (project / "agents").exists()


def test_a_folder_that_cannot_be_written_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ScaffoldError, match="Cannot write"):
        new(tmp_path / "file")
    assert names(tmp_path) == ["file"]


def test_parts_that_hold_the_same_file_are_refused_before_anything_is_made(tmp_path: Path) -> None:
    assert PROBLEM.starter is not None
    twice = replace(PROBLEM.starter, parts=(*PROBLEM.starter.parts, "tasks/repeated-subsequences"))
    with pytest.raises(ScaffoldError, match=r"both hold lab/task\.py"):
        new(tmp_path / "a" / "b", replace(PROBLEM, starter=twice))
    assert names(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_at_any_moment_it_leaves_a_whole_project_or_nothing(
    tmp_path: Path, number: signal.Signals
) -> None:
    outcomes = set()
    for attempt in range(8):
        out = tmp_path / str(attempt)
        out.mkdir()
        running = subprocess.Popen(
            command("new", "3.5", "--no-git"),
            cwd=out,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        time.sleep(0.1 * attempt)
        running.send_signal(number)
        running.communicate()
        left = names(out)
        assert left in ([], ["3.5-max-of-two"]), left
        if left:
            assert "\n".join(files(out / left[0])) + "\n" == FILES
        outcomes.add(bool(left))
    assert False in outcomes


def test_hostile_text_is_data_everywhere(tmp_path: Path) -> None:
    title = "{{ cycler.__init__.__globals__ }}{% raw %}\"\"\"'''<script>"
    evil = replace(
        PROBLEM,
        id="3.5",
        title=title,
        summary="%run x\n!touch pwned\n# %%\nimport os\n\x1b[31m\u202e",
        first_steps=("{{ 7 * 7 }}", "`unclosed <b>"),
    )
    path = new(tmp_path, evil).path
    script = (path / "starter.py").read_text(encoding="utf-8")
    compile(script, "starter.py", "exec")
    assert "\n!touch" not in script
    assert "import os" not in [line.strip() for line in script.splitlines()]
    assert "49" not in (path / "README.md").read_text(encoding="utf-8").split("A weekend")[1]
    readme = (path / "README.md").read_text(encoding="utf-8")
    assert "<script>" not in readme
    assert "\x1b" not in readme + script
    assert "\u202e" not in readme + script
    cells = json.loads((path / "starter.ipynb").read_text(encoding="utf-8"))["cells"]
    clean = json.loads((new(tmp_path / "b").path / "starter.ipynb").read_text(encoding="utf-8"))
    mine, others = (
        [one["source"] for one in book if one["cell_type"] == "code"]
        for book in (cells, clean["cells"])
    )
    # The report's cell holds the problem's words, as a text that %%save writes to a file.
    different = [one for one, other in zip(mine, others, strict=True) if one != other]
    assert [cell[0].split()[:2] for cell in different] == [["%%save", "report.md"]]


def test_new_prints_the_path_alone_and_says_what_to_type_next(tmp_path: Path) -> None:
    odd = tmp_path / "a wéekend"
    odd.mkdir()
    done = run("new", "3.5", "--no-git", cwd=odd)
    assert done.stdout == f"{odd / '3.5-max-of-two'}\n"
    assert done.stderr == (
        f"3.5: {PROBLEM.title}\n"
        "Next: problembrowser test 3.5-max-of-two\n"
        "Then: jupyter lab 3.5-max-of-two/starter.ipynb\n"
        "Or in Colab: upload starter.ipynb alone at https://colab.research.google.com\n"
    )
    assert done.returncode == 0


def test_home_holds_nothing_but_our_cache_afterwards(tmp_path: Path) -> None:
    home, out = tmp_path / "home", tmp_path / "out"
    home.mkdir()
    out.mkdir()
    cache = {"HOME": str(home), "PROBLEMBROWSER_CACHE": "", "XDG_CACHE_HOME": ""}
    assert run("new", "3.5", cwd=out, **cache).returncode == 0
    assert {Path(path).parts[:2] for path in files(home)} == {(".cache", "problembrowser")}


def test_a_home_that_cannot_be_written_does_not_matter(tmp_path: Path) -> None:
    nowhere = {"HOME": "/dev/null", "PROBLEMBROWSER_CACHE": "", "XDG_CACHE_HOME": ""}
    done = run("new", "3.5", "--no-git", cwd=tmp_path, **nowhere)
    assert (done.returncode, done.stdout) == (0, f"{tmp_path / '3.5-max-of-two'}\n")


def test_the_first_commit_is_the_starter_as_generated(tmp_path: Path) -> None:
    assert run("new", "3.5", cwd=tmp_path).returncode == 0
    project = tmp_path / "3.5-max-of-two"
    log = subprocess.run(
        ["git", "log", "--format=%s"], cwd=project, capture_output=True, text=True
    ).stdout
    status = subprocess.run(["git", "status", "--short"], cwd=project, capture_output=True).stdout
    assert log == "Starter for problem 3.5, as generated\n"
    assert status == b""


def test_inside_a_repository_there_is_no_second_one(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert run("new", "3.5", cwd=tmp_path).returncode == 0
    assert not (tmp_path / "3.5-max-of-two" / ".git").exists()


def test_without_git_there_is_a_project_all_the_same(tmp_path: Path) -> None:
    assert run("new", "3.5", cwd=tmp_path, PATH=str(tmp_path)).returncode == 0
    assert not (tmp_path / "3.5-max-of-two" / ".git").exists()


def test_outside_a_project_test_says_what_to_do(tmp_path: Path) -> None:
    done = run("test", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"Error: {tmp_path} is not inside a generated project.",
        "Go to one, or name it: problembrowser test DIR. To make one: problembrowser new ID",
    ]


def test_test_passes_arguments_on_and_returns_pytests_code(tmp_path: Path) -> None:
    deep = new(tmp_path).path / "tests"
    done = run("test", "-k", "no_such_test", "-q", cwd=deep)
    assert done.returncode == 5  # pytest's own code for "nothing was selected"
    assert "deselected" in done.stdout
    (deep / "test_mine.py").write_text("def test_fails():\n    assert 1 == 2\n")
    assert run("test", "tests/test_mine.py", cwd=tmp_path / "3.5-max-of-two").returncode == 1


def test_an_installed_wheel_scaffolds_outside_the_checkout(tmp_path: Path) -> None:
    checkout = Path(__file__).parents[2]
    target = tmp_path / "site"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", target, checkout],
        check=True,
    )
    done = subprocess.run(
        command("new", "3.5", "--no-git"),
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(target)},
        capture_output=True,
        text=True,
    )
    assert done.stdout == f"{tmp_path / '3.5-max-of-two'}\n", done.stderr
    assert (target / "problembrowser" / "templates").is_dir()
    assert "\n".join(files(tmp_path / "3.5-max-of-two")) + "\n" == FILES


def test_what_a_layer_requires_is_in_the_project_and_in_its_notebook(tmp_path: Path) -> None:
    assert PROBLEM.starter
    parts = (*PROBLEM.starter.parts, "texts")
    project = new(tmp_path, replace(PROBLEM, starter=replace(PROBLEM.starter, parts=parts))).path
    needs = tomllib.loads((project / "pyproject.toml").read_text())["project"]["dependencies"]
    plain = tomllib.loads((new(tmp_path / "plain").path / "pyproject.toml").read_text())
    assert needs == [*plain["project"]["dependencies"], "datasets>=3,<6"]
    cells = json.loads((project / "starter.ipynb").read_text())["cells"]
    assert f"REQUIREMENTS = {needs!r}" in [cell["source"][-1] for cell in cells]


def test_a_badge_opens_the_notebook_where_it_will_lie(tmp_path: Path) -> None:
    made = scaffold.new(
        PROBLEM, CATEGORY, output_dir=tmp_path, git_init=False, github="me/hackathon/max"
    )
    alone = scaffold.write_notebook(PROBLEM, CATEGORY, output_dir=tmp_path, github="me/notebooks")
    colab = "](https://colab.research.google.com/github/me"
    for text, address in (
        ((made.path / "README.md").read_text("utf-8"), "hackathon/blob/main/max/starter.ipynb"),
        ((made.path / "starter.ipynb").read_text("utf-8"), "hackathon/blob/main/max/starter.ipynb"),
        (alone.read_text("utf-8"), "notebooks/blob/main/3.5-max-of-two.ipynb"),
    ):
        assert f"{colab}/{address})" in text


@pytest.mark.parametrize(
    "place", ["me", "me/", "https://github.com/me/a", "me/a b", "me/../a", "-/a"]
)
def test_what_is_no_place_on_github_is_refused(tmp_path: Path, place: str) -> None:
    with pytest.raises(ScaffoldError, match="is no place on GitHub"):
        scaffold.new(PROBLEM, CATEGORY, output_dir=tmp_path, git_init=False, github=place)
    assert list(tmp_path.iterdir()) == []
