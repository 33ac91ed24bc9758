"""Lists as somebody uses them: added, brought up to date, removed, and every fault on the way."""

import gzip
import json
import os
import resource
import shlex
import signal
import ssl
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from problembrowser import cache
from problembrowser.catalogue import tables
from problembrowser.errors import FetchError, InvalidList, NotFound, SourceError
from problembrowser.index import index
from problembrowser.index.index import Filter
from problembrowser.lists import sources


@pytest.fixture
def run(tmp_path):
    """Runs a command with a cache of its own, as (stdout, stderr, exit code)."""

    def run(*arguments, memory=0, **environment):
        def limit():
            if memory:
                resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

        done = subprocess.run(
            [sys.executable, "-m", "problembrowser", *arguments],
            cwd=tmp_path,
            env=os.environ | {"PROBLEMBROWSER_CACHE": str(tmp_path / "cache")} | environment,
            capture_output=True,
            encoding="utf-8",
            preexec_fn=limit,
            timeout=120,
        )
        return done.stdout, done.stderr, done.returncode

    return run


@pytest.fixture(autouse=True)
def _fresh_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("PROBLEMBROWSER_CACHE", str(tmp_path / "cache"))


def problem(number, **more):
    return {"id": str(number), "title": f"Title {number}", "summary": "A text.", **more}


def write(path, *problems, **facts):
    path.write_text(json.dumps({"list": facts, "problem": list(problems)}))
    return str(path)


def test_a_list_from_the_first_word_to_the_last(run, tmp_path):
    example, _, _ = run("source", "example")
    (tmp_path / "my-list.toml").write_text(example)
    assert run("source", "check", "my-list.toml") == (
        "",
        "No faults in 2 problems of the list my-list.\n1 problem without a starter.\n",
        0,
    )
    assert run("source", "add", "my-list.toml") == (
        "my-list\n",
        f"Problems for our hackathon: 2 problems from {tmp_path}/my-list.toml\n"
        "See them: problembrowser list --source my-list\n"
        "After a change of the original: problembrowser source add my-list.toml\n",
        0,
    )
    out, err, code = run("list", "--source", "my-list")
    assert code == 0
    assert [line.split()[:2] for line in out.splitlines()] == [
        ["my-list:1", "A"],
        ["my-list:2", "?"],
    ]
    assert (
        err == "2 problems, 1 with a starter (--starter). Read one: problembrowser show my-list:1\n"
    )
    assert run("search", "smaller", "of", "two")[0].startswith("my-list:1 ")
    assert run("show", "my-list:2")[0].startswith("my-list:2  Does our model know when a sentence")
    assert run("list", "-c", "our-models")[0].startswith("my-list:2 ")
    assert run("categories")[0].splitlines()[-1].split()[:5] == ["10", "1", "0", "0", "our-models"]
    assert run("guide", "our-models")[0].startswith("10  Models of our own\n")
    out, _, code = run("new", "my-list:1", "--no-git")
    assert (out, code) == (f"{tmp_path}/my-list-1-max-of-two\n", 0)
    assert json.loads((Path(out.strip()) / ".problem.json").read_text())["problem"] == "my-list:1"
    assert run("notebook", "my-list:1")[0] == f"{tmp_path}/my-list-1-max-of-two.ipynb\n"

    added = json.loads(run("source", "list", "--json")[0])
    assert [(each["name"], each["problems"]) for each in added] == [("my-list", 2)]
    assert run("source", "list")[0].startswith("my-list  2  ")
    assert run("source", "remove", "my-list") == ("", "Removed my-list.\n", 0)
    assert run("show", "my-list:1")[2] == 1
    assert run("source", "list") == (
        "",
        "Comes along: problembrowser source add open-problems-2025\n",
        0,
    )


def test_adding_again_says_what_changed(run, tmp_path):
    path = tmp_path / "mine.json"
    write(path, problem(1), problem(2), problem(3))
    run("source", "add", "mine.json")
    assert "Since you added it last: nothing changed.\n" in run("source", "add", "mine.json")[1]
    write(path, problem(1), problem(2, difficulty="A"), *map(problem, range(4, 11)))
    said = "Since you added it last: 7 new (4, 5, 6, 7, 8, …), 1 gone (3), 1 changed (2).\n"
    assert said in run("source", "add", "mine.json")[1]
    assert run("list", "-d", "A", "--source", "mine")[0].startswith("mine:2 ")


def test_the_list_that_comes_along():
    assert sources.bundled() == ["open-problems-2025"]
    found = sources.add("open-problems-2025").found
    assert (len(found.problems), len(found.categories)) == (20, 8)
    assert all(each.difficulty and each.rated_by == "estimate" for each in found.problems)
    assert all(each.first_steps and each.pitfalls and each.known_work for each in found.problems)
    known = index.connect()
    rows = known.find(Filter(source="open-problems-2025"), sort="id")
    assert rows[0].id == "open-problems-2025:1.1"
    assert known.about(rows[0].id)["title"] == found.title
    assert known.about("3.5")["title"] == known.about()["title"] != found.title


def test_twins_in_a_list_are_found_under_its_name(tmp_path):
    write(tmp_path / "b.json", problem(1, see_also=["2"]), problem(2))
    sources.add(str(tmp_path / "b.json"))
    assert index.connect().get("b:1").see_also == ("b:2",)


def test_lists_join_the_bundled_one(tmp_path):
    bundled = index.connect()
    write(tmp_path / "b.json", problem(10, category="superposition"), problem(9, category="zebra"))
    write(tmp_path / "a.json", problem("A", category="zebra"), problem("x.1", category="ape"))
    sources.add(str(tmp_path / "b.json"))
    sources.add(str(tmp_path / "a.json"))
    known = index.connect()
    assert [row.id for row in known.find(sort="id")][-4:] == ["a:A", "a:x.1", "b:9", "b:10"]
    assert [(each.number, each.slug) for each in known.categories()] == [
        *((each.number, each.slug) for each in bundled.categories()),
        (10, "zebra"),
        (11, "ape"),
    ]
    assert known.tallies()["superposition"][0] == bundled.tallies()["superposition"][0] + 1
    assert [row.id for row in known.find(Filter(categories=("zebra",)), sort="id")] == [
        "a:A",
        "b:9",
    ]
    assert known.get("A:a").title == "Title A"
    assert known.get("3.5") == bundled.get("3.5")


def test_a_list_that_was_not_added():
    with pytest.raises(NotFound) as caught:
        index.connect().find(Filter(source="mine"))
    assert caught.value.message == "No list 'mine' was added."
    assert caught.value.hint == "Type: problembrowser source add mine"


def test_two_lists_of_one_name(tmp_path):
    first = write(tmp_path / "first.json", problem(1), name="mine")
    second = write(tmp_path / "second.json", problem(2), name="mine")
    sources.add(first)
    with pytest.raises(SourceError) as caught:
        sources.add(second)
    assert caught.value.message == f"There is a list mine already, from {first}."
    assert sources.add(second, "mine").changes == {"new": ["2"], "gone": ["1"], "changed": []}
    assert sources.add(first, "yours").changes is None
    assert [one.name for one in sources.stored().lists] == ["mine", "yours"]


def test_a_damaged_copy_is_left_out_and_named(run, tmp_path):
    write(tmp_path / "mine.json", problem(1))
    write(tmp_path / "yours.json", problem(1))
    run("source", "add", "mine.json")
    run("source", "add", "yours.json")
    copy = Path(cache.lists_directory()) / "mine.json"
    for damaged in (b"", b"{", b"\xff", b"[]", b'{"list": 3}', copy.read_bytes()[:-40]):
        copy.write_bytes(damaged)
        assert sources.stored().damaged == ("mine",)
    out, err, code = run("list", "--source", "yours")
    assert (out.split()[0], code) == ("yours:1", 0)
    out, err, code = run("source", "list")
    assert out.split()[0] == "yours"
    assert err.startswith("mine: the copy is damaged. Add it again, or: source remove mine\n")
    assert run("source", "add", "mine.json")[2] == 0
    assert run("show", "mine:1")[2] == 0


def test_what_cannot_be_added(tmp_path):
    os.mkfifo(tmp_path / "pipe.json")
    wrong = {
        "nowhere.toml": "Cannot read nowhere.toml: No such file or directory.",
        str(tmp_path): f"Cannot read {tmp_path}: Is a directory.",
        str(tmp_path / "pipe.json"): f"Cannot read {tmp_path}/pipe.json: It is a pipe or a device, "
        "not a file.",
        "/dev/zero": "Cannot read /dev/zero: It is a pipe or a device, not a file.",
        "file:///etc/passwd": "A list cannot be read from file:, only from http and https.",
        "ftp://example.org/a.csv": "A list cannot be read from ftp:, only from http and https.",
        "a\0b": "Cannot read a\0b: That is no name of a file.",
    }
    for where, message in wrong.items():
        with pytest.raises(SourceError) as caught:
            sources.add(where)
        assert caught.value.message == message
    for name in ("../mine", "CON", "con"):
        with pytest.raises(SourceError):
            sources.add("open-problems-2025", name)
        with pytest.raises(SourceError):
            sources.remove(name)
    assert not Path(cache.directory()).exists()


def test_a_cache_that_cannot_be_written(run, tmp_path):
    (tmp_path / "file").write_text("")
    out, err, code = run("source", "add", "open-problems-2025", PROBLEMBROWSER_CACHE="file")
    assert (out, code) == ("", 1)
    assert err.startswith(
        "Error: Cannot write file/lists/open-problems-2025.json: Not a directory."
    )


def test_a_full_disk(tmp_path):
    path = write(tmp_path / "mine.json", problem(1))
    sources.add(path)
    before = (Path(cache.lists_directory()) / "mine.json").read_bytes()
    write(tmp_path / "mine.json", *map(problem, range(2000)))
    code = (
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        f"from problembrowser.cli import main\nmain(['source', 'add', {path!r}])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: Cannot write ")
    assert "File too large" in done.stderr
    (copy,) = Path(cache.lists_directory()).iterdir()
    assert copy.read_bytes() == before


def test_killed_at_any_moment(tmp_path):
    path = write(tmp_path / "mine.json", *map(problem, range(1000)))
    command = [sys.executable, "-m", "problembrowser", "source", "add", path]
    subprocess.run(command, check=True, capture_output=True)
    write(tmp_path / "mine.json", *map(problem, range(2000)))
    for n in range(8):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.1 + 0.07 * n)
        process.send_signal(signal.SIGKILL)
        process.wait()
        stored = sources.stored()
        assert not stored.damaged
        assert [len(one.problems) for one in stored.lists] in ([1000], [2000])


def test_what_a_killed_process_left_is_removed_in_an_hour(tmp_path):
    folder = Path(cache.lists_directory())
    folder.mkdir(parents=True)
    for name in (".problembrowser-mine.json-1.part", ".problembrowser-mine.json-2.part"):
        (folder / name).write_text("half of it")
    os.utime(folder / ".problembrowser-mine.json-1.part", (0, 0))
    (folder / "holiday.part").write_text("somebody's")
    os.utime(folder / "holiday.part", (0, 0))
    sources.add(write(tmp_path / "mine.json", problem(1)))
    assert {path.name for path in folder.iterdir()} == {
        *("mine.json", "holiday.part", ".problembrowser-mine.json-2.part")
    }


def test_many_at_once(tmp_path):
    path = write(tmp_path / "mine.json", *map(problem, range(300)))
    command = [sys.executable, "-m", "problembrowser", "source", "add", path]
    running = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(4)]
    assert [process.wait() for process in running] == [0] * 4
    assert [entry.name for entry in Path(cache.lists_directory()).iterdir()] == ["mine.json"]


HOUSE = json.dumps({"problem": [problem(1)]}).encode()


class Handler(BaseHTTPRequestHandler):
    """A server of lists, good and bad."""

    def do_GET(self):
        path = self.path.partition("?")[0]
        if path == "/list.json":
            self.answer(HOUSE)
        elif path == "/list":
            self.answer(b"id,title,summary\n1,One,Text\n")
        elif path == "/page.csv":
            self.answer(b"<!doctype html><p>a list")
        elif path == "/bomb.json":
            self.answer(gzip.compress(b" " * 200_000_000, 9), ("Content-Encoding", "gzip"))
        elif path == "/to":
            self.answer(b"", ("Location", self.path.partition("?")[2]), status=302)
        elif path == "/to-file":
            self.answer(b"", ("Location", "file:///etc/passwd"), status=302)
        elif path == "/to-other":
            self.answer(b"", ("Location", "http://example.invalid/list.json"), status=302)
        elif path == "/moved.json":
            self.answer(b"", ("Location", "/list.json"), status=301)
        else:
            self.answer(b"", status=404)

    def answer(self, content, *headers, status=200):
        self.send_response(status)
        for name, value in (*headers, ("Content-Length", str(len(content)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_lists_by_address(server):
    assert sources.add(f"{server}/list.json", "one").found.origin == f"{server}/list.json"
    assert sources.add(f"{server}/list?format=x").found.name == "list"
    assert sources.add(f"{server}/moved.json").found.name == "moved"
    assert [one.name for one in sources.stored().lists] == ["list", "moved", "one"]


@pytest.mark.parametrize(
    ("path", "kind", "message"),
    [
        ("/page.csv", SourceError, "is a web page, no list; give the address of the file itself"),
        ("/bomb.json", FetchError, "is larger than 4,096 KiB"),
        ("/to-file", FetchError, "redirects to file:/etc/passwd, which was not"),
        ("/to-other", FetchError, "redirects to http://example.invalid/list.json, which was not"),
        ("/none.toml", FetchError, "does not exist (404)"),
    ],
)
def test_addresses_that_hold_no_list(server, path, kind, message):
    with pytest.raises(kind, match=r"\A[^\n]*\Z") as caught:
        sources.add(server + path)
    assert message in caught.value.message
    assert not sources.stored().lists


@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    """A server of lists over https, as (its port, the certificate to trust)."""
    folder = tmp_path_factory.mktemp("secure")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    made = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext"
    command = [*shlex.split(made), "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    command += ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, str(certificate)
        server.shutdown()


@pytest.mark.parametrize("verb", ["add", "check"])
def test_a_list_that_moved_to_another_host_is_read_when_that_is_named(run, secure, verb):
    port, certificate = secure
    url = f"https://localhost:{port}/to?https://127.0.0.1:{port}/list.json"
    out, err, code = run("source", verb, url, SSL_CERT_FILE=certificate)
    command = f"problembrowser source {verb} '{url}' --allow-host 127.0.0.1:{port}"
    assert (out, code) == ("", 1)
    assert f"redirects to https://127.0.0.1:{port}/list.json, which was not asked for." in err
    assert err.endswith(f"If you trust it: {command}\n")
    out, err, code = run(*shlex.split(command)[1:], SSL_CERT_FILE=certificate)
    assert (code, "1 problem" in err) == (0, True)
    if verb == "add":
        assert out == "to\n"
        assert err.endswith(f"After a change of the original: {command}\n")


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("http://127.0.0.1:{}/list.json", "redirects to an address without encryption."),
        ("http://localhost:{}/list.json", "redirects to an address without encryption."),
        ("file:///etc/passwd", "redirects to file:/etc/passwd, which was not asked for."),
        ("https://10.0.0.1/list.json", "an address that is not public."),
    ],
)
def test_where_no_name_leads(run, secure, target, why):
    port, certificate = secure
    places = [f"127.0.0.1:{port}", f"localhost:{port}", "10.0.0.1"]
    allowed = [word for place in places for word in ("--allow-host", place)]
    url = f"https://localhost:{port}/to?{target.format(port)}"
    out, err, code = run("source", "add", url, *allowed, SSL_CERT_FILE=certificate)
    assert (out, code) == ("", 1)
    assert why in err
    assert "--allow-host" not in err


@pytest.mark.parametrize(("typed", "code"), [(b"y\n", 0), (b"n\n", 1), (b"\n", 1)])
def test_on_a_terminal_it_asks_before_it_goes_to_another_host(server, tmp_path, typed, code):
    import pty

    moved = server.replace("127.0.0.1", "localhost")
    mine, its = pty.openpty()
    os.write(mine, typed)
    command = [sys.executable, "-m", "problembrowser", "source", "add"]
    done = subprocess.run(
        [*command, f"{server}/to?{moved}/list.json"],
        stdin=its,
        stdout=subprocess.PIPE,
        stderr=its,
        timeout=120,
    )
    os.close(its)
    shown = " ".join(os.read(mine, 65536).decode().split())
    os.close(mine)
    host = moved.removeprefix("http://")
    assert f"The list has moved to {host}. Read it from there? [y/N]" in shown
    assert f"--allow-host {host}" in shown
    assert (done.stdout, done.returncode) == (b"" if code else b"to\n", code)


@contextmanager
def quick(seconds=20):
    start = time.monotonic()
    yield
    assert time.monotonic() - start < seconds


MANY = {
    "a large file": (
        "large.json",
        b'[{"title": "' + b"a" * 100_000_000 + b'"}]',
        "larger than 4,096 KiB",
    ),
    "a large title": (
        "title.json",
        b'[{"id": "1", "summary": "S", "title": "' + b"a" * 4_000_000 + b'"}]',
        "4,000,000 char",
    ),
    "a large title in CSV": (
        "title.csv",
        b"id,title,summary\n1," + b"a" * 4_000_000 + b",x",
        "line 2: is not CSV: field larger than field limit",
    ),
    "a million items": ("items.json", b"[" + b"{}," * 1_000_000 + b"{}]", "1,000,001 problems"),
    "a million rows": (
        "rows.csv",
        b"id,title,summary\n" + b"1,,\n" * 1_000_000,
        "holds more than 5,000 problems",
    ),
    "many tables": ("tables.toml", b"[[problem]]\n" * 300_000, "300,000 problems"),
    "deep JSON": ("deep.json", b"[" * 2_000_000, "is nested too deeply"),
    "deep, but whole": ("whole.json", b'[{"a":' * 400 + b"1" + b"}]" * 400, "nested too deeply"),
    "deep TOML": ("deep.toml", b"a = " + b"[" * 2_000_000, "is nested too deeply"),
    "deep TOML tables": ("deep2.toml", b"a = " + b"{a=" * 900_000, "is nested too deeply"),
    "a key of many parts": (
        "key.toml",
        b".".join([b"a"] * 1_000_000) + b" = 1",
        "line 1: has a key",
    ),
    "a header of many parts": (
        "header.toml",
        b"x = 1\n[" + b'."a b"' * 1 + b' . "a.b"' * 400_000 + b"]",
        "line 2: has a key of more than 20 parts",
    ),
    "many quotes": ("quotes.toml", b'"' * 4_000_000, "is not TOML"),
    "open quotes": ("open.toml", b'"""' + b'\\"' * 2_000_000, "is not TOML"),
    "many backslashes": ("slash.json", b'["' + b"\\" * 4_000_000, "is not JSON"),
    "many columns": ("columns.csv", b"id,title,summary" + b",x" * 1_000_000, "1,000,003 columns"),
    "many fields": (
        "fields.json",
        json.dumps([{f"k{n}": 1 for n in range(200_000)}]).encode(),
        "200,000 fields, 100 at most",
    ),
    "a large number": ("number.toml", b"a = " + b"9" * 4_000_000, "cannot be read"),
    "NUL bytes": ("nul.csv", b"id,title,summary\n" + b"\0" * 4_000_000, "line 2"),
}


@pytest.mark.parametrize("case", MANY)
def test_memory_and_time_are_bounded(run, tmp_path, case):
    name, content, message = MANY[case]
    (tmp_path / name).write_bytes(content)
    with quick():
        out, err, code = run("source", "add", name, memory=700_000_000)
    assert (out, code) == ("", 1), err
    assert message in err
    assert len(err.splitlines()) == 2
    assert len(err) < 400
    assert not (tmp_path / "cache").exists()


def test_every_fault_is_one_line(run, tmp_path):
    bad = [{"id": f"\n{n}\u202e", "title": "\x1b[2J", "sum\nmary": "\u2028"} for n in range(3000)]
    (tmp_path / "bad.json").write_text(json.dumps(bad))
    out, err, code = run("source", "check", "bad.json")
    assert (err, code) == ("", 1)
    assert len(out.splitlines()) == 100
    assert out.isascii()
    assert all(line.startswith("bad.json: line 1: ") for line in out.splitlines())


def test_the_largest_list_that_is_taken_is_fast(tmp_path):
    path = write(tmp_path / "mine.json", *map(problem, range(tables.MOST_PROBLEMS)))
    assert Path(path).stat().st_size < tables.LIMIT
    with quick(30):
        sources.add(path)
        known = index.connect()
    assert known.count(Filter(source="mine")) == tables.MOST_PROBLEMS


def test_slips_in_many_problems_cost_no_time(tmp_path):
    about = {"number": 1, "title": "T"}
    categories = [{"slug": f"superposition-and-more-of-it-{n}", **about} for n in range(100)]
    rows = [problem(n, category=f"superpositoin-and-more-of-it-{n}") for n in range(5_000)]
    data = {"category": categories, "problem": rows}
    (tmp_path / "mine.json").write_text(json.dumps(data))
    with quick(), pytest.raises(InvalidList) as caught:
        sources.check(str(tmp_path / "mine.json"))
    assert len(caught.value.faults) == 100
    assert "did you mean superposition-and-more-of-it-0?" in caught.value.faults[0]
    long = [problem(1, category="a-" * 900 + "a")]
    (tmp_path / "mine.json").write_text(json.dumps({**data, "problem": long}))
    with quick(), pytest.raises(InvalidList) as caught:
        sources.check(str(tmp_path / "mine.json"))
    assert caught.value.faults == ["line 1: problem 1: category: has 1,801 characters, 60 at most"]


def test_a_password_in_an_address_is_neither_kept_nor_printed(server, run):
    address = f"{server.replace('//', '//me:secret@')}/list.json"
    out, err, code = run("source", "add", address)
    assert (out, code) == ("list\n", 0)
    out, more, code = run("source", "list", "--json")
    assert json.loads(out)[0]["from"] == f"{server}/list.json"
    for command in ("add", "check"):
        for page in ("page.csv", "none", "bomb.json", "to-file"):
            done = run("source", command, address.replace("list.json", page))
            assert done[2] == 1
            more += "".join(done[:2])
    assert "secret" not in err + more


def test_a_list_whose_name_is_no_text(run, tmp_path):
    if sys.platform != "linux":
        pytest.skip("needs names that are no text")
    where = os.fsdecode(b"w\xe9.json")
    write(tmp_path / where, problem(1), name="mine")
    out, err, code = run("source", "add", where)
    assert (out, code) == ("mine\n", 0), err
    assert json.loads(run("source", "list", "--json")[0])[0]["from"] == f"{tmp_path}/w\ufffd.json"


def test_a_problem_without_a_recipe(run, tmp_path):
    write(
        tmp_path / "mine.json",
        problem(1, category="algorithmic-problems"),
        problem(2, category="zebra"),
    )
    run("source", "add", "mine.json")
    assert run("show", "mine:1")[1] == (
        "It names no recipe. The plainest one, to fill in: problembrowser new mine:1\n"
    )
    out, err, code = run("new", "mine:1", "--no-git")
    assert (out, code) == (f"{tmp_path}/mine-1-own-task\n", 0)
    assert err.startswith(
        "mine:1 names no recipe: this is the plainest of algorithmic-problems.\n"
        "Fill in what it is about: rule, n_symbols, length, asked_from in lab/settings.py.\n"
    )
    assert "rule='first-unique'" in (tmp_path / "mine-1-own-task/lab/settings.py").read_text()
    out, err, code = run("new", "mine:2")
    assert (out, code) == ("", 1)
    assert err == (
        "Error: mine:2 has no starter yet.\n"
        "None that has one is near. Its first steps: problembrowser show mine:2\n"
    )


def test_a_list_without_addresses_makes_no_empty_link(run, tmp_path):
    starter = {
        "recipe": "train-transformer",
        "parts": ["tasks/max-of-two", "experiments/algorithmic-problems/max-of-two"],
    }
    write(tmp_path / "mine.json", problem(1, starter=starter))
    run("source", "add", "mine.json")
    run("new", "mine:1", "--no-git")
    readme = (tmp_path / "mine-1-max-of-two" / "README.md").read_text()
    assert "Problem mine:1 of mine, Mine. Difficulty not rated.\n" in readme
