"""The readers of lists: three formats, one structure, and the line of every fault."""

import json

import fuzz_lists
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problembrowser.errors import InvalidList
from problembrowser.lists import merge, own, readers, sources

ONE = {"id": "1", "title": "One", "summary": "Uno"}
ONE_OF_MANY = {"title": "C"}
WORK = {"title": "W", "url": "https://example.org", "settled": "All of it."}


def faults(text, kind="", **names):
    """Every fault of a list, as `source check` prints them."""
    content = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(InvalidList) as caught:
        own.read(content, kind, **{"otherwise": "mine", **names})
    return caught.value.faults


TOML = """\
[list]
name = "mine"

# a comment with [[problem]] and id = "no"
[[problem]]
id = "1"
title = '''
A title'''
summary = \"\"\"
Several lines with [brackets] and " quotes
\"\"\"
tags = [
    "one",  # two
    "two",
]
known_work = [
    { title = "Work", url = "https://example.org", year = 2020, settled = "All of it." },
]

[[problem]]
id = "2"
title = "Another"
summary = "Two."
difficulty = "B-A"
coding = "some"

[problem.starter]
recipe = "train-transformer"
parts = ["tasks/max-of-two"]

[problem.starter.parameters]
operation = "most"

[[problem.known_work]]
title = "Good"
url = "https://example.org"
year = 2020
settled = "Yes."

[[problem.known_work]]
title = "Bad"
url = "example"
year = "2020"
settled = "No."
"""

JSON = """\
{"list": {"name": "mine"},
 "problem": [
  {"id": "1", "title": "A [title] with {braces}, commas", "summary": "One."},
  {"id": "2", "title": "Another",
   "summary": "Two.",
   "difficulty": "B-A",
   "known_work": [
     {"title": "Good", "url": "https://example.org", "year": 2020, "settled": "Yes."},
     {"title": "Bad",
      "url": "example", "year": "2020", "settled": "No."}
   ]
  }
 ]
}
"""

CSV = """\
ID,Title,summary,First steps,difficulty,known_work
1,A title,"One
of two lines","Do this
and then; that",A,
,,,,,
2,Another,Two.,do this; do that,B-A,"Good | https://example.org | 2020 | Yes.
Bad | example | 20 | No."
"""


def test_line_and_field_in_toml():
    assert faults(TOML, "toml") == [
        "line 24: problem 2: difficulty: 'B-A' is not a letter A-D or a rising range such as B-C",
        "line 25: problem 2: coding: 'some' is none of low, medium, high",
        "line 42: problem 2: known_work.2.url: 'example' is not well formed",
        "line 43: problem 2: known_work.2.year: is not a whole number",
    ]


def test_line_and_field_of_a_starter():
    text = "\n".join(
        line for line in TOML.splitlines()[:-6] if line[:6] not in ("diffic", "coding")
    )
    assert faults(text, "toml") == [
        "line 30: problem 2: starter.parameters.operation: 'most' is none of max, min"
    ]


def test_line_and_field_in_json():
    assert faults(JSON, "json") == [
        "line 6: problem 2: difficulty: 'B-A' is not a letter A-D or a rising range such as B-C",
        "line 10: problem 2: known_work.2.url: 'example' is not well formed",
        "line 10: problem 2: known_work.2.year: is not a whole number",
    ]


def test_a_json_list_without_more():
    assert faults('[{"id": "1", "title": "One", "summary": "One."},\n{"id": "2"}]') == [
        "line 2: problem 2: summary: is missing",
        "line 2: problem 2: title: is missing",
    ]


def test_line_and_field_in_csv():
    assert faults(CSV, "csv") == [
        "line 6: problem 2: difficulty: 'B-A' is not a letter A-D or a rising range such as B-C",
        "line 6: problem 2: known_work.2.url: 'example' is not well formed",
        "line 6: problem 2: known_work.2.year: is not a whole number",
    ]


def test_cells_of_csv():
    text = CSV.replace("B-A", "B").replace("Bad | example | 20", "Bad | https://a.example | 2021")
    one, two = own.read(text.encode(), "csv", otherwise="mine").problems
    assert one.summary == "One\nof two lines"
    assert one.first_steps == ("Do this", "and then; that")
    assert two.first_steps == ("do this", "do that")
    assert [work.year for work in two.known_work] == [2020, 2021]


def test_readings_in_a_cell():
    cell = (
        "glossary | what a name mover is\n"
        "A | https://a.example | 2021 | one | two\nB | https://b.example | three"
    )
    text = f'id,title,summary,readings\n1,One,Uno,"{cell}"\n'
    (one,) = own.read(text.encode(), "csv", otherwise="mine").problems
    assert [(r.title, r.url, r.why, r.year) for r in one.readings] == [
        (
            "Mechanistic interpretability explainer and glossary",
            "https://neelnanda.io/glossary",
            "what a name mover is",
            None,
        ),
        ("A", "https://a.example", "one | two", 2021),
        ("B", "https://b.example", "three", None),
    ]


def test_what_is_not_there_in_a_list():
    text = 'id,title,summary,see_also,readings\n1,One,Uno,2;3,"io | w"\n2,Two,Duo,,\n'
    assert faults(text, "csv") == [
        "line 2: problem 1: readings.1.resource: there is no 'io' (did you mean ioi?)"
    ]
    assert faults(text.replace("io |", "ioi |"), "csv") == [
        "line 2: problem 1: see_also: there is no '3'"
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_what_spreadsheets_write(delimiter, newline, start):
    rows = [("id", "title", "summary", "starred"), ("1", "One", "Some text", "TRUE")]
    text = start + "".join(delimiter.join(row) + newline for row in rows)
    (problem,) = own.read(text.encode(), otherwise="mine").problems
    assert (problem.id, problem.title, problem.summary, problem.starred) == (
        *("1", "One", "Some text"),
        True,
    )


def test_the_examples_say_the_same_in_each_format():
    toml, csv, table = (
        own.read(sources.example(kind).encode(), kind, name="my-list") for kind in readers.FORMATS
    )
    assert toml == table
    assert toml.problems == csv.problems
    assert toml.problems[0].starter.parameters == {"operation": "min"}


@pytest.mark.parametrize("kind", readers.FORMATS)
def test_the_format_is_guessed(kind):
    content = sources.example(kind).encode()
    assert own.read(content, "", name="my-list") == own.read(content, kind, name="my-list")


def test_a_file_of_the_bundled_list_is_a_list(pytestconfig):
    path = pytestconfig.rootpath / "problembrowser" / "catalogue" / "problems" / "image-models.toml"
    found = own.read(path.read_bytes(), "toml", otherwise="images")
    assert (found.name, len(found.problems), len(found.categories)) == ("images", 18, 1)


PROBLEM = '{"id": "1", "title": "T", "summary": "S"}'


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("", "toml", ["holds no problem"]),
        ("", "csv", ["id: has no column", "title: has no column", "summary: has no column"]),
        ("", "json", ["line 1: is not JSON: Expecting value"]),
        ("3", "json", ["is neither an object nor a list of objects"]),
        ("<!doctype html>", "", ["is a web page, no list; give the address of the file itself"]),
        (b"id,title\n1,\xff", "csv", ["line 2: is not UTF-8 (byte 0xff); save the file as UTF-8"]),
        ("a = 1\nb = [1", "toml", ["is not TOML: Unclosed array (at end of document)"]),
        ("d = 1999-01-01", "toml", ["line 1: d: is a date or a time; write it as text, in quotes"]),
        ('{"problem": {}}', "json", ["line 1: problem: is not a list of tables ([[problem]])"]),
        ('{"problems": []}', "json", ["line 1: problems: is not a part of this format"]),
        ('{"problem": [3]}', "json", "missing"),
        (f'{{"problem": [{PROBLEM}, {PROBLEM}]}}', "json", ["line 1: problem 1: id: occurs more"]),
        ("id,title,summary\n1,a,b,c", "csv", ["line 2: has 4 cells, the first row has 3"]),
        ('id,title,summary\n1,"a', "csv", ["line 2: is not CSV: unexpected end of data"]),
        (  # found by fuzzing
            "id,title,summary,starter.recipe,starter.parameters\n1,T,S,train-mlp," + "x" * 2000,
            "csv",
            ["line 2: problem 1: starter.parameters.xxxxxxxxxxx"],
        ),
        ("id,title,summary,sumary", "csv", ["sumary: is not a field of a problem"]),
        ("id,title,summary,id", "csv", ["line 1: id: has more than one column"]),
        ('[{"id": NaN}]', "json", ["holds a value that cannot be read: NaN is not a number"]),
        ('[{"id": 1e999}]', "json", ["line 1: id: is not a finite number"]),
        ("[" + "9" * 5000 + "]", "json", ["holds a value that cannot be read: Exceeds the limit"]),
        ("[0x" + "f" * 5000 + "]", "toml", "line 1"),
        ("a = 0x" + "f" * 5000, "toml", ["line 1: a: is too large a number"]),
        ('{"category": 3, "problem": []}', "json", "line 1: category: is neither a table nor a"),
        (
            json.dumps(
                {"category": [{**ONE_OF_MANY, "slug": f"c{n}"} for n in range(101)], "problem": []}
            ),
            "json",
            ["line 1: category: there are 101, 100 at most"],
        ),
        ('[{"id": 1, "id": 2}]', "json", ["has the key 'id' twice in one object"]),
        ('{"list": {}, "list": {}}', "json", ["has the key 'list' twice in one object"]),
        *(
            (
                json.dumps([{**ONE, "known_work": [{**WORK, "year": year}]}]),
                "json",
                [f"line 1: problem 1: known_work.1.year: {year} is not a year from 1800 to 2100"],
            )
            for year in (-99999999999, 0, 2101)
        ),
        (
            json.dumps([{**ONE, "models": ["gpt2"] * 101}]),
            "json",
            ["line 1: problem 1: models: has 101 items, 100 at most"],
        ),
        (
            json.dumps([{**ONE, "starter": {"recipe": "train-mlp", "parts": [r"\\host\x"]}}]),
            "json",
            ["line 1: problem 1: starter.parts: '"],
        ),
        ('[{"title": "\\u0000"}]', "json", ["line 1: title: holds the control character U+0000"]),
        ('[{"title": "\\ud800"}]', "json", ["line 1: title: holds the control character U+D800"]),
        ('[{"title": "\\u202e"}]', "json", ["line 1: title: holds the control character U+202E"]),
        ('[{"url": "\\u001b[31m"}]', "json", ["line 1: url: holds the control character U+001B"]),
        ('[[problem]]\nid="\\u009b"', "toml", ["line 2: id: holds the control character U+009B"]),
        (
            "id,title,summary\n1,\x07,x",
            "csv",
            ["line 2: title: holds the control character U+0007"],
        ),
    ],
)
def test_what_is_wrong(text, kind, expected):
    found = faults(text, kind)
    assert all(len(fault) < 300 for fault in found)
    if isinstance(expected, str):
        assert expected in found[0]
    else:
        assert len(found) == len(expected)
        assert all(want in fault for want, fault in zip(expected, found, strict=True))


def test_categories():
    text = """
[[category]]
slug = "new-one"
title = "New"
[[category]]
slug = "7"
title = "A number"
[[problem]]
id = "1"
title = "T"
summary = "S"
category = "superpositon"
[[problem]]
id = "2"
title = "T"
summary = "S"
[[problem]]
id = "3"
title = "T"
summary = "S"
category = "new-one"
"""
    wrong = [
        "line 6: category 7: slug: '7' is a number; -c would take it for another category",
        "line 12: problem 1: category: there is no 'superpositon' (did you mean superposition?)",
    ]
    assert faults(text) == wrong
    two = text.replace('"7"', '"another-one"').replace("superpositon", "superposition")
    assert faults(two) == ["line 13: problem 2: category: is missing"]


def test_a_list_without_categories_gets_those_that_it_uses():
    data = [
        {"id": "1", "title": "T", "summary": "S", "category": "our-own"},
        {"id": "2", "title": "T", "summary": "S"},
        {"id": "3", "title": "T", "summary": "S", "category": "superposition"},
    ]
    found = own.read(json.dumps(data).encode(), otherwise="mine")
    assert [category.title for category in found.categories] == ["Our own", "Mine"]
    assert [problem.category for problem in found.problems] == ["our-own", "mine", "superposition"]


@pytest.mark.parametrize(
    "name", ["", "Mine", "my list", "../x", "/etc", "con", "nul", "com1", "7", "a" * 31, "é", "a/b"]
)
def test_names(name):
    assert own.fault_of_name(name)


def test_a_copy_is_the_list():
    for kind in readers.FORMATS:
        found = own.read(sources.example(kind).encode(), kind, otherwise="mine")
        assert own.from_copy(own.copy_of(found)) == found


def test_changes():
    text = sources.example("json")
    before = own.read(text.encode())
    data = json.loads(text)
    data["problem"][0]["title"] = "Another"
    data["problem"][1]["id"] = "3"
    assert merge.changes(before, own.read(json.dumps(data).encode())) == {
        "new": ["3"],
        "gone": ["2"],
        "changed": ["1"],
    }


def test_no_input_breaks_a_reader():
    """A slice of what `python tests/fuzz_lists.py 100000` tries."""
    outcomes = fuzz_lists.fuzz(1000)
    assert min(outcomes["list"], outcomes["faults"]) > 100


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.sampled_from(readers.FIELDS), JSON_VALUES), JSON_VALUES)
def test_no_value_breaks_a_reader(problem, other):
    data = {"problem": [{"id": "1", "title": "T", "summary": "S"} | problem, other]}
    assert fuzz_lists.outcome("json", json.dumps(data).encode()) in ("list", "faults")
