"""Text from a list is data: nothing of it is run, rendered or written outside the project."""

import ast
import json
import re
import subprocess
import sys
import tomllib

import jupytext
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from markdown_it import MarkdownIt

from problembrowser.catalogue import bundled
from problembrowser.catalogue.problem import Category, KnownWork, Problem, Reading, Starter
from problembrowser.errors import InvalidList
from problembrowser.index import index
from problembrowser.index.index import Filter
from problembrowser.lists import own, sources
from problembrowser.pages import render, terminal
from problembrowser.starters import question, scaffold
from problembrowser.text import link, markdown, plain

STARTER = Starter(
    "train-transformer", ("tasks/max-of-two", "experiments/algorithmic-problems/max-of-two")
)

HOSTILE = {
    "jinja": "{{ cycler.__init__.__globals__.os.system('touch pwned') }}",
    "jinja statement": "{% raw %}{% endraw %}{% for x in y %}{# ",
    "jinja end": "{% endraw %}{{ 7 * 191 }}",
    "python": '"""\nimport os\nos.system("touch pwned")\n"""',
    "single quotes": "'''; __import__('os').system('touch pwned'); '''",
    "backslashes": "\\\" + 'x' \\",
    "cell": "# %%\nopen('pwned', 'w')",
    "cell magic": "%%bash\ntouch pwned",
    "magic": "%run pwned.py",
    "shell": "!touch pwned",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "link": "](javascript:alert(1)) [x](javascript:alert(1))",
    "formula": '=HYPERLINK("http://a.example","x")',
    "formula 2": "@SUM(1)+cmd|' /C calc'!A0",
    "toml": '"\n[project.scripts]\nx = "os:system"\n',
    "path": "../../pwned",
    "absolute": "/tmp/pwned",
    "windows path": "..\\..\\pwned",
    "device": "CON",
    "device 2": "NUL.txt",
    "backticks": "`a``<b>```",
    "entities": "&rlm;&lrm; &lt;b&gt; &#60;img src=x&#62; &amp;lt; &amp",
}
STEERING = {
    "escape": "\x1b]0;title\x07\x1b[2J red",
    "8-bit escape": "\x9b2J",
    "bidi": "\u202egnp.exe\u2066",
    "return": "a\rb\x0bc\x0cd\x85e\u2028f\u2029g",
    "nul": "a\0b",
    "half": "a\ud800b",
    "private": "a\ue000b\u200b",
}


def entry(text):
    """A problem that says this everywhere."""
    url = "https://example.org/%7B%7Ba%7D%7D"
    return {
        "id": "1",
        "title": text[:70],
        "summary": text,
        "section": text,
        "models": [text],
        "needs": [text],
        "first_steps": [text] * 7,
        "pitfalls": [text],
        "known_work": [{"title": text, "url": url, "year": 2020, "settled": text}],
        "readings": [{"title": text, "url": url, "why": text[:160]}],
        "starter": {"recipe": STARTER.recipe, "parts": list(STARTER.parts)},
    }


def hostile(text):
    """The same as a Problem, past every check of a list."""
    work = KnownWork(text, "https://example.org", 2020, text)
    many = dict.fromkeys(("models", "needs", "pitfalls"), (text,))
    return (
        Problem(
            *("hostile:1", text, text, "own"),
            **many,
            first_steps=(text,) * 7,
            known_work=(work,),
            readings=(Reading(text, "https://example.org", text),),
            starter=STARTER,
        ),
        Category("own", 10, text, text, text, ""),
    )


@pytest.fixture(autouse=True)
def _fresh_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("PROBLEMBROWSER_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The project of a harmless problem."""
    folder = tmp_path_factory.mktemp("whole")
    return scaffold.new(*hostile("plain"), output_dir=folder, git_init=False).path


@pytest.fixture(scope="module")
def notebook(whole):
    """The cells of its notebook."""
    return json.loads(read(whole / "starter.ipynb"))["cells"]


def read(path):
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", {**HOSTILE, **STEERING}.values(), ids={**HOSTILE, **STEERING})
def test_a_project(text, tmp_path, whole):
    problem, category = hostile(text)
    made = scaffold.new(problem, category, output_dir=tmp_path / "out", git_init=False)
    assert {path.name for path in tmp_path.iterdir()} == {"out"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == {made.path.name}
    assert not list(tmp_path.rglob("*pwned*"))
    assert set(made.path.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-")

    files = {path.relative_to(made.path) for path in made.path.rglob("*")}
    assert files == {path.relative_to(whole) for path in whole.rglob("*")}

    for path in made.path.rglob("*"):
        if path.is_file():
            shown = read(path)
            assert "1337" not in re.sub("[0-9a-f]{64}", "", shown)  # what 7 * 191 would be
            assert not any(ord(c) < 32 and c != "\n" for c in shown)
            assert not any(c in shown for c in "\x7f\x85\x9b\u2028\u2029\u202e\u2066\ud800")
    for path in made.path.rglob("*.py"):
        # The code is the same whoever wrote the problem; it stands in comments alone.
        other = whole / path.relative_to(made.path)
        assert ast.dump(ast.parse(read(path))) == ast.dump(ast.parse(read(other)))
    project = tomllib.loads(read(made.path / "pyproject.toml"))
    assert set(project) == {"project", "build-system", "tool"}
    assert "scripts" not in project["project"]


@pytest.mark.parametrize("text", {**HOSTILE, **STEERING}.values(), ids={**HOSTILE, **STEERING})
def test_a_question_of_ones_own(text, tmp_path, asked):
    """The same code whatever was asked, a folder with a plain name, nothing rendered or run."""
    for long in ("", " and so on" * 10):
        made = asked_about(f"{text}{long}", tmp_path / f"out{len(long)}")
        assert set(made.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-")
        assert [*made.parent.iterdir()] == [made]
        files = {path.relative_to(made) for path in made.rglob("*")}
        assert files == {path.relative_to(asked) for path in asked.rglob("*")}
        for path in made.rglob("*"):
            if path.is_file():
                shown = read(path).partition('"files": {')[0]  # digests follow, which may hold it
                assert "1337" not in shown
                assert not any(ord(c) < 32 and c != "\n" for c in shown)
                assert not any(c in shown for c in "\x7f\x85\x9b\u2028\u2029\u202e\u2066\ud800")
            if path.suffix == ".py":
                other = asked / path.relative_to(made)
                assert ast.dump(ast.parse(read(path))) == ast.dump(ast.parse(read(other)))
        first = json.loads(read(made / "starter.ipynb"))["cells"][0]["source"]
        for token in MarkdownIt().parse("".join(first)):
            for part in [token, *(token.children or [])]:
                if part.type == "html_block":
                    assert part.content.strip() in OUR_HTML
                    continue
                assert part.type not in ("html_inline", "image", "fence")
                if part.type == "link_open":
                    assert part.attrs["href"] == "" or part.attrs["href"].startswith("https://")
    assert {path.name for path in tmp_path.iterdir()} == {"out0", "out100"}


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """The project of a harmless question."""
    return asked_about("Which head finds the median?", tmp_path_factory.mktemp("asked"))


def asked_about(text, folder):
    category = next(
        each for each in bundled.load().categories if each.slug == "algorithmic-problems"
    )
    problem = question.problem(text, category)
    return scaffold.new(problem, category, output_dir=folder, git_init=False).path


@pytest.mark.parametrize("text", {**HOSTILE, **STEERING}.values(), ids={**HOSTILE, **STEERING})
def test_a_notebook(text, notebook, tmp_path):
    path = scaffold.write_notebook(*hostile(text), output_dir=tmp_path)
    assert list(tmp_path.rglob("*")) == [path]
    cells = json.loads(read(path))["cells"]
    assert [cell["cell_type"] for cell in cells] == [cell["cell_type"] for cell in notebook]
    for cell, same in zip(cells, notebook, strict=True):
        if cell["cell_type"] == "code":
            source = "".join(cell["source"])
            if not source.startswith("%%save"):
                ast.parse(TransformerManager().transform_cell(source))
            # The report has the problem's words in it, as text that is written to a file.
            ours = source.startswith(("PROJECT = '", "%%save report.md ", "%%save pyproject.toml "))
            assert source == "".join(same["source"]) or ours


@pytest.mark.parametrize("text", {**HOSTILE, **STEERING}.values(), ids={**HOSTILE, **STEERING})
def test_the_script_as_an_editor_reads_it(text, tmp_path, whole):
    """What jupytext makes of starter.py has the same code cells as that of any other problem."""
    made = scaffold.new(*hostile(text), output_dir=tmp_path, git_init=False).path
    books = [jupytext.reads(read(each / "starter.py"), fmt="py:percent") for each in (made, whole)]
    mine, other = ([c.source for c in book.cells if c.cell_type == "code"] for book in books)
    assert mine == other


OUR_HTML = ("<details><summary>Words used here, explained</summary>", "</details>")


@pytest.mark.parametrize("text", {**HOSTILE, **STEERING}.values(), ids={**HOSTILE, **STEERING})
def test_markdown(text, tmp_path):
    """A reader of Markdown sees text and code, and no HTML, image or link that is not ours."""
    path = scaffold.write_notebook(*hostile(text), output_dir=tmp_path)
    cells = json.loads(read(path))["cells"]
    ours = ("https://example.org", "https://")
    for cell in cells:
        if cell["cell_type"] == "markdown":
            for token in MarkdownIt().parse("".join(cell["source"])):
                for part in [token, *(token.children or [])]:
                    if part.type == "html_block":
                        assert part.content.strip() in OUR_HTML
                        continue
                    assert part.type not in ("html_inline", "image", "fence")
                    if part.type == "link_open":
                        assert part.attrs["href"] == "" or part.attrs["href"].startswith(ours)


@pytest.mark.parametrize("text", [*HOSTILE.values(), "Q&A; R&D", "a & b"])
def test_markdown_shows_the_text_as_it_stands(text):
    (paragraph,) = (token for token in MarkdownIt().parse(markdown(text)) if token.children)
    shown = "".join(part.content for part in paragraph.children)
    if "`" not in text:
        assert shown == plain(text).strip()


def test_a_link_leads_to_the_address_as_it_stands():
    url = "https://example.org/?a=1&lt=2&lt;=3&copy;"
    (paragraph,) = (token for token in MarkdownIt().parse(link("x", url)) if token.children)
    assert paragraph.children[0].attrs["href"] == url


@pytest.mark.parametrize("kind", ["json", "toml", "csv"])
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_list_keeps_it_as_it_stands(text, kind, tmp_path):
    if kind == "csv":
        quoted = '"' + text.replace('"', '""') + '"'
        content = f"id,title,summary\n1,{quoted},{quoted}\n"
    elif kind == "toml":
        value = json.dumps(text)
        content = f'[[problem]]\nid = "1"\ntitle = {value}\nsummary = {value}\n'
    else:
        content = json.dumps([entry(text)])
    if len(text) > 70:
        content = content.replace(text, text[:60])
    (problem,) = own.read(content.encode(), kind, otherwise="mine").problems
    assert problem.title == text.strip()[:70].strip()
    assert problem.summary == text.strip()


@pytest.mark.parametrize("text", STEERING.values(), ids=STEERING)
def test_a_list_with_what_steers_a_terminal_is_refused_or_shown_harmless(text, tmp_path):
    content = json.dumps([{"id": "1", "title": text, "summary": text}]).encode()
    try:
        (problem,) = own.read(content, "json", otherwise="mine").problems
    except InvalidList as error:
        shown = "\n".join(map(render.clean, error.faults))
    else:
        shown = terminal.problem(problem, bundled.about(), [], 80) + "".join(
            scaffold.folder_name(problem)
        )
    shown = shown.replace("\x1b[1m", "").replace("\x1b[0m", "").replace("\n", "")
    assert shown.isprintable()


IDS = [
    "../1",
    "/etc",
    "a/b",
    "a\\b",
    "C:1",
    "a:b",
    ".",
    "..",
    "-rf",
    "a b",
    "\u202e1",
    "a" * 41,
    "é",
]


@pytest.mark.parametrize("identity", IDS)
def test_ids_that_could_be_a_path_or_an_option(identity):
    content = json.dumps([{"id": identity, "title": "T", "summary": "S"}]).encode()
    with pytest.raises(InvalidList, match="id: "):
        own.read(content, "json", otherwise="mine")


@pytest.mark.parametrize("identity", ["CON", "nul", "com1", "7.b_c-d"])
def test_device_names_as_ids_make_harmless_folders(identity, tmp_path):
    data = [entry("NUL") | {"id": identity}]
    (tmp_path / "aux.json").write_text(json.dumps(data))
    sources.add(str(tmp_path / "aux.json"), "mine")
    problem = index.connect().get(f"mine:{identity}")
    assert scaffold.folder_name(problem) == f"mine-{identity.lower().replace('_', '-')}-max-of-two"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("recipe", "../../etc"),
        ("recipe", "train-transformer/../train-mlp"),
        ("parts", ["../recipes/train-mlp"]),
        ("parts", ["/etc"]),
        ("parts", ["tasks/max-of-two/../../../recipes"]),
        ("parameters", {"operation": "__import__('os').system('touch pwned')"}),
        ("parameters", {"n_layers": [[[1]]]}),
        ("parameters", {"pwned": 1}),
        ("files", {"x.py": "import os"}),
    ],
)
def test_a_starter_names_what_there_is_and_nothing_else(field, value):
    starter = {"recipe": STARTER.recipe, "parts": list(STARTER.parts)} | {field: value}
    content = json.dumps([entry("text") | {"starter": starter}]).encode()
    with pytest.raises(InvalidList, match=f"starter.{field}"):
        own.read(content, "json", otherwise="mine")


def test_every_verb_shows_a_hostile_list_harmlessly(tmp_path):
    rows = [entry(text) | {"id": str(n)} for n, text in enumerate(HOSTILE.values())]
    (tmp_path / "mine.json").write_text(json.dumps({"problem": rows}))
    sources.add(str(tmp_path / "mine.json"))
    assert index.connect().count(Filter(source="mine")) == len(HOSTILE)

    def run(*arguments):
        command = [sys.executable, "-m", "problembrowser", *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8")
        assert done.returncode == 0, done.stderr
        assert all(line.isprintable() for line in (done.stdout + done.stderr).split("\n"))
        return done.stdout

    assert len(run("list", "--source", "mine").splitlines()) == len(HOSTILE)
    assert len(json.loads(run("list", "--source", "mine", "--json"))) == len(HOSTILE)
    run("show", *(f"mine:{n}" for n in range(len(HOSTILE))))
    run("search", "touch pwned", "--source", "mine")
    run("suggest", "--source", "mine", "-c", "mine")
    run("source", "list")
    assert not list(tmp_path.glob("*pwned*"))
