"""The verbs `open`, `tags`, `help`, `completion`; what shells complete; how `test` finds."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from problembrowser import cli

HEADS = "https://example.org/heads"


def completed(program, *words, **environment):
    """What zsh would offer after these words: (kind, word, help)."""
    asked = {"_PROBLEMBROWSER_COMPLETE": "zsh_complete", "COMP_CWORD": str(len(words) - 1)}
    said = program(COMP_WORDS=" ".join(words), **asked, **environment).out
    lines = said.strip("\n").split("\n") if said.strip() else []
    return list(zip(lines[::3], lines[1::3], lines[2::3], strict=True))


def with_address(program):
    """Give 1.1 a post of its own."""
    path = program.package / "catalogue" / "problems" / "heads.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('id = "1.1"\n', f'id = "1.1"\nurl = "{HEADS}#1"\n'), "utf-8")


def test_open_prints_the_address_to_a_pipe(program):
    with_address(program)
    result = program("open", "1.1", BROWSER="false %s")
    assert (result.out, result.err, result.code) == (f"{HEADS}#1\n", "", 0)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="browsers are named differently")
def test_open_in_a_terminal(program):
    with_address(program)
    browser = program.folder / "browser"
    browser.write_text('#!/bin/sh\necho "$@" > opened\n')
    browser.chmod(0o700)
    result = program.in_terminal(80, "open", "1.1", BROWSER=f"{browser} %s")
    assert (result.out, result.err, result.code) == ("", f"Opening {HEADS}#1\n", 0)
    assert (program.folder / "opened").read_text() == f"{HEADS}#1\n"
    nowhere = {"PATH": "", "DISPLAY": "", "WAYLAND_DISPLAY": "", "BROWSER": ""}
    assert program.in_terminal(80, "open", "1.1", **nowhere).out == f"{HEADS}#1\n"


def test_open_what_has_no_post(program):
    path = program.folder / "mine.json"
    path.write_text(json.dumps([{"id": "1", "title": "T", "summary": "S"}]))
    program("source", "add", "mine.json")
    result = program("open", "mine:1")
    assert (result.out, result.code) == ("", 1)
    assert result.err == "Error: mine:1 names no post.\nType: problembrowser show mine:1\n"


def test_tags(program):
    result = program("tags")
    assert result.out == "2  attention\n1  composition\n1  induction-heads\n"
    assert result.err == "3 tags. Their problems: problembrowser list --tag attention\n"
    assert program.in_terminal(80, "tags", NO_COLOR="1").out == (
        "PROBLEMS  TAG\n2         attention\n1         composition\n1         induction-heads\n"
    )
    assert json.loads(program("tags", "--json").out)[0] == {"tag": "attention", "problems": 2}
    none = program("tags", "-c", "other")
    assert (none.out, none.err, none.code) == ("", "No problem there has a tag.\n", 0)
    assert program("tags", "-c", "heads").code == 1


def test_help_is_a_verb(program):
    assert program("help").out == program("--help").out
    assert program("help", "list").out == program("list", "--help").out
    assert program("help", "source", "add").out == program("source", "add", "--help").out
    unknown = program("help", "lst")
    assert unknown.code == 2
    assert unknown.err.endswith("Error: No such command 'lst'. Did you mean list?\n")
    deeper = program("help", "list", "all")
    assert deeper.code == 2
    assert deeper.err.endswith("Error: problembrowser list has no commands of its own.\n")


def test_help_has_groups(program):
    lines = program("--help").out.splitlines()
    headings = [line for line in lines if line.endswith(":") and line[0] != " "]
    assert headings == ["Options:", *(f"{heading}:" for heading in cli.GROUPS)]
    at = {line.split()[0]: n for n, line in enumerate(lines) if line.startswith("  ")}
    for heading, verbs in cli.GROUPS.items():
        begins = lines.index(f"{heading}:")
        assert [at[verb] for verb in verbs] == [begins + 1 + n for n in range(len(verbs))]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_says_where_it_goes(program, shell):
    result = program("completion", shell)
    assert "_PROBLEMBROWSER_COMPLETE" in result.out
    assert result.code == 0
    said = result.err.splitlines()
    assert said[0] == "To have it in every new shell, type once:"
    assert f"problembrowser completion {shell} > ~/" in result.err
    assert program("completion", SHELL=f"/usr/bin/{shell}") == result


def test_completion_of_an_unknown_shell(program):
    result = program("completion", SHELL="/bin/dash")
    assert result.code == 2
    assert result.err.endswith("Error: Name the shell: bash, zsh, fish.\n")


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes_with_it(program):
    """Bash itself runs what was printed."""
    command = program.folder / "problembrowser.sh"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m problembrowser "$@"\n')
    command.chmod(0o700)
    (program.folder / "script").write_text(program("completion", "bash").out)
    line = (
        ". ./script; COMP_WORDS=(problembrowser list --tag a); COMP_CWORD=3; "
        '_problembrowser_completion ./problembrowser.sh; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=program.folder,
        env=program.environment(PATH=os.environ["PATH"]),
        capture_output=True,
        text=True,
    )
    assert done.stdout == "attention\n"


def test_tags_and_lists_are_completed(program):
    assert completed(program, "problembrowser", "list", "--tag", "") == [
        ("plain", "attention", "2 problems"),
        ("plain", "composition", "1 problem"),
        ("plain", "induction-heads", "1 problem"),
    ]
    assert completed(program, "problembrowser", "list", "--source", "") == [
        ("plain", "bundled", "the list that comes along"),
        ("plain", "all", "every list"),
    ]
    assert completed(program, "problembrowser", "source", "remove", "") == []
    path = program.folder / "mine.json"
    path.write_text(
        json.dumps(
            {"list": {"title": "Ours"}, "problem": [{"id": "1", "title": "T", "summary": "S"}]}
        )
    )
    program("source", "add", "mine.json")
    ours = [("plain", "mine", "Ours")]
    assert completed(program, "problembrowser", "list", "--source", "m") == ours
    assert completed(program, "problembrowser", "source", "remove", "") == ours


def test_files_and_projects_are_completed(program):
    assert completed(program, "problembrowser", "source", "add", "open") == [
        ("file", "open", "_"),
        ("plain", "open-problems-2025", "comes along"),
    ]
    assert completed(program, "problembrowser", "source", "check", "my") == [("file", "my", "_")]
    (program.folder / "1.1-heads").mkdir()
    (program.folder / "1.1-heads" / ".problem.json").write_text('{"problem": "1.1"}')
    assert completed(program, "problembrowser", "test", "1") == [
        ("dir", "1", "_"),
        ("plain", "1.1-heads", "problem 1.1"),
    ]


def marked(folder, problem):
    """A folder that passes for a project on a problem, with a test of its own."""
    (folder / "tests").mkdir(parents=True)
    (folder / ".problem.json").write_text(json.dumps({"problem": problem}))
    (folder / "tests" / "test_one.py").write_text("def test_one():\n    assert 1\n")


def test_the_tests_of_a_problem_are_found_below(program):
    marked(program.folder / "3.5-max-of-two", "3.5")
    marked(program.folder / "weekend" / "3.16", "3.16")
    for typed, folder in (
        ("3.5", "3.5-max-of-two"),
        ("3,5", "3.5-max-of-two"),
        ("3.16", "weekend"),
    ):
        result = program("test", typed, "--collect-only", "-q")
        assert result.err.startswith(f"Testing {program.folder / folder}")
        assert result.code == 0, result.out + result.err
    nothing = program("test", "3.6")
    assert (nothing.out, nothing.code) == ("", 1)
    assert nothing.err == (
        "Error: No project on 3.6 is here.\n"
        "Here: 3.5-max-of-two (3.5), weekend/3.16 (3.16). "
        "Type: problembrowser test 3.5-max-of-two\n"
    )


def test_several_projects_on_a_problem_are_named(program):
    marked(program.folder / "one", "3.5")
    marked(program.folder / "two b", "3.5")
    result = program("test", "3.5")
    assert (result.out, result.code) == ("", 1)
    assert result.err == (
        "Error: 2 projects on 3.5 are here.\n"
        "Here: one (3.5), 'two b' (3.5). Type: problembrowser test one\n"
    )


def test_the_folder_above_names_its_projects(program):
    marked(program.folder / "3.5-max-of-two", "3.5")
    result = program("test")
    assert (result.out, result.code) == ("", 1)
    assert result.err == (
        f"Error: {program.folder} is not inside a generated project.\n"
        "Here: 3.5-max-of-two (3.5). Type: problembrowser test 3.5-max-of-two\n"
    )


def test_inside_a_project_its_id_is_the_project_itself(program):
    marked(program.folder / "here", "3.5")
    done = subprocess.run(
        program.command("test", "3.5", "--collect-only", "-q"),
        cwd=program.folder / "here" / "tests",
        env=program.environment(),
        capture_output=True,
        text=True,
    )
    assert done.stderr == f"Testing {program.folder / 'here'} (problem 3.5)\n"
    assert done.returncode == 0


def test_what_is_hidden_or_damaged_is_no_project(program):
    marked(program.folder / ".hidden", "3.5")
    (program.folder / "broken").mkdir()
    (program.folder / "broken" / ".problem.json").write_text("{")
    (program.folder / "loop").symlink_to(program.folder)
    assert program("test", "3.5").err.startswith("Error: No project on 3.5 is here.\nGo to one")


def test_doctor_looks_at_all_that_a_project_needs(program):
    found = {one["what"]: one for one in json.loads(program("doctor", "--json").out)}
    assert [*found] == [
        *("python", "torch", "transformer_lens", "matplotlib", "pytest"),
        *("jupyter", "device", "git"),
    ]
    assert all(one["good"] for one in found.values())


def test_doctor_says_what_is_missing(program):
    """Without what is installed beside Python, as a light install leaves it."""
    code = "from problembrowser.starters import machine; print(*machine.findings(), sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=program.folder,
        env=program.environment(),
        capture_output=True,
        text=True,
    )
    for package in ("torch", "transformer_lens", "matplotlib", "pytest"):
        assert f"what={package!r}, good=False, found='not installed'" in done.stdout
    assert "what='jupyter', good=True, found='not installed: open notebooks in" in done.stdout
