"""The index: what it finds, and that nothing that happens to its file keeps the answer back."""

import os
import sqlite3
import subprocess
import threading
from pathlib import Path

import pytest

from problembrowser.catalogue import bundled
from problembrowser.errors import NotFound
from problembrowser.index import build, index, store
from problembrowser.index.index import Filter, Index

SMALL = Path(__file__).parents[1] / "small"
LISTING = ["1.1", "1.10", "1.2", "2.1", "2.1b"]


@pytest.fixture(scope="module")
def known():
    return index.connect()


@pytest.fixture(scope="module")
def small():
    connection = sqlite3.connect(":memory:")
    build.write(
        connection,
        bundled.load([SMALL / "heads.toml", SMALL / "other.toml"]),
        bundled.about(),
        [],
    )
    return Index(store.Store(connection))


def ids(rows):
    return [row.id for row in rows]


def only_file(program):
    """The one file that a program keeps in its cache."""
    (file,) = program.cache.iterdir()
    return file


def listed(program, **environment):
    """The ids that `list` prints; nothing but the usual talk may come with them."""
    result = program("list", **environment)
    assert result.code == 0
    assert result.err.startswith("5 problems, 1 with a starter (--starter).")
    return [line.split()[0] for line in result.out.splitlines()]


def test_inputs_are_all_that_a_list_is_made_of():
    names = set(store.inputs())
    assert {str(path) for path in bundled.files()} <= names
    assert {str(bundled.HERE / name) for name in ("about.toml", "resources.toml")} <= names


def test_a_listing_is_the_catalogue(known):
    problems = bundled.load().problems
    assert known.problems(known.find(sort="id")) == list(problems)
    assert known.get("3.5") == next(problem for problem in problems if problem.id == "3.5")
    assert known.count() == len(problems)


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (Filter(difficulties=("B",)), lambda p: "B" in _letters(p)),
        (Filter(difficulties=("a-b",)), lambda p: {"A", "B"} & set(_letters(p))),
        (Filter(difficulties=("A", "D")), lambda p: {"A", "D"} & set(_letters(p))),
        (Filter(max_difficulty="B"), lambda p: set(_letters(p)) <= {"A", "B"}),
        (Filter(categories=("3", "circ")), lambda p: p.id[:2] in ("2.", "3.")),
        (Filter(compute=("gpu", "large-gpu")), lambda p: p.compute != "cpu"),
        (Filter(coding=("low",)), lambda p: p.coding == "low"),
        (Filter(tags=("grokking",)), lambda p: "grokking" in p.tags),
        (Filter(starred=True), lambda p: p.starred),
        (Filter(no_known_work=True), lambda p: not p.known_work),
        (Filter(starter=True), lambda p: p.starter),
        (
            Filter(difficulties=("A",), categories=("9",), coding=("low",)),
            lambda p: "A" in _letters(p) and p.category == "learned-features" and p.coding == "low",
        ),
    ],
)
def test_filters(known, wanted, fits):
    expected = [problem.id for problem in bundled.load().problems if fits(problem)]
    assert 0 < len(expected) < known.count()
    assert ids(known.find(wanted, sort="id")) == expected
    assert known.count(wanted) == len(expected)


def test_sorts(small):
    assert ids(small.find()) == LISTING
    assert ids(small.find(sort="id")) == ["1.1", "1.2", "1.10", "2.1", "2.1b"]
    assert ids(small.find(sort="title")) == ["1.2", "1.1", "2.1b", "2.1", "1.10"]
    assert ids(small.find(limit=2)) == ["1.1", "1.10"]
    assert ids(small.find(text="attention", sort="id")) == ["1.1", "1.2", "1.10", "2.1b"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("composition", ["1.2"]),
        ("composing", ["1.2"]),
        ("inducti", ["1.1"]),
        ("HEADS", ["1.1", "1.2", "1.10"]),
        ("visualization behavior", ["1.10"]),
        ("visualis", ["1.10"]),
        ("induction-heads", ["1.1"]),
        ('"induction head"', ["1.1"]),
        ('"head induction"', []),
        ("注意头", ["1.10"]),
        ("1.10", ["1.10"]),
        ("checkpoints measure", ["1.2"]),
        ("random composition", ["1.1", "1.2"]),
        ("xqzwv", []),
    ],
)
def test_search(small, text, found):
    assert ids(small.find(text=text, sort="id")) == found
    assert sorted(ids(small.find(text=text))) == sorted(found)
    assert small.count(text=text) == len(found)


@pytest.mark.parametrize(
    "text",
    ['"', '""', "a AND", "NEAR(a b)", "title:x", "x*", "-x", "(", "^a", "{x}", "a\\", "';--"],
)
def test_no_query_is_an_error(known, text):
    known.find(text=text)
    known.count(text=text)
    known.corrected(text)


def test_title_before_tags_before_summary_before_category(small):
    # Both 1.1 and 1.10 have it as a tag; 1.1 has a starter, too.
    assert ids(small.find(text="attention")) == ["1.1", "1.10", "2.1b", "1.2"]
    assert ids(small.find(text="head")) == ["1.1", "1.2", "1.10"]


def test_search_within_a_filter(small):
    assert ids(small.find(Filter(difficulties=("A",), compute=("cpu",)), "heads")) == ["1.1"]
    assert ids(small.find(text="heads", limit=1)) == ids(small.find(text="heads"))[:1]


def test_words_that_tell_nothing_are_left_out(small):
    assert ids(small.find(text="how to measure the composition")) == ["1.2"]
    assert ids(small.find(text="the", sort="id")) == ["1.1", "1.2", "1.10"]


def test_best_match_of_the_bundled_list(known):
    assert ids(known.find(text="3.5"))[0] == "3.5"
    titles = [row.title for row in known.find(text="grokking", limit=5)]
    tags = [problem.tags for problem in known.problems(known.find(text="grokking", limit=5))]
    assert all(
        "grok" in f"{title} {words}".lower() for title, words in zip(titles, tags, strict=True)
    )


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("superpostion", "superposition"),
        ("inducton heads", "induction heads"),
        ("induction heads", ""),
        ("xqzwv", ""),
    ],
)
def test_correction(known, typed, meant):
    assert known.corrected(typed) == meant


@pytest.mark.parametrize("text", ["3.5", " 3.5 ", "3,5", "2.25B"])
def test_an_id_may_be_typed_so(known, text):
    assert known.get(text).id == text.strip().replace(",", ".").lower()


@pytest.mark.parametrize(
    ("ask", "message", "hint"),
    [
        (lambda i: i.get("3.50"), "There is no problem '3.50'.", "Did you mean 3.5, 3.30 or 3.25?"),
        (lambda i: i.get("3"), "3 is a category.", "Type: problembrowser list -c 3"),
        (lambda i: i.get("x"), "There is no problem 'x'.", "Type: problembrowser search x"),
        (
            lambda i: i.category("algoritmic"),
            "There is no category 'algoritmic'.",
            "Did you mean algorithmic-problems?",
        ),
        (lambda i: i.category(""), "There is no category ''.", "Type: problembrowser categories"),
        (
            lambda i: i.category("t"),
            "'t' may be toy-language-models, training-dynamics or techniques-tooling-automation.",
            "Type one more letter.",
        ),
        (
            lambda i: i.find(Filter(difficulties=("E",))),
            "There is no difficulty 'E'.",
            "Type a letter from A to D, or a range such as A-B.",
        ),
        (
            lambda i: i.find(Filter(tags=("groking",))),
            "No problem has the tag 'groking'.",
            "Did you mean grokking?",
        ),
    ],
)
def test_unknown_names_get_the_nearest(known, ask, message, hint):
    with pytest.raises(NotFound) as caught:
        ask(known)
    assert caught.value.message == message
    assert caught.value.hint.startswith(hint.rstrip("?"))


def test_a_file_is_built_once_and_replaced_when_the_list_changes(program):
    assert listed(program) == LISTING
    first = only_file(program)
    built = first.stat().st_mtime_ns
    assert listed(program) == LISTING
    assert only_file(program) == first
    assert first.stat().st_mtime_ns == built
    other = program.package / "catalogue" / "problems" / "other.toml"
    other.write_text(other.read_text(encoding="utf-8").replace("2.1b", "2.7"), encoding="utf-8")
    assert listed(program) == [*LISTING[:-1], "2.7"]
    assert only_file(program) != first


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: b"this is no database",
        lambda content: content[:100],
        lambda content: content[: len(content) // 2],
        lambda content: content[:4096] + bytes(len(content) - 4096),
        lambda content: content[:4096] + b"\xff" * (len(content) - 4096),
    ],
)
def test_a_damaged_file_is_built_anew(program, damage):
    assert listed(program) == LISTING
    file = only_file(program)
    good = file.read_bytes()
    file.write_bytes(damage(good))
    assert listed(program) == LISTING
    assert ids_of(program("search", "composition")) == ["1.2"]
    assert only_file(program).read_bytes() == good


def test_damage_that_only_a_search_meets(program):
    assert listed(program) == LISTING
    with sqlite3.connect(only_file(program)) as connection:
        connection.execute("DELETE FROM text_data WHERE id > 10")
    connection.close()
    assert ids_of(program("search", "composition")) == ["1.2"]


@pytest.mark.parametrize(
    ("command", "damage"),
    [
        ("show 1.2", "UPDATE document SET json = '{' || json"),
        ("show 1.2", "UPDATE document SET json = 'null'"),
        ("show 1.2", "UPDATE document SET json = CAST(x'22ff22' AS TEXT)"),
        ("list --json", "DELETE FROM document"),
        ("categories", "UPDATE category SET json = '{}'"),
        ("list -c heads", "UPDATE category SET json = NULL"),
        ("list", "UPDATE fact SET json = '['"),
        ("guide", "DELETE FROM fact"),
        ("list", "UPDATE problem SET title = NULL"),
        ("search composition", "UPDATE problem SET rating = x'00'"),
    ],
)
def test_damage_inside_a_row_is_mended_and_only_once(program, command, damage):
    good = program(*command.split())
    file = only_file(program)
    content = file.read_bytes()
    with sqlite3.connect(file) as connection:
        connection.execute(damage)
    connection.close()
    assert file.read_bytes() != content
    assert program(*command.split()) == good
    assert file.read_bytes() == content


def test_files_of_the_users_in_the_same_folder_stay(program):
    program.cache.mkdir()
    names = ["index-mine.sqlite", "index-old.html", "index-0.sqlite", "index-12345678.part", "x"]
    for name in [*names, ".problembrowser-mine.txt"]:
        (program.cache / name).write_text("mine")
        os.utime(program.cache / name, (0, 0))
    (program.cache / "index-0123456789abcdef.sqlite").write_text("an old index")
    (program.cache / ".problembrowser-index-1.sqlite-abc.part").write_text("left behind")
    os.utime(program.cache / ".problembrowser-index-1.sqlite-abc.part", (0, 0))
    assert listed(program) == LISTING
    left = {path.name for path in program.cache.iterdir()}
    (index_file,) = left - {*names, ".problembrowser-mine.txt"}
    assert index_file.startswith("index-")
    assert index_file != "index-0123456789abcdef.sqlite"


@pytest.mark.skipif(os.name != "posix", reason="needs pipes")
def test_pipes_and_devices_in_the_cache_are_not_read(program):
    (program.cache / "lists").mkdir(parents=True)
    os.mkfifo(program.cache / "lists" / "pipe.json")
    (program.cache / "lists" / "zero.json").symlink_to("/dev/zero")
    os.mkfifo(program.cache / "posts.json")
    assert listed(program) == LISTING
    (program.cache / "posts.json").unlink()
    (program.cache / "posts.json").symlink_to("/dev/zero")
    assert listed(program) == LISTING
    result = program("source", "list")
    assert result.code == 0
    assert result.err.startswith("pipe: the copy is damaged. Add it again, or: source remove pipe")


def test_somebody_holds_a_lock(program):
    assert listed(program) == LISTING
    connection = sqlite3.connect(only_file(program), isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    assert listed(program) == LISTING
    connection.close()


def test_a_cache_that_is_a_file(program):
    program.cache.write_text("in the way")
    assert listed(program) == LISTING
    assert program.cache.read_text() == "in the way"


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
def test_a_cache_that_cannot_be_written(program):
    program.cache.mkdir(mode=0o500)
    assert listed(program) == LISTING
    assert list(program.cache.iterdir()) == []


def test_no_home_at_all(program):
    nowhere = "/dev/null" if os.name == "posix" else "Z:\\nowhere"
    assert listed(program, PROBLEMBROWSER_CACHE="", XDG_CACHE_HOME="", HOME=nowhere) == LISTING


def test_a_cache_with_an_awkward_name(program):
    folder = program.cache / "50% of? #é"
    assert listed(program, PROBLEMBROWSER_CACHE=str(folder)) == LISTING
    assert len(list(folder.iterdir())) == 1


def test_xdg(program):
    environment = {"PROBLEMBROWSER_CACHE": "", "XDG_CACHE_HOME": str(program.cache)}
    assert listed(program, **environment) == LISTING
    if os.name == "posix" and os.uname().sysname == "Linux":
        assert [path.name for path in program.cache.iterdir()] == ["problembrowser"]


def test_many_at_once(program):
    started = [
        subprocess.Popen(
            program.command("list"),
            cwd=program.folder,
            env=program.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    outputs = [process.communicate() for process in started]
    assert {process.returncode for process in started} == {0}
    assert len(set(outputs)) == 1
    assert outputs[0][0].startswith("1.1 ")
    assert only_file(program).suffix == ".sqlite"


def test_threads_at_once(tmp_path, monkeypatch):
    monkeypatch.setenv("PROBLEMBROWSER_CACHE", str(tmp_path))
    counts = []
    threads = [
        threading.Thread(target=lambda: counts.append(index.connect().count())) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [335] * 3
    assert len(list(tmp_path.iterdir())) == 1


def ids_of(result):
    """The ids in what a listing printed."""
    assert result.code == 0
    return [line.split()[0] for line in result.out.splitlines()]


def _letters(problem):
    low, high = problem.difficulty_min, problem.difficulty_max
    return "ABCD"["ABCD".index(low) : "ABCD".index(high) + 1]
