"""What `suggest` puts before whom, what it asks, and how it spreads teams."""

import json
import os
import re
import subprocess
import sys
from collections import Counter

import pytest

from problembrowser.catalogue import bundled
from problembrowser.catalogue.problem import Problem
from problembrowser.index import suggest
from problembrowser.index.suggest import Person

DATED = "Old list, no longer recommended (as of 2026-01-02).\n"
HEAD = """\
1.1  Find an induction head in a two-layer model and score it on noise
  Score every head on repeated random tokens.
  For:     it has a starter; rated A; the author is keen on it; a laptop is
           enough; little code.
  Against: 2 published works on it; know first: What an attention pattern is.

"""
UNRATED = """\
2.1  Red �[31malert� and �turned� text
  Foreign text with a �control.
  For:     a laptop is enough; no published work that we know of.
  Against: no starter yet, so the set-up is yours; by our estimate D (D is very
           hard).

"""
LARGE = """\
1.10  Visualise behaviour of a 注意头
  A plot for every head.
  For:     no published work that we know of.
  Against: no starter yet, so the set-up is yours; by our estimate A-C (C is
           hard, and more than weeks); it needs a large GPU; much code.

"""


def suggested(program, *arguments):
    """The ids that are suggested."""
    return [each["id"] for each in json.loads(program("suggest", *arguments, "--json").out)]


def test_for_a_weekend(program):
    result = program("suggest")
    assert (result.out, result.code) == (HEAD, 0)
    assert result.err == "Read more: problembrowser show 1.1\n" + DATED


def test_for_and_against(program):
    result = program("suggest", "--hours", "999", "--hardware", "large")
    assert result.out == HEAD + UNRATED + LARGE
    assert result.err == (
        "Those with a starter come first in their category: 1.1 has one.\n"
        "Read more: problembrowser show 1.1\n" + DATED + "The next ones: "
        "problembrowser suggest --hours 999 --hardware large --more\n"
    )
    same = program("suggest", "--hours", "999", "--hardware", "large", "--json")
    assert [each["against"] for each in json.loads(same.out)][1] == [
        "no starter yet, so the set-up is yours",
        "by our estimate D (D is very hard)",
    ]


def test_more(program):
    everything = ("--hours", "999")
    assert suggested(program, *everything, "--limit", "2") == ["1.1", "2.1"]
    assert suggested(program, *everything, "--limit", "2", "--more") == ["1.10", "1.2"]
    assert suggested(program, *everything, "--limit", "2", "--more", "--more") == []
    result = program("suggest", *everything, "--limit", "2", "--more", "--more")
    assert (result.out, result.err, result.code) == ("", "There are no more than these 4.\n", 0)
    said = program("suggest", *everything, "--limit", "2", "--coding", "low", "--coding", "high")
    assert "The next ones" not in said.err
    said = program("suggest", "--max-difficulty", "d", "--limit", "1", "--team", "a b").err
    again = "problembrowser suggest --team 'a b' --max-difficulty d --limit 1 --more\n"
    assert said.endswith(f"The next ones: {again}")


def test_hardware(program):
    def on(hardware):
        return sorted(suggested(program, "--hours", "999", "--hardware", hardware))

    assert on("laptop") == ["1.1", "2.1"]
    assert on("t4") == on("gpu") == ["1.1", "1.2", "2.1"]
    assert on("large") == ["1.1", "1.10", "2.1"]


def test_about(program):
    assert suggested(program, "--hours", "999", "--about", "composition") == ["1.2"]
    result = program("suggest", "--about", "xyzzy")
    assert (result.out, result.code) == ("", 0)
    assert result.err == "Nothing is about 'xyzzy'. Try: problembrowser search xyzzy\n"
    result = program("suggest", "--about", "composition", "--hours", "2")
    assert result.err == "No problem fits. Without --hours (1) there would be some.\n"


def test_spreads_over_categories(program):
    assert suggested(program, "--max-difficulty", "D") == ["1.1", "2.1", "1.10"]
    assert suggested(program, "--max-difficulty", "D", "--limit", "1") == ["1.1"]
    assert suggested(program, "-c", "other", "-d", "D") == ["2.1"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--hours", "9", "-d", "A"), "Give either --hours or a difficulty."),
        (("--hardware", "t4", "--compute", "cpu"), "Give either --hardware or --compute."),
        (("--about", "?!"), "Type at least one word after --about."),
        (("--hours", "nan"), "nan is not a number of hours."),
        (("--hours", "0"), "0.0 is not in the range 1<=x<=10000."),
        (("--team", " "), "It is empty."),
    ],
)
def test_wrong_usage(program, arguments, said):
    result = program("suggest", *arguments)
    assert (result.out, result.code) == ("", 2)
    assert result.err.endswith(f"{said}\n")


@pytest.mark.parametrize(
    ("hours", "knows", "letter"),
    [
        *((1, "some", "A"), (16, "well", "A"), (17, "some", "B"), (72, "well", "B")),
        *((73, "some", "C"), (200, "some", "C"), (201, "some", "D"), (9999, "well", "D")),
        *((1, "nothing", "A"), (48, "nothing", "A"), (100, "nothing", "B"), (999, "nothing", "C")),
    ],
)
def test_the_table_of_hours(hours, knows, letter):
    assert suggest.hardest(hours, knows) == letter


def test_the_table_in_the_help_is_the_one_that_counts(program):
    shown = program("suggest", "--help").out
    for most, letter in suggest.HOURS.items():
        assert f"up to {most:<5} A" in shown.replace(f"A to {letter}", "A").replace(
            "A and", "A and"
        )
        assert suggest.hardest(most, "some") == letter
    assert suggest.hardest(suggest.WEEKEND, "some") == "B"


def pool():
    """What is put before somebody with a weekend and a laptop."""
    return [
        problem
        for problem in bundled.load().problems
        if problem.difficulty_max in ("A", "B") and problem.compute == "cpu"
    ]


def test_forty_teams_do_not_get_the_same():
    every = pool()
    picks = [suggest.ordered(every, Person(team=f"Team {n}"))[:3] for n in range(40)]
    assert len({tuple(one.id for one in three) for three in picks}) > 35
    assert max(Counter(three[0].id for three in picks).values()) <= 10
    for three in picks:
        assert three[0].starter
        assert len({one.category for one in three}) == 3
        assert all(one.difficulty_min == "A" or one.starter for one in three)


def test_a_team_gets_the_same_however_it_writes_itself():
    def ids(team):
        return [one.id for one in suggest.ordered(pool(), Person(team=team))]

    assert ids("Team 7") == ids(" team  7") != ids("Team 8")
    # Of every version and machine: a hash that changed would send teams elsewhere on Saturday.
    order = [Problem(f"{n}", "T", "S", "c") for n in range(6)]
    assert [one.id for one in suggest.ordered(order, Person(team="a"))] == [*"352140"]


def test_who_knows_nothing_is_kept_from_what_takes_transformers_apart():
    inside = Problem("1", "T", "S", "superposition", difficulty="A", tags=("ioi",))
    outside = Problem("2", "T", "S", "superposition", difficulty="A", coding="high")
    both = [inside, outside]
    assert [one.id for one in suggest.ordered(both, Person("nothing"))] == ["2", "1"]
    assert [one.id for one in suggest.ordered(both, Person("well"))] == ["1", "2"]
    assert "it takes a transformer apart" in suggest.objections(inside, Person("nothing"))
    assert "it asks little of transformers" in suggest.reasons(outside, Person("nothing"))
    assert "it takes a transformer apart" not in suggest.objections(inside, Person("well"))


@pytest.mark.skipif(sys.platform == "win32", reason="needs a Unix terminal")
@pytest.mark.parametrize(
    ("typed", "again"),
    [
        (b"\n\n\n", "--hours 48 --hardware laptop --knows some"),
        (b"x\n999\nlarge\nwell\n", "--hours 999 --hardware large --knows well"),
    ],
)
def test_it_asks_in_a_terminal(program, typed, again):
    shown = dialogue(program, typed, "suggest", "--limit", "1")
    assert "Hours" not in shown  # something was said: nothing is asked
    shown = dialogue(program, typed, "suggest")
    asked = ["Hours that you have", "The best hardware", "How much of transformers"]
    assert [shown.index(each) for each in asked] == sorted(shown.index(each) for each in asked)
    assert "1.1  Find an induction head" in shown
    direct = suggested(program, *again.split())
    assert re.findall(r"(\d\.\d+)  [A-Z]", shown) == direct


def dialogue(program, typed, *arguments):
    """What a terminal shows, where somebody types so."""
    import pty

    mine, its = pty.openpty()
    os.write(mine, typed)
    process = subprocess.Popen(
        program.command(*arguments),
        cwd=program.folder,
        env=program.environment(COLUMNS="80", NO_COLOR="1"),
        stdin=its,
        stdout=its,
        stderr=its,
    )
    os.close(its)
    shown = b""
    try:
        while chunk := os.read(mine, 65536):
            shown += chunk
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(mine)
    process.wait()
    return shown.decode().replace("\r\n", "\n")


def test_it_asks_nothing_in_a_pipe(program):
    done = subprocess.run(
        program.command("suggest"),
        cwd=program.folder,
        env=program.environment(),
        input="999\nlarge\nwell\n",
        capture_output=True,
        encoding="utf-8",
    )
    assert done.stdout == HEAD
