"""What stands where a project goes: nothing of anybody's is lost, mixed, followed or waited for."""

import errno
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from problembrowser.catalogue import bundled
from problembrowser.catalogue.problem import Problem
from problembrowser.errors import ProjectError, ScaffoldError
from problembrowser.starters import place, project, scaffold
from problembrowser.starters.project import MARKER

LIST = bundled.load()
PROBLEMS = {problem.id: problem for problem in LIST.problems}
CATEGORIES = {category.slug: category for category in LIST.categories}
PROBLEM, OTHER = PROBLEMS["3.5"], PROBLEMS["3.3"]
NAME = "p"


def new(
    out: Path, problem: Problem = PROBLEM, *, force: bool = True, git: bool = False
) -> scaffold.Scaffolded:
    category = CATEGORIES[problem.category]
    return scaffold.new(problem, category, output_dir=out, name=NAME, git_init=git, force=force)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def made(workshop: Path, problem: str = "1") -> Path:
    """A finished project of two files in a workshop."""
    folder = workshop / NAME
    (folder / "lab").mkdir(parents=True)
    (folder / "lab" / "task.py").write_text(f"# {problem}\n")
    (folder / MARKER).write_text(json.dumps({"problem": problem}))
    place.seal(folder)
    return folder


def test_an_update_that_is_refused_can_be_repeated_and_takes_nothing_for_the_users(
    tmp_path: Path,
) -> None:
    path = new(tmp_path).path
    before = contents(path)
    attention = path / "lab" / "attention.py"
    attention.unlink()
    attention.mkdir()
    (attention / "mine.txt").write_text("mine")
    changed = replace(PROBLEM, title="Another title", summary="Another summary.")
    with pytest.raises(ScaffoldError, match=r"attention\.py is a folder; nothing was changed"):
        new(tmp_path, changed)
    left = contents(path)
    assert left.pop("lab/attention.py/mine.txt") == b"mine"
    assert left == {name: data for name, data in before.items() if name != "lab/attention.py"}
    (attention / "mine.txt").unlink()
    attention.rmdir()
    assert new(tmp_path, changed).kept == ()
    assert b"Another title" in (path / "README.md").read_bytes()
    assert contents(path).keys() == before.keys()


def test_an_update_that_was_cut_off_can_be_repeated(tmp_path: Path) -> None:
    """Some files are new already, the marker is still the old one."""
    path = new(tmp_path).path
    marker = (path / MARKER).read_bytes()
    changed = replace(PROBLEM, title="Another title")
    new(tmp_path, changed)
    whole = contents(path)
    (path / MARKER).write_bytes(marker)
    (path / "lab" / "task.py").unlink()
    assert new(tmp_path, changed).kept == ()
    assert contents(path) == whole


def test_two_projects_are_never_mixed(tmp_path: Path) -> None:
    path = new(tmp_path).path
    before = contents(path)
    for force in (True, False):
        with pytest.raises(ScaffoldError, match=r"p is a project on 3\.5 already"):
            new(tmp_path, OTHER, force=force)
    assert contents(path) == before


def test_of_two_that_find_a_place_free_one_gets_it(tmp_path: Path) -> None:
    target = tmp_path / NAME
    for update in (False, True):
        with place.workshop(tmp_path) as one, place.workshop(tmp_path) as two:
            first, second = made(one, "1"), made(two, "2")
            place.must_be_free(target, "1", update=update)
            place.must_be_free(target, "2", update=update)
            assert place.move(first, target, update=update) == ()
            with pytest.raises(ScaffoldError, match="p is a project on 1 already"):
                place.move(second, target, update=update)
        assert (target / "lab" / "task.py").read_text() == "# 1\n"
        assert [path.name for path in tmp_path.iterdir()] == [NAME]
        target.rename(tmp_path.with_name(f"{tmp_path.name}-{update}"))


def test_two_processes_at_once_make_one_project(tmp_path: Path) -> None:
    commands = [
        [sys.executable, "-m", "problembrowser", "new", one, "--name", NAME, "--no-git"]
        for one in ("3.5", "3.3")
    ]
    running = [
        subprocess.Popen(
            command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for command in commands
    ]
    errors = [process.communicate()[1] for process in running]
    assert sorted(process.returncode for process in running) == [0, 1], errors
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    (alone,) = [PROBLEM, OTHER][:: 1 if running[0].returncode == 0 else -1][:1]
    assert contents(tmp_path / NAME) == contents(new(tmp_path / "alone", alone).path)


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    outside, mine = tmp_path / "outside", tmp_path / NAME
    outside.mkdir()
    mine.mkdir()
    (outside / "task.py").write_text("theirs\n")
    (mine / "lab").symlink_to(outside)
    with pytest.raises(ScaffoldError, match="p/lab is a link; nothing was changed"):
        new(tmp_path)
    assert contents(outside) == {"task.py": b"theirs\n"}
    assert [path.name for path in mine.iterdir()] == ["lab"]
    mine.rename(tmp_path / "q")
    mine.symlink_to(tmp_path / "q")
    with pytest.raises(ScaffoldError, match="p is a link"):
        new(tmp_path)


def test_a_link_in_place_of_a_file_is_the_users(tmp_path: Path) -> None:
    path = new(tmp_path).path
    (tmp_path / "elsewhere.md").write_text("mine\n")
    for name, goal in (("report.md", tmp_path / "elsewhere.md"), ("README.md", "/nowhere")):
        (path / name).unlink()
        (path / name).symlink_to(goal)
    assert new(tmp_path).kept == ("README.md", "report.md")
    assert (path / "report.md").read_text() == "mine\n"
    assert (path / "README.md").is_symlink()


@pytest.mark.parametrize("name", ["lab/task.py", MARKER])
def test_a_pipe_is_not_waited_for(tmp_path: Path, name: str) -> None:
    path = new(tmp_path).path
    (path / name).unlink()
    os.mkfifo(path / name)
    with pytest.raises(ScaffoldError, match="is a pipe or a device; nothing was changed"):
        new(tmp_path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may all")
def test_a_folder_that_may_not_be_written_is_seen_beforehand(tmp_path: Path) -> None:
    path = new(tmp_path).path
    before = contents(path)
    (path / "tests").chmod(0o500)
    with pytest.raises(ScaffoldError, match="tests is not to be written; nothing was changed"):
        new(tmp_path, replace(PROBLEM, title="Another title"))
    (path / "tests").chmod(0o700)
    assert contents(path) == before


def test_a_file_too_large_to_be_generated_is_kept_unread(tmp_path: Path) -> None:
    path = new(tmp_path).path
    with (path / "lab" / "task.py").open("wb") as file:
        file.truncate(2**40)
    assert new(tmp_path).kept == ("lab/task.py",)
    assert (path / "lab" / "task.py").stat().st_size == 2**40


@pytest.mark.parametrize(
    "damage",
    ["[" * 100_000, '{"problem": ' + "9" * 5000 + "}", "[]", '{"files": 3}', "\ufffe", "", "{"],
)
def test_a_damaged_marker_is_mended_and_said(tmp_path: Path, damage: str) -> None:
    path = new(tmp_path).path
    before = contents(path)
    (path / MARKER).write_text(damage, encoding="utf-16")
    with pytest.raises(ProjectError, match=r"\.problem\.json cannot be read"):
        project.find(path)
    (path / MARKER).write_text(damage)
    (path / "report.md").write_text("mine\n")
    assert new(tmp_path).kept == ("report.md",)
    assert contents(path) == before | {"report.md": b"mine\n"}
    assert project.find(path / "lab").problem == "3.5"


@pytest.mark.parametrize("out", ["x" * 300, "NEW/" + "x" * 300, "NEW/a/file/b"])
def test_folders_that_were_made_for_nothing_are_removed(tmp_path: Path, out: str) -> None:
    if "file" in out:
        (tmp_path / "file").write_text("")
        out = "file/b"
    with pytest.raises(ScaffoldError, match="Cannot write"):
        new(tmp_path / out)
    assert {path.name for path in tmp_path.iterdir()} <= {"file"}


def test_what_a_killed_process_left_is_cleared_an_hour_later(tmp_path: Path) -> None:
    old = time.time() - 4000
    names = (
        ".problembrowser-making-abcd_123",  # ours, old
        ".problembrowser-making-abcd_124",  # ours, but young
        ".problembrowser-making-of-my-notes",
        ".problembrowser",
    )
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("")
        if not name.endswith("124"):
            os.utime(tmp_path / name, (old, old))
    (tmp_path / ".problembrowser-making-abcd_125").symlink_to(tmp_path / ".problembrowser")
    with place.workshop(tmp_path):
        pass
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == sorted([*names[1:], ".problembrowser-making-abcd_125"])
    assert (tmp_path / ".problembrowser" / "file").exists()


def test_a_full_disk_is_told_in_one_line() -> None:
    many = [("a", "b", "[Errno 28] No space left on device: 'b'")] * 20
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    for error in (place.shutil.Error(many), full):
        with pytest.raises(ScaffoldError) as caught, place.writing(Path("p")):
            raise error
        assert caught.value.message == "Cannot write p: No space left on device."


def test_of_two_lists_that_want_one_folder_the_second_is_told(tmp_path: Path) -> None:
    one, two = replace(PROBLEM, id="a-b:1"), replace(PROBLEM, id="a:b-1")
    category = CATEGORIES[PROBLEM.category]
    assert scaffold.folder_name(one) == scaffold.folder_name(two)
    scaffold.new(one, category, output_dir=tmp_path, git_init=False)
    for force in (False, True):
        with pytest.raises(ScaffoldError, match="is a project on a-b:1 already") as caught:
            scaffold.new(two, category, output_dir=tmp_path, git_init=False, force=force)
        assert caught.value.hint == "Use --name for another folder."


def test_a_notebook_never_replaces_a_file_that_came_in_between(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "new").write_text("new")
    with pytest.raises(FileExistsError):
        place.put(tmp_path / "new", tmp_path / "mine", replace=False)
    assert (tmp_path / "mine").read_text() == "mine"
    place.put(tmp_path / "new", tmp_path / "free", replace=False)
    place.put(tmp_path / "new", tmp_path / "mine", replace=True)
    assert (tmp_path / "mine").read_text() == (tmp_path / "free").read_text() == "new"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs chown")
def test_a_project_of_somebody_else_above_ones_own_folder_is_not_run(tmp_path: Path) -> None:
    path = new(tmp_path).path
    assert project.find(path / "tests").problem == "3.5"
    os.chown(path / MARKER, 4242, 4242)
    with pytest.raises(ProjectError, match="p belongs to somebody else"):
        project.find(path / "tests")
    with pytest.raises(ProjectError, match="p belongs to somebody else"):
        project.find_for("3.5", tmp_path)
    for folder in (path, path / "tests"):
        os.chown(folder, 4242, 4242)
    assert project.find(path / "tests").problem == "3.5"  # a shared folder: all of it is theirs


@pytest.mark.parametrize("identity", ["m" * 29 + ":" + "9" * 10, "m:_", "m:" + "9" * 37 + ".b"])
@pytest.mark.parametrize(
    "title", ["a" * 38 + " b", "\u6ce8\u610f", "a" * 39 + ".b c", "con", "...", "x."]
)
@pytest.mark.parametrize("parts", [(), ("tasks/max-of-two",)])
def test_every_problem_of_a_list_gets_a_folder(
    identity: str, title: str, parts: tuple[str, ...]
) -> None:
    assert PROBLEM.starter
    problem = replace(
        PROBLEM, id=identity, title=title, starter=replace(PROBLEM.starter, parts=parts)
    )
    name = scaffold.folder_name(problem)
    assert place.target(Path("out"), name) == Path("out", name)


def test_of_templates_that_are_read_only_a_project_can_be_changed(tmp_path: Path) -> None:
    """As where somebody else installed the program."""
    root = Path(__file__).parents[2]
    for folder in ("problembrowser", "templates"):
        shutil.copytree(root / folder, tmp_path / folder)
    for path in (tmp_path / "templates").rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    done = subprocess.run(
        [sys.executable, "-m", "problembrowser", "new", "3.5", "--no-git", "--name", NAME],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    for path in (tmp_path / "templates").rglob("*"):  # so that pytest can clear them away
        path.chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert not [path for path in (tmp_path / NAME).rglob("*") if not path.stat().st_mode & 0o200]
