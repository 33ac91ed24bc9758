"""What the finding verbs print, to which stream, with which exit code, at which width."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from problembrowser import cli
from problembrowser.pages import render

SMALL = Path(__file__).parents[1] / "small"
DATED = "Old list, no longer recommended (as of 2026-01-02).\n"
DESIGNED = {
    "id",
    "title",
    "summary",
    "category",
    "section",
    "difficulty",
    "difficulty_min",
    "difficulty_max",
    "starred",
    "rated_by",
    "compute",
    "coding",
    "tags",
    "url",
    "models",
    "known_work",
    "starter",
}
PIPED = (SMALL / "list.txt").read_text(encoding="utf-8")
AT_80 = """\
\x1b[1mID    LEVEL  START  CODE  RUN   TITLE\x1b[0m
1.1   A*     yes    low   cpu   Find an induction head in a two-layer model and…
1.10  ~A-C   -      high  gpu+  Visualise behaviour of a 注意头
1.2   B-C    -      med   gpu   Do heads compose?
2.1   ~D     -      med   cpu   Red �[31malert� and �turned� text
2.1b  ?      -      med   cpu   Nobody has rated this
"""
AT_60 = (
    AT_80.replace("in a two-layer model and…", "in a…")
    .replace("注意头", "注…")
    .replace("turned� text", "turned…")
)
AT_40 = """\
\x1b[1mID    LEVEL  TITLE\x1b[0m
1.1   A*     Find an induction head in…
1.10  ~A-C   Visualise behaviour of a…
1.2   B-C    Do heads compose?
2.1   ~D     Red �[31malert� and �turne…
2.1b  ?      Nobody has rated this
"""
LEGEND = (
    "Levels: A for beginners, B takes weeks, C hard, D very hard; "
    "~ our estimate; * the author is keen on it; ? nobody rated it.\n"
)


def test_list(program):
    result = program("list")
    assert result.out == PIPED
    assert result.err == (
        "5 problems, 1 with a starter (--starter). Read one: problembrowser show 1.1\n" + DATED
    )
    assert result.code == 0


@pytest.mark.parametrize(("columns", "shown"), [(80, AT_80), (60, AT_60), (40, AT_40)])
def test_list_in_a_terminal(program, columns, shown):
    result = program.in_terminal(columns, "list")
    assert result.out == shown
    assert result.err.endswith(LEGEND + DATED)


def test_the_legend_explains_what_is_there_and_nothing_else(program):
    result = program.in_terminal(80, "list", "--limit", "1")
    assert "Levels: A for beginners; * the author is keen on it.\n" in result.err
    assert "Levels" not in program("list").err


def test_a_wide_terminal_shows_all_columns(program):
    result = program.in_terminal(130, "list", "--limit", "1", NO_COLOR="1")
    assert result.out == (
        "ID   LEVEL  CATEGORY         COMPUTE  CODING  STARTER  TITLE\n"
        "1.1  A*     attention-heads  cpu      low     starter  "
        "Find an induction head in a two-layer model and score it on noise\n"
    )


def test_a_search_says_where_it_matched_when_that_is_not_the_title(program):
    result = program.in_terminal(80, "search", "attention", NO_COLOR="1")
    assert result.out == (
        "ID    LEVEL  START  CODE  RUN   MATCH    TITLE\n"
        "1.1   A*     yes    low   cpu   tags     Find an induction head in a two-layer…\n"
        "1.10  ~A-C   -      high  gpu+  tags     Visualise behaviour of a 注意头\n"
        "2.1b  ?      -      med   cpu   summary  Nobody has rated this\n"
        "1.2   B-C    -      med   gpu   area     Do heads compose?\n"
    )
    assert "MATCH" not in program.in_terminal(80, "search", "compose", NO_COLOR="1").out
    assert "MATCH work: in known work alone" in program.in_terminal(80, "search", "paper").err


def test_talk_is_broken_between_words_where_the_terminal_is_narrow(program):
    shown = program.in_terminal(40, "list", "--limit", "1", err=True, NO_COLOR="1").out
    assert all(len(line) <= 40 for line in shown.splitlines())
    assert " ".join(shown.split()).endswith(
        "1 of 5 problems (--limit). Read one: problembrowser show 1.1 "
        f"Levels: A for beginners; * the author is keen on it. {DATED.strip()}"
    )


def test_what_is_longer_than_the_terminal_goes_through_a_pager(program):
    def lines(*arguments, **environment):
        short = {"LINES": "8", "TERM": "xterm", "PAGER": "sed s/^/|/"}
        shown = program.in_terminal(80, *arguments, **{**short, **environment}).out
        return shown.splitlines()

    assert all(line.startswith("|") for line in lines("list"))
    assert all(line.startswith("|") for line in lines("show", "1.1"))
    assert lines("list", "--limit", "3")[0].startswith("\x1b[1mID")
    plain = AT_80.splitlines()
    for spared in ({"PAGER": ""}, {"PROBLEMBROWSER_PAGER": ""}, {"TERM": "dumb"}):
        assert lines("list", **spared) == plain
    assert lines("list", "--no-pager") == plain
    assert lines("list", PROBLEMBROWSER_PAGER="sed s/^/=/")[0].startswith("=")
    assert lines("list", "--json")[0] == "["
    assert program("list", LINES="3", PAGER="sed s/^/|/").out == PIPED


def test_no_color(program):
    assert program.in_terminal(80, "list", NO_COLOR="1").out == re.sub(r"\x1b\[\dm", "", AT_80)


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
@pytest.mark.parametrize(
    "command",
    [("list",), ("categories",), ("show", "1.1"), ("suggest", "--hours", "99"), ("guide", "1")],
)
def test_nothing_is_wider_than_the_terminal(program, columns, command):
    lines = program.in_terminal(columns, *command, NO_COLOR="1").out.splitlines()
    assert len(lines) > 1
    # An address stays whole, so that it can be clicked.
    breakable = [line for line in lines if not re.fullmatch(r"(Post)?\s*https?://\S+", line)]
    assert [line for line in breakable if render.width(line) > columns] == []


def test_list_as_json(program):
    result = program("list", "--json", "--sort", "id")
    found = json.loads(result.out)
    assert [problem["id"] for problem in found] == ["1.1", "1.2", "1.10", "2.1", "2.1b"]
    assert all(problem.keys() >= DESIGNED for problem in found)
    assert (found[1]["difficulty_min"], found[1]["difficulty_max"]) == ("B", "C")
    assert [problem["starred"] for problem in found] == [True, False, None, None, None]
    assert [problem["starter"] and problem["starter"]["recipe"] for problem in found] == [
        "train-transformer",
        None,
        None,
        None,
        None,
    ]
    assert found[0]["known_work"][1] == {
        "title": "A paper on heads",
        "url": "https://example.org/paper",
        "year": 2022,
        "settled": "Finds them; leaves larger models open.",
    }
    assert result.out.isascii()
    assert (result.err, result.code) == ("", 0)


def test_some_fields_as_json(program):
    assert json.loads(program("list", "--json", "title,id", "--limit", "1").out) == [
        {"title": "Find an induction head in a two-layer model and score it on noise", "id": "1.1"}
    ]
    for command in (
        ("search", "--json", "id", "compose"),
        ("search", "compose", "--json=id"),
        ("show", "1.2", "--json", "id"),
    ):
        assert json.loads(program(*command).out) == [{"id": "1.2"}]
    # A word that is no field is one to search for.
    assert json.loads(program("search", "--json", "compose").out)[0].keys() >= DESIGNED


@pytest.mark.parametrize(
    "command", [("list", "--json", "tilte"), ("show", "1.1", "--csv", "tilte,id")]
)
def test_an_unknown_field_lists_the_fields(program, command):
    result = program(*command)
    assert (result.out, result.code) == ("", 2)
    assert "There is no field 'tilte'. Fields: id, title, summary, category," in result.err


def test_csv(program):
    assert program("list", "--csv", "id,title,tags,starred,starter", "--limit", "2").out == (
        "id,title,tags,starred,starter.recipe,starter.parts,starter.parameters,starter.quick,"
        "starter.full,starter.covers\n"
        "1.1,Find an induction head in a two-layer model and score it on noise,"
        "induction-heads; attention,yes,train-transformer,tasks/max-of-two,,,,\n"
        "1.10,Visualise behaviour of a 注意头,attention,,,,,,,\n"
    )
    assert program("list", "--csv", "--json").code == 2


def test_csv_is_a_list_that_can_be_added(program):
    (program.folder / "mine.csv").write_text(program("list", "--csv").out, encoding="utf-8")
    result = program("source", "check", "mine.csv")
    assert "No faults in 5 problems" in result.err
    assert program("source", "add", "mine.csv").code == 0
    ours, mine = (json.loads(program("show", one, "--json").out)[0] for one in ("1.1", "mine:1.1"))
    same = DESIGNED - {"id", "known_work", "rated_by"}
    assert {name: mine[name] for name in same} == {name: ours[name] for name in same}


def test_a_spreadsheet_runs_nothing_of_a_csv(program):
    (program.folder / "evil.toml").write_text(
        '[[problem]]\nid = "1"\ntitle = "=HYPERLINK(1)"\nsummary = "+1"\n',
        encoding="utf-8",
    )
    assert program("source", "add", "evil.toml", "--name", "evil").code == 0
    out = program("list", "--source", "evil", "--csv", "title,summary").out
    assert out == "title,summary\n'=HYPERLINK(1),'+1\n"
    found = json.loads(program("list", "--source", "evil", "--json", "title").out)
    assert found == [{"title": "=HYPERLINK(1)"}]


def test_search(program):
    result = program("search", "induction", "head")
    assert result.out == PIPED.splitlines(keepends=True)[0].replace(
        "1.1   A*    ", "1.1  A*  "
    ).replace("cpu        low     ", "cpu  low  ")
    assert result.err == (
        "1 problem. Read one: problembrowser show 1.1\n" + DATED + "A second list has 2 more, "
        "such as: Can a script rediscover induction heads without being told? "
        "To add it: problembrowser source add open-problems-2025\n"
    )


@pytest.mark.parametrize(
    ("words", "found", "said"),
    [
        (["easy", "no", "gpu"], ["1.1"], "The same as: problembrowser list -d A --compute cpu\n"),
        (["easy", "compose"], ["1.2"], "Some words mean a filter: -d A.\n"),
        (
            ["random", "composition"],
            ["1.2", "1.1"],
            "No problem has all of these words; these have most of them.\n",
        ),
        (
            ["compositoin", "heads"],
            ["1.1", "1.2", "1.10"],
            "Did you mean: problembrowser search composition heads\n",
        ),
        (
            ["xyzzy", "compose"],
            ["1.2"],
            "No problem has 'xyzzy': found by the other words.\n",
        ),
    ],
)
def test_search_says_how_it_read_the_words(program, words, found, said):
    result = program("search", *words)
    assert [line.split()[0] for line in result.out.splitlines()] == found
    assert said in result.err


def test_what_only_a_list_that_was_not_added_has(program):
    result = program("search", "parameter", "decomposition")
    assert (result.out, result.code) == ("", 0)
    assert result.err == (
        "A second list has 1 more, such as: Can weights be cut into mechanisms instead of "
        "activations? To add it: problembrowser source add open-problems-2025\n"
    )
    assert program("source", "add", "open-problems-2025").code == 0
    added = program("search", "parameter", "decomposition")
    assert added.out.startswith("open-problems-2025:1.4 ")
    assert "A second list" not in added.err


def test_limit_says_how_many_there_are(program):
    assert program("list", "--limit", "2").err.startswith(
        "2 of 5 problems (--limit), 1 with a starter"
    )
    assert program("search", "heads", "--limit", "1").err.startswith("1 of 3 problems (--limit).")
    assert program("list", "--limit", "5").err.startswith("5 problems, 1 with a starter")


def test_show(program):
    result = program("show", "1.1")
    assert result.out == (SMALL / "show.txt").read_text(encoding="utf-8")
    assert result.err == "Start on it: problembrowser new 1.1\n"
    assert result.code == 0


def test_show_what_is_hardly_known(program):
    result = program("show", "2.1")
    assert result.out == (SMALL / "show-little.txt").read_text(encoding="utf-8")
    assert result.err == (
        "It has no starter yet, and none that has one is near: begin with its first steps. "
        "More like it: problembrowser list -c other-things\n"
    )


def test_show_in_a_narrow_terminal(program):
    result = program.in_terminal(40, "show", "1.2", NO_COLOR="1")
    assert result.out.startswith(
        "1.2  Do heads compose?\n\n"
        "Measure composition between training\ncheckpoints.\n\n"
        "Level     B-C, rated by a community\n"
        "          tracker, which may hide a\n"
        "          range or a star (B is weeks; C\n"
        "          is hard)\n"
        "Star      no\n"
    )


def test_show_what_to_read_first_and_see_also(program):
    shown = program("show", "1.2").out
    assert (
        "Read first\n"
        "  - For heads\n"
        "    what a composition score compares\n"
        "    https://example.org/for-heads\n"
        "  - An essay (2021)\n"
        "    section 2: virtual weights\n"
        "    https://example.org/essay\n"
        "\n"
        "See also\n"
        "  - 1.10: Visualise behaviour of a 注意头\n"
    ) in shown
    assert "Read and watch" not in shown
    found = json.loads(program("show", "1.2", "--json").out)[0]
    assert found["see_also"] == ["1.10"]
    assert found["readings"] == [
        {
            "title": "For heads",
            "url": "https://example.org/for-heads",
            "why": "what a composition score compares",
            "year": None,
        },
        {
            "title": "An essay",
            "url": "https://example.org/essay",
            "why": "section 2: virtual weights",
            "year": 2021,
        },
    ]


def test_show_as_json_is_what_list_prints(program):
    listed = json.loads(program("list", "--json", "--sort", "id").out)
    assert json.loads(program("show", "1.2", "1.1", "--json").out) == [listed[1], listed[0]]


def test_categories(program):
    assert program("categories").out == (
        "1  3  1  1  attention-heads  Heads and what they attend to\n"
        "2  2  0  0  other-things     Other things\n"
    )
    assert program.in_terminal(80, "categories", NO_COLOR="1").out == (
        "N  PROBLEMS  A  STARTER  CATEGORY         TITLE\n"
        "1  3         1  1        attention-heads  Heads and what they attend to\n"
        "2  2         0  0        other-things     Other things\n"
    )
    found = json.loads(program("categories", "--json").out)
    assert [
        (each["slug"], each["problems"], each["rated_a"], each["starters"]) for each in found
    ] == [
        ("attention-heads", 3, 1, 1),
        ("other-things", 2, 0, 0),
    ]


@pytest.mark.parametrize(
    ("arguments", "file"), [((), "guide.txt"), (("heads",), "guide-heads.txt")]
)
def test_guide(program, arguments, file):
    arguments = [argument.replace("heads", "attention-h") for argument in arguments]
    result = program("guide", *arguments)
    assert result.out == (SMALL / file).read_text(encoding="utf-8")
    assert result.code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("list", "-d", "D", "--compute", "gpu"),
            "No problem fits. "
            "Without --difficulty (1) or without --compute (1) there would be some.\n",
        ),
        (
            ("list", "--starred", "-d", "D", "--compute", "gpu"),
            "No problem fits. Leave out more than one of --difficulty, --compute, --starred.\n",
        ),
        (
            ("search", "compose", "-d", "D"),
            "No problem fits. Without --difficulty (1) there would be some.\n",
        ),
        (
            ("search", "compositoin"),
            "Nothing has 'compositoin'. Did you mean: problembrowser search composition\n",
        ),
        (
            ("search", "xyzzy"),
            "Nothing has 'xyzzy'. Try: problembrowser categories\n",
        ),
        (
            ("search", '"head induction"'),
            "No problem has these words side by side. Leave out the quotation marks.\n",
        ),
        (
            ("suggest", "-c", "other"),
            "No problem fits. Without --category (1) or without --max-difficulty (2) "
            "there would be some.\n",
        ),
    ],
)
def test_nothing_found(program, arguments, said):
    result = program(*arguments)
    assert (result.out, result.err, result.code) == ("", said, 0)
    assert program(*arguments, "--json").out == "[]\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "1.11"), "Error: There is no problem '1.11'.\nDid you mean 1.1, 1.10 or 1.2?\n"),
        (("show", "1"), "Error: 1 is a category.\nType: problembrowser list -c 1\n"),
        (
            ("list", "-c", "attension"),
            "Error: There is no category 'attension'.\nDid you mean attention-heads?\n",
        ),
        (
            ("list", "-d", "F"),
            "Error: There is no difficulty 'F'.\n"
            "Type a letter from A to D, or a range such as A-B.\n",
        ),
        (
            ("search", "heads", "--tag", "compositions"),
            "Error: No problem has the tag 'compositions'.\nDid you mean composition?\n",
        ),
        (
            ("guide", "xyz"),
            "Error: There is no category 'xyz'.\nType: problembrowser categories\n",
        ),
    ],
)
def test_unknown_names(program, arguments, said):
    result = program(*arguments)
    assert (result.out, result.err, result.code) == ("", said, 1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("lst",), "Error: No such command 'lst'. Did you mean list?\n"),
        (("list", "--compute", "tpu"), "'tpu' is not one of 'cpu', 'gpu', 'large-gpu'.\n"),
        (("list", "--limit", "0"), "0 is not in the range x>=1.\n"),
        (("show",), "Error: Missing argument 'ID...'.\n"),
        (("search", "?!"), "Error: Type at least one word to search for.\n"),
        (("check", "nowhere.toml"), "File 'nowhere.toml' does not exist.\n"),
    ],
)
def test_wrong_usage(program, arguments, said):
    result = program(*arguments)
    assert (result.out, result.code) == ("", 2)
    assert result.err.startswith("Usage: problembrowser ")
    assert result.err.endswith(said)


def test_check(program):
    result = program("check")
    assert (result.out, result.code) == ("", 0)
    assert result.err == "No faults in 5 problems, 2 categories.\n"


def test_check_prints_every_fault(program):
    path = program.folder / "mine.toml"
    path.write_text('[[problem]]\nid = "1"\ndifficulty = "Z"\n', encoding="utf-8")
    result = program("check", str(path))
    assert result.out.splitlines() == [
        "mine.toml: category: slug: is missing",
        "mine.toml: category: number: is missing",
        "mine.toml: category: title: is missing",
        "mine.toml: problem 1: title: is missing",
        "mine.toml: problem 1: summary: is missing",
        "mine.toml: problem 1: difficulty: 'Z' is not a letter A-D or a rising range such as B-C",
    ]
    assert (result.err, result.code) == ("", 1)


NESTED = "a = " + "[" * 3_000 + "]" * 3_000
CHECKED = {
    "parts of a key": (".".join("a" * 100_000) + " = 1", "line 1: has a key of more than 20 parts"),
    "spaced parts": (" . ".join("a" * 100_000) + " = 1", "line 1: has a key of more than 20 parts"),
    "nested": (NESTED, "is nested too deeply"),
    "digits": ("a = " + "9" * 200_001, "holds a value that cannot be read: Exceeds the limit"),
    "hex digits": ("[[problem]]\nid = 0x" + "f" * 200_001, "id: is too large a number"),
    "a string": (f"""[[problem]]\nid = "{"x" * 4_000_000}" """, "problem xxxxxxxx"),
    "a key": ("x" * 4_000_000 + " = 1", "xxxxxxxx"),
    "problems": ("[[problem]]\n" * 5_001, "holds 5,001 problems, 5,000 at most"),
    "items": (
        "[[problem]]\nreadings = [" + '{resource="mathematical-framewor"},' * 50_000 + "]",
        "category: slug: is missing",
    ),
    "bytes": (b"\xff", "line 1: is not UTF-8 (byte 0xff); save the file as UTF-8"),
}


@pytest.mark.parametrize(("content", "fault"), CHECKED.values(), ids=CHECKED)
def test_check_takes_any_file(program, content, fault):
    path = program.folder / "mine.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    begun = time.monotonic()
    result = program("check", str(path))
    assert time.monotonic() - begun < 20
    assert (result.err, result.code) == ("", 1)
    lines = result.out.splitlines()
    assert lines[0].startswith(f"mine.toml: {fault}") or any(fault in line for line in lines)
    assert len(lines) <= 100
    assert max(map(len, lines)) < 300


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pipes with names")
def test_check_reads_files_alone(program):
    (program.folder / "large.toml").touch()
    os.truncate(program.folder / "large.toml", 3 * 2**30)
    os.mkfifo(program.folder / "pipe.toml")
    for name, fault in (
        ("pipe.toml", "It is a pipe or a device, not a file"),
        ("/dev/zero", "It is a pipe or a device, not a file"),
        ("large.toml", "It is larger than 4,096 KiB"),
    ):
        result = program("check", name)
        assert result.out == f"{name.rpartition('/')[2]}: cannot be read: {fault}\n"
        assert (result.err, result.code) == ("", 1)


def test_a_broken_list_is_one_line(program):
    (program.package / "catalogue" / "problems" / "other.toml").write_text(
        "[category", encoding="utf-8"
    )
    result = program("list")
    assert (result.out, result.code) == ("", 1)
    assert result.err == (
        "Error: other.toml: is not TOML: Expected ']' at the end of a table declaration "
        "(at end of document)\n"
        "To see every fault: problembrowser check [FILE]\n"
    )


@pytest.mark.parametrize(
    "verb", ["list", "search", "show", "suggest", "categories", "guide", "check"]
)
def test_help(program, verb):
    long, short = program(verb, "--help"), program(verb, "-h")
    assert long == short
    assert long.code == 0
    assert re.search(rf"Examples?:\n( +problembrowser {verb}.*\n)+", long.out)
    assert long.out.split("\n\n")[1].strip().startswith(cli.VERBS[verb][1])


def test_help_of_the_program(program):
    result = program("-h")
    assert result.out.startswith("Usage: problembrowser [OPTIONS] COMMAND [ARGS]...\n")
    for verb, (_, what) in cli.VERBS.items():
        assert re.search(rf"^  {verb} +{re.escape(what)}$", result.out, re.MULTILINE)


def test_version(program):
    assert program("--version").out == "problembrowser 0.1.0\n"


def test_completion(program):
    def completed(*words: str) -> list[str]:
        asked = {"_PROBLEMBROWSER_COMPLETE": "zsh_complete", "COMP_CWORD": str(len(words) - 1)}
        return program(COMP_WORDS=" ".join(words), **asked).out.split("\n")[:-1]

    assert completed("problembrowser", "show", "1.1") == [
        "plain",
        "1.1",
        "Find an induction head in a two-layer model and score it on noise",
        "plain",
        "1.10",
        "Visualise behaviour of a 注意头",
    ]
    assert completed("problembrowser", "list", "-c", "oth") == [
        "plain",
        "other-things",
        "Other things",
    ]


def test_a_reader_that_leaves(program):
    program("list")
    process = subprocess.Popen(
        program.command("show", *["1.1"] * 400),
        cwd=program.folder,
        env=program.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.read(10)
    process.stdout.close()
    err = process.stderr.read().decode()
    process.stderr.close()
    process.wait()
    assert set(err.splitlines()) <= {"Start on it: problembrowser new 1.1"}


@pytest.mark.skipif(sys.platform == "win32", reason="needs Unix signals")
def test_interrupted(program):
    with socket.create_server(("127.0.0.1", 0)) as never_answers:
        never_answers.settimeout(60)
        process = subprocess.Popen(
            program.command(
                *("source", "add", f"http://127.0.0.1:{never_answers.getsockname()[1]}/")
            ),
            cwd=program.folder,
            env=program.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        with never_answers.accept()[0]:  # waits until the program asks
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
    assert (out, err.decode().strip(), process.returncode) == (b"", "Interrupted.", 130)


def test_a_terminal_that_lacks_characters(program):
    result = program("show", "1.10", PYTHONIOENCODING="latin-1")
    assert result.out.startswith("1.10  Visualise behaviour of a ???\n")
    assert result.code == 0
