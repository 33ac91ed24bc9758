"""What an organiser does: a list out of others, with notes, the first one for an event."""

import json
import os
import re
import subprocess
import sys
import tomllib

import pytest

from problembrowser.catalogue import bundled
from problembrowser.catalogue.problem import sort_key
from problembrowser.lists import curated, own, printed


@pytest.fixture
def run(tmp_path):
    """Runs a command with a cache of its own, as (stdout, stderr, exit code)."""

    def run(*arguments, **environment):
        done = subprocess.run(
            [sys.executable, "-m", "problembrowser", *arguments],
            cwd=tmp_path,
            env=os.environ | {"PROBLEMBROWSER_CACHE": str(tmp_path / "cache")} | environment,
            capture_output=True,
            encoding="utf-8",
        )
        return done.stdout, done.stderr, done.returncode

    return run


def add(run, tmp_path, name, *problems):
    (tmp_path / f"{name}.json").write_text(json.dumps(list(problems)))
    assert run("source", "add", f"{name}.json")[2] == 0


def problem(number, **more):
    return {"id": str(number), "title": f"Title {number}", "summary": "A text.", **more}


def test_a_list_for_an_event(run, tmp_path):
    out, err, code = run("source", "new", "event", "3.5", "6.2", "3.5", "--title", "Our event")
    assert (out, code) == (f"{tmp_path}/event.toml\n", 0)
    assert err == (
        "Edit it, then: problembrowser source add event.toml\n"
        "So that your participants see it first: export PROBLEMBROWSER_LIST=event\n"
    )
    path = tmp_path / "event.toml"
    text = path.read_text()
    assert text.count("# notes = ") == 2
    path.write_text(text.replace('# notes = ""  ', 'notes = "Ask Ada."  ', 1))
    assert run("source", "add", "event.toml")[0] == "event\n"

    event = {"PROBLEMBROWSER_LIST": "event"}
    listed = [line.split()[0] for line in run("list", **event)[0].splitlines()]
    assert listed == ["event:3.5", "event:6.2"]
    assert run("show", "3.5", **event)[0].startswith("event:3.5  ")
    assert "\n\nNotes\n  Ask Ada.\n\n" in run("show", "3.5", **event)[0]
    assert run("show", "bundled:3.5", **event)[0].startswith("3.5  ")
    assert run("show", "3.16", **event)[0].startswith("3.16  ")
    assert run("show", "3.5")[0].startswith("3.5  ")
    assert run("new", "3.5", "--no-git", **event)[0] == f"{tmp_path}/event-3.5-max-of-two\n"
    assert run("tags", "-c", "9", **event)[2] == 0

    bundled_ids = json.loads(run("list", "--source", "bundled", "--json", **event)[0])
    assert len(bundled_ids) == 335
    assert len(json.loads(run("list", "--source", "all", "--json", **event)[0])) == 337
    assert len(json.loads(run("list", "--json")[0])) == 337


def test_a_list_that_was_not_added_is_said_once(run):
    out, err, code = run("list", PROBLEMBROWSER_LIST="event")
    assert (out, code) == ("", 1)
    assert err == ("Error: No list 'event' was added.\nType: problembrowser source add event\n")
    assert run("show", "3.5", PROBLEMBROWSER_LIST="event")[0].startswith("3.5  ")
    assert run("list", "--limit", "1", PROBLEMBROWSER_LIST="")[2] == 0


def test_what_source_new_does_not_write(run, tmp_path):
    assert run("source", "new", "a b", "3.5")[1].startswith("Error: 'a b' cannot be a list's name")
    assert run("source", "new", "all", "3.5")[1] == (
        "Error: 'all' cannot be a list's name: it means something else here.\n"
    )
    assert run("source", "new", "event", "99.9")[2] == 1
    assert list(tmp_path.glob("*.toml")) == []
    (tmp_path / "event.toml").write_text("mine")
    assert run("source", "new", "event", "3.5") == (
        "",
        "Error: event.toml exists already.\nUse --force to write over it.\n",
        1,
    )
    assert (tmp_path / "event.toml").read_text() == "mine"
    assert run("source", "new", "event", "3.5", "--force")[2] == 0


def test_every_problem_survives_being_chosen():
    """Written as TOML and read again, each is what it was."""
    every = bundled.load().problems
    text = curated.toml("event", "Our \"event\" \\ 'x'", every)
    assert tomllib.loads(text)["list"]["title"] == "Our \"event\" \\ 'x'"
    found = own.read(text.encode(), "toml").problems
    assert sorted(found, key=lambda one: sort_key(one.id)) == sorted(
        every, key=lambda one: sort_key(one.id)
    )


@pytest.mark.parametrize("verb", [("show", "3.5", "3.16"), ("list", "-d", "A"), ("suggest",)])
def test_what_json_prints_is_a_list(run, tmp_path, verb):
    out, _, _ = run(*verb, "--json")
    (tmp_path / "mine.json").write_text(out)
    _, err, code = run("source", "check", "mine.json")
    assert code == 0
    number = len(json.loads(out))
    assert err.startswith(f"No faults in {number} problems of the list mine.\n")
    assert run("source", "add", "mine.json")[2] == 0
    first = json.loads(out)[0]["id"]
    assert run("show", f"mine:{first}")[2] == 0
    again, _, _ = run("show", f"mine:{first}", "--json")
    (tmp_path / "more.json").write_text(again)
    run("source", "add", "more.json")
    assert run("show", f"more:mine.{first}")[2] == 0


@pytest.mark.parametrize("rows", [None, 3, "x", [], [3, None], [{"id": 1}], {"difficulty_min": 1}])
def test_what_was_not_printed_stays_as_it_is(rows):
    assert printed.as_written(rows) is rows


def test_a_list_says_only_what_it_knows(run, tmp_path):
    add(run, tmp_path, "mine", problem(1, difficulty="A", rated_by="post"))
    shown = run("show", "mine:1")[0]
    assert "Level     A, rated by the list (" in shown
    assert "  The list names none. Search before you start.\n" in shown
    picked = run("suggest", "--source", "mine")[0]
    assert "no published work that we know of" not in picked
    bundled_one = run("show", "1.6")[0]
    assert "None that we know of, as of" in bundled_one


def test_a_problem_of_a_list_that_was_not_added(run):
    for verb in ("new", "show"):
        out, err, code = run(verb, "my-list:1")
        assert (out, code) == ("", 1)
        assert err == (
            "Error: There is no problem 'my-list:1'.\n"
            "No list 'my-list' was added. Type: problembrowser source add FILE\n"
        )


def test_the_hint_after_adding_has_the_name(run, tmp_path):
    (tmp_path / "my sheet.csv").write_text("id,title,summary\n1,T,S\n")
    _, err, _ = run("source", "add", "my sheet.csv", "--name", "sheet")
    assert err.endswith("problembrowser source add 'my sheet.csv' --name sheet\n")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("mine.json", '[{"id": "1", "title": "T", "summary": "S"}]'),
        ("mine.csv", "id,title,summary\n1,T,S\n"),
        ("mine.toml", '[[problem]]\nid = "1"\ntitle = "T"\nsummary = "S"\n'),
    ],
)
def test_check_knows_a_list_of_ones_own(run, tmp_path, name, text):
    (tmp_path / name).write_text(text)
    _, err, code = run("check", name)
    assert code == 1
    assert err == f"{name} is a list of your own. Type: problembrowser source check {name}\n"
    assert run("source", "check", name)[2] == 0


def test_source_list_fits_a_terminal():
    from problembrowser.pages.render import table, width

    row = ("my-list", "20", "2026-11-24", "/home/you/" + "long/" * 20, "A title " * 20)
    headings = ("NAME", "PROBLEMS", "ADDED", "FROM", "TITLE")
    for columns in (60, 80, 120):
        shown = table(headings, [row], columns, drop=("FROM", "ADDED", "PROBLEMS"))
        lines = re.sub(r"\x1b\[\d*m", "", shown).splitlines()
        assert max(map(width, lines)) <= columns
        assert lines[0].startswith("NAME")
        assert lines[0].endswith("TITLE")
