"""The first commit, with every git, set-up and environment that somebody may have."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from problembrowser.starters import git

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
REAL = shutil.which("git") or ""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of one's own, with no set-up of git."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with two files."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "a.py").write_bytes(b"a = 1\n")
    (folder / "b.txt").write_bytes(b"b\r\nb\n")
    return folder


def asked(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        [REAL, *arguments], cwd=folder, capture_output=True, text=True, check=True
    ).stdout


def committed(folder: Path) -> tuple[str, list[str]]:
    """Author and message of the only commit, and its files."""
    files = asked(folder, "ls-tree", "-r", "--name-only", "HEAD").split()
    return asked(folder, "log", "--format=%an <%ae>: %s").strip(), files


@pytest.mark.parametrize(
    ("config", "author"),
    [
        (b"", "problembrowser <problembrowser@localhost>"),
        (b"[user]\nname = A B\nemail = a@b.example\n", "A B <a@b.example>"),
        (b"[user]\nname = J\xe9r\xf4me\nemail = j@b.example\n", None),
        (
            b"[user]\nuseConfigOnly = true\nemail = a@b.example\n",
            "problembrowser <problembrowser@localhost>",
        ),
        (
            b"[core]\nautocrlf = true\nsafecrlf = true\n",
            "problembrowser <problembrowser@localhost>",
        ),
        (b"[core]\nexcludesFile = ~/ignored\n", "problembrowser <problembrowser@localhost>"),
        (
            b"[commit]\ngpgSign = true\n[gpg]\nprogram = /bin/false\n",
            "problembrowser <problembrowser@localhost>",
        ),
    ],
)
def test_a_set_up(project: Path, home: Path, config: bytes, author: str | None) -> None:
    (home / ".gitconfig").write_bytes(config)
    (home / "ignored").write_text("*.txt\n")
    assert git.commit_all(project, "as generated") == ""
    said = asked(project, "-c", "core.quotePath=false", "ls-tree", "--name-only", "HEAD").split()
    assert said == ["a.py", "b.txt"]
    if author:
        assert committed(project) == (f"{author}: as generated", ["a.py", "b.txt"])


def test_no_hook_of_the_users_runs(project: Path, home: Path, tmp_path: Path) -> None:
    hooks = home / "hooks"
    hooks.mkdir()
    for name in ("pre-commit", "prepare-commit-msg", "post-commit", "post-index-change"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/{name}\nexit 1\n")
        (hooks / name).chmod(0o755)
    (home / ".gitconfig").write_text(f"[core]\nhooksPath = {hooks}\n")
    assert git.commit_all(project, "as generated") == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "project"]


@pytest.mark.parametrize(
    "name", ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY"]
)
def test_the_environment_of_another_repository_is_not_heeded(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "theirs").write_text("theirs")
    assert git.commit_all(other, "theirs") == ""
    goal = {"GIT_INDEX_FILE": other / ".git" / "index", "GIT_WORK_TREE": other}
    before = {path: path.read_bytes() for path in other.rglob("*") if path.is_file()}
    monkeypatch.setenv(name, str(goal.get(name, other / ".git")))
    assert git.commit_all(project, "mine") == ""
    monkeypatch.delenv(name)
    assert {path: path.read_bytes() for path in other.rglob("*") if path.is_file()} == before
    assert committed(project)[1] == ["a.py", "b.txt"]


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("printf '\\377 broken\\n' >&2; exit 3", "\ufffd broken"),
        ("exit 3", "git ended with 3"),
        ("sleep 60", "git does not answer"),
        (
            'case "$*" in *commit*) echo "fatal: no lock" >&2; exit 1; esac; exec REAL "$@"',
            "no lock",
        ),
    ],
)
def test_a_git_that_fails_is_told_and_leaves_no_repository(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, why: str
) -> None:
    with_git(tmp_path, monkeypatch, script)
    began = time.monotonic()
    assert git.commit_all(project, "as generated", patience=0.5 if "sleep" in script else 30) == why
    assert time.monotonic() - began < 20
    assert sorted(path.name for path in project.iterdir()) == ["a.py", "b.txt"]


def test_a_broken_set_up_is_told_and_can_be_mended(project: Path, home: Path) -> None:
    (home / ".gitconfig").write_text("[user\n")
    assert git.commit_all(project, "as generated").startswith("bad config line 1 in file ")
    assert not (project / ".git").exists()
    (home / ".gitconfig").unlink()
    assert git.commit_all(project, "as generated") == ""


def test_a_repository_is_seen_whoever_it_belongs_to(tmp_path: Path, project: Path) -> None:
    assert git.repository(project / "none" / "yet") is None
    (project / ".git").mkdir()  # holds nothing, so it is none
    assert git.repository(project) is None
    (project / ".git").rmdir()
    asked(project, "init", "-q")
    assert git.repository(project / "none" / "yet") == project
    (tmp_path / "link").symlink_to(project)
    assert git.repository(tmp_path / "link" / "x") == project
    shutil.rmtree(project / ".git")
    (project / ".git").write_text("gitdir: ../elsewhere\n")  # what a submodule has
    assert git.repository(project / "x") == project


def new(out: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "problembrowser", "new", "3.5", "--name", "p", *options],
        cwd=out,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )


def test_a_folder_of_ones_own_is_not_committed_as_generated(tmp_path: Path) -> None:
    mine = tmp_path / "p"
    mine.mkdir()
    (mine / "passwords.txt").write_text("secret")
    (mine / "README.md").write_text("mine\n")
    assert new(tmp_path, "--force").returncode == 0
    assert "passwords.txt" not in asked(mine, "log", "--stat")
    assert asked(mine, "status", "--short") == " M README.md\n?? passwords.txt\n"
    assert (mine / "README.md").read_text() == "mine\n"


def test_what_is_missing_is_said_and_mended_with_force(tmp_path: Path, home: Path) -> None:
    (home / ".gitconfig").write_text("[user\n")
    done = new(tmp_path)
    assert (done.returncode, done.stdout) == (0, f"{tmp_path}/p\n")
    assert done.stderr.splitlines()[1:3] == [
        f"There is no first commit: bad config line 1 in file {home}/.gitconfig.",
        "To have one: mend that, and type the same again with --force.",
    ]
    assert not (tmp_path / "p" / ".git").exists()
    (home / ".gitconfig").unlink()
    (tmp_path / "p" / "report.md").write_text("mine\n")
    done = new(tmp_path, "--force")
    assert done.stderr.splitlines()[0] == "kept, as you changed it: report.md"
    assert asked(tmp_path / "p", "status", "--short") == " M report.md\n"
    done = new(tmp_path, "--force")
    assert "commit" not in done.stderr
    assert asked(tmp_path / "p", "log", "--format=%s").count("\n") == 1


def test_without_git_it_is_said(tmp_path: Path) -> None:
    done = new(tmp_path, PATH=str(tmp_path))
    assert "There is no first commit: git is not installed.\n" in done.stderr


def test_a_repository_around_it_is_named_even_one_of_somebody_else(tmp_path: Path) -> None:
    asked(tmp_path, "init", "-q")
    done = new(tmp_path, GIT_TEST_ASSUME_DIFFERENT_OWNER="1")
    assert f"It lies in the repository {tmp_path}: commit it there as it is now.\n" in done.stderr
    assert not (tmp_path / "p" / ".git").exists()


def test_killed_before_the_commit_there_is_no_project_without_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with_git(tmp_path, monkeypatch, 'case "$*" in *commit*) kill -9 $PPID;; esac; exec REAL "$@"')
    assert new(out).returncode == -9
    assert not (out / "p").exists()
    monkeypatch.undo()
    assert new(out).returncode == 0
    assert asked(out / "p", "status", "--short") == ""


def with_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Puts a git before the real one in PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "git").write_text("#!/bin/sh\n" + script.replace("REAL", REAL) + "\n")
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
