"""The ground that a command stands on: streams, folders, limits, homes, and Ctrl-C too early."""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="of Unix")

EMPTY = "Error: Invalid value for '{}: It is empty.\n"


def in_shell(program, script, **environment):
    """Run a line of shell in which `$P` is the program."""
    return subprocess.run(
        ["sh", "-c", script],
        cwd=program.folder,
        env=program.environment(P=" ".join(program.command()), **environment),
        capture_output=True,
        text=True,
    )


def test_a_closed_stdout(program):
    done = in_shell(program, "$P list >&-; echo $?; $P list --json >&-; echo $?")
    assert done.stdout == "1\n1\n"
    assert done.stderr == "Error: Cannot write the output: stdout is closed.\n" * 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk(program, unbuffered):
    full = "No space left on device.\n"
    done = in_shell(
        program,
        "$P list >/dev/full; echo $?; $P --help >/dev/full; echo $?",
        PYTHONUNBUFFERED=unbuffered,
    )
    assert (done.stdout, done.stderr) == (
        "1\n1\n",
        f"Error: Cannot write the output: {full}Error: {full}",
    )
    unsaid = in_shell(program, "$P list >list 2>/dev/full; echo $?; $P lst 2>/dev/full; echo $?")
    assert (unsaid.stdout, unsaid.stderr) == ("0\n2\n", "")
    assert (program.folder / "list").read_text(encoding="utf-8") == program("list").out


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_output_that_was_cut_off_is_an_error(program, unbuffered):
    program("list")  # the index is larger than the limit
    with (program.folder / "cut").open("wb") as cut:
        done = subprocess.run(
            program.command("show", *["1.1"] * 9),
            cwd=program.folder,
            env=program.environment(PYTHONUNBUFFERED=unbuffered),
            stdout=cut,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024)),
        )
    assert (program.folder / "cut").stat().st_size == 1024
    assert done.returncode == 1
    assert done.stderr.endswith("Error: Cannot write the output: File too large.\n")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("list -d A", ""),
        ("test", "Error: Cannot look in .: No such file or directory.\n"),
        ("new 1.1", "Error: The current folder was removed.\nType: cd\n"),
        ("new 1.1 -o /tmp", "Error: The current folder was removed.\nType: cd\n"),
        ("notebook 1.1", "Error: The current folder was removed.\nType: cd\n"),
        ("source add mine.toml", "Error: Cannot read mine.toml: No such file or directory.\n"),
    ],
)
def test_a_working_folder_that_was_removed(program, line, said):
    done = in_shell(program, f"mkdir gone; cd gone; rmdir ../gone; $P {line}")
    assert done.returncode == (1 if said else 0)
    assert said in done.stderr
    assert "bug" not in done.stderr


@pytest.mark.parametrize("line", ["test {}", "new 1.1 -o {}", "notebook 1.1 -o {}", "check {}"])
def test_a_name_that_is_too_long(program, line):
    result = program(*line.format("x" * 300).split())
    assert result.out == ""
    assert result.code in (1, 2)
    assert "bug" not in result.err
    assert not (program.folder / ("x" * 300)).parent.joinpath("x").exists()


def test_a_folder_whose_name_is_no_text(tmp_path):
    """What `new` prints is the very name, so that a shell can go there."""
    folder = os.fsencode(tmp_path) + b"/w\xe9\xff e"
    os.mkdir(folder)  # noqa: PTH102 - pathlib takes no bytes
    done = in_real_shell(folder, 'made=$($P new 3.5 --no-git) && cd "$made" && ls README.md')
    assert (done.stdout, done.returncode) == ("README.md\n", 0)
    done = in_real_shell(folder, 'cat "$($P notebook 3.5)" | head -c 1')
    assert (done.stdout, done.returncode) == ("{", 0)


def test_a_mask_that_forbids_oneself_everything(tmp_path):
    cache = tmp_path / "cache"
    script = f"umask 777; PROBLEMBROWSER_CACHE={cache} $P new 3.5 --no-git"
    assert in_real_shell(tmp_path, script).returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["3.5-max-of-two", "cache"]
    files = [cache, *tmp_path.rglob("*")]
    assert all(path.stat().st_mode & 0o600 == 0o600 for path in files)
    assert all(path.stat().st_mode & 0o077 == 0 for path in files if path.is_dir())


def in_real_shell(folder, script):
    """Run a line of shell in a folder, in which `$P` is the program with its own list."""
    return subprocess.run(
        ["sh", "-c", script],
        cwd=folder,
        env=os.environ | {"P": f"{sys.executable} -m problembrowser"},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("home", ["~", "here"])  # ~ is what a user without an entry gets
def test_a_home_that_is_no_path_is_no_place_for_a_cache(program, home):
    unset = {"PROBLEMBROWSER_CACHE": "", "XDG_CACHE_HOME": "", "HOME": home}
    assert program("list", **unset).out == program("list").out
    assert not (program.folder / home).exists()
    result = program("source", "add", "open-problems-2025", **unset)
    assert result.err == (
        f"Error: Cannot write {os.devnull}/problembrowser/lists/open-problems-2025.json: "
        "Not a directory.\n"
        "Set PROBLEMBROWSER_CACHE to a folder that can be written.\n"
    )


def test_interrupted_while_modules_load(program):
    """Ctrl-C before the program has begun ends it as it ends any other, without a traceback."""
    early = program.folder / "click"
    early.mkdir()
    (early / "__init__.py").write_text(
        "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(9)\n"
    )
    result = program("list")
    assert (result.out, result.err, result.code) == ("", "", -signal.SIGINT)


def test_in_the_background_ctrl_c_stays_ignored(program):
    done = in_shell(program, "trap '' INT; $P list -d A")
    assert done.returncode == 0


@pytest.mark.parametrize("limit", ["9223372036854775807", "9" * 40])
def test_a_limit_without_bound(program, limit):
    every = program("list").out
    assert program("list", "--limit", limit).out == every
    assert program("search", "heads", "--limit", limit).out == program("search", "heads").out
    assert program("suggest", "--limit", limit).code == 0


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (("list", "--source"), "--source' (env var: 'PROBLEMBROWSER_LIST')"),
        (("list", "--max-difficulty"), "--max-difficulty"),
        (("refresh", "--base-url"), "--base-url"),
        (("new", "1.1", "--name"), "--name"),
        (("new", "1.1", "--model"), "--model"),
        (("new", "1.1", "-o"), "-o' / '--output-dir"),
        (("notebook", "1.1", "-o"), "-o' / '--output-dir"),
        (("source", "add"), "FILE|URL|NAME"),
        (("source", "check"), "FILE|URL"),
        (("source", "add", "mine.toml", "--name"), "--name"),
    ],
)
def test_an_empty_value_is_no_value(program, arguments, option):
    result = program(*arguments, "")
    assert (result.out, result.code) == ("", 2)
    assert result.err.endswith(EMPTY.format(option if option.endswith(")") else f"{option}'"))


def test_an_empty_folder_is_not_the_current_one(program):
    result = program("test", "")
    assert result.code == 2
    assert result.err.endswith("Error: The name of the project's folder is empty.\n")


def test_very_many_words_are_refused(program):
    result = program("search", *["heads"] * 51)
    assert result.code == 2
    assert result.err.endswith("Error: Type at most 50 words to search for.\n")
    assert program("search", *["heads"] * 50).out == program("search", "heads").out


@pytest.mark.parametrize(
    "arguments",
    [
        ("l\x1b[31mst",),
        ("list", "--l\x1b[31mst"),
        ("list", "--compute", "\x1b]0;t\x07"),
        ("check", "\x1b[2J"),
        ("list", "--limit", "\x9b2J\u202e"),
        ("list", "\x1b[31mred"),
        ("categories", "\x9b2J", "\u202e"),
    ],
)
def test_what_steers_a_terminal_comes_back_harmless(program, arguments):
    result = program(*arguments)
    assert result.code == 2
    assert all(line.isprintable() for line in result.err.split("\n"))


def test_doctor_runs_nothing_of_the_current_folder(program, tmp_path):
    says = "class cuda:\n    is_available = bool\nget_num_threads = {!r}.upper\n"
    for folder, word in ((program.folder, "ours"), (tmp_path, "theirs")):
        (folder / "torch.py").write_text(says.format(word))
    done = subprocess.run(
        program.command("doctor"),
        cwd=tmp_path,
        env=program.environment(),
        capture_output=True,
        text=True,
    )
    assert "no CUDA GPU; OURS CPU threads" in done.stdout
