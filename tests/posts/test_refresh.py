"""`refresh` from a mirror on loopback to what `list` and `show` then say, and all that can fail."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from urllib.parse import urlsplit

import mirror
import pytest
from mirror import LAYOUTS, invented, page, reply

from problembrowser.catalogue import bundled
from problembrowser.catalogue.problem import Post
from problembrowser.errors import FetchError
from problembrowser.posts import learned, refresh
from problembrowser.posts.learned import Change
from problembrowser.posts.parse import Found

BUNDLED = bundled.load()
POSTS = refresh.posts_of(BUNDLED)
SAID = invented(problem.id for problem in BUNDLED.problems)
NUMBERS = {category.slug: category.number for category in POSTS}


@pytest.fixture
def site():
    with mirror.serving() as serving:
        serving.post(BUNDLED, SAID)
        yield serving


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("PROBLEMBROWSER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def problembrowser(*arguments, **options):
    command = [sys.executable, "-m", "problembrowser", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=300, **options)


def read(site, known=None):
    """What is read of each post: its problems, or the message of the fault."""
    results = refresh.from_web(BUNDLED, known or {}, [site.url], seconds=20)
    return {category.slug: result for category, result in results}


def found(readings):
    return {
        Found(
            *(one.id, one.difficulty, one.starred, one.post.statement),
            *(one.post.hints, one.post.links, one.post.section),
        )
        for reading in readings.values()
        for one in reading.problems
    }


def path_of(number):
    return next(urlsplit(each.url).path for each in POSTS if each.number == number)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_all_nine_posts_are_read_exactly_in_every_layout(site, layout):
    site.post(BUNDLED, SAID, layout)
    assert found(read(site)) == set(SAID)


def test_refresh_then_list_and_show(site, cache):
    bundled = json.loads(problembrowser("list", "--json").stdout)
    assert {one["rated_by"] for one in bundled} == {"post", "tracker", "estimate"}
    done = problembrowser("refresh", "--base-url", site.url)
    assert (done.returncode, done.stdout) == (0, "")
    assert f"3 algorithmic-problems: 33 problems from {site.host}\n" in done.stderr

    listed = problembrowser("list", "-d", "A").stdout
    assert "~" not in listed
    expected = [one.id for one in SAID if one.difficulty in ("A", "A-B")]
    assert sorted(line.split()[0] for line in listed.splitlines()) == sorted(expected)
    for one in json.loads(problembrowser("list", "--json").stdout):
        said = next(each for each in SAID if each.id == one["id"])
        assert (one["difficulty"], one["starred"], one["rated_by"]) == (
            *(said.difficulty, said.starred),
            "post",
        )
    shown = problembrowser("show", SAID[4].id).stdout
    today = learned.load()["toy-language-models"].read
    assert (
        f"""The post says
  Why do the herons of {SAID[4].id} “wait” near a weir, and for whom?
  - Count the herons on pond 4 first.
    - And their eggs & nests, if fewer than 4 < 400.
  - C* An extension: the storks of {SAID[4].id}.
  - A good start is a map.
  Read on {today} from
"""
        in shown
    )

    again = problembrowser("refresh", "--base-url", site.url, "--diff")
    assert again.stderr.endswith("Nothing changed.\n")
    assert problembrowser("refresh", "--reset").stderr == "Back to the bundled list.\n"
    assert json.loads(problembrowser("list", "--json").stdout) == bundled


def test_what_did_not_change_is_not_sent_again_and_stays(site):
    once = read(site)
    assert read(site, once) == once
    asked = [headers.get("If-None-Match") for _, headers in site.asked]
    assert asked[:9] == [None] * 9
    assert None not in asked[9:]
    other = {slug: replace(each, by="0.0.0") for slug, each in once.items()}
    assert read(site, other) == once
    assert [headers.get("If-None-Match") for _, headers in site.asked[18:]] == [None] * 9


def test_diff_names_ratings_wording_new_and_vanished_problems(site, cache):
    first = read(site)
    before = learned.apply(BUNDLED, first)
    changed = [one for one in SAID if one.id.startswith("7.")]
    changed[0] = replace(changed[0], difficulty="D", starred=not changed[0].starred)
    changed[1] = replace(changed[1], statement="Why not?")
    del changed[2]
    changed.append(replace(changed[3], id="7.19", difficulty="A", statement="And the owls?"))
    site.pages[path_of(7)] = page(changed).encode()
    second = read(site, first)
    after = learned.apply(BUNDLED, second)
    old = next(one for one in SAID if one.id == "7.2")
    gone = next(one for one in SAID if one.id == "7.3")
    assert list(learned.changes(before, after, second)) == [
        Change(
            "7.1", "rating", f"{rating(before, '7.1')} (post)", f"{rating(after, '7.1')} (post)"
        ),
        Change("7.2", "wording", old.statement, "Why not?"),
        Change("7.19", "new", "", f"{rating(after, '7.19')} And the owls?"),
        Change("7.3", "vanished", gone.statement, ""),
    ]
    assert not list(learned.changes(after, learned.apply(BUNDLED, read(site, second)), second))
    new = next(problem for problem in after.problems if problem.id == "7.19")
    assert (new.title, new.category, new.rated_by) == ("And the owls?", "image-models", "post")


def rating(state, problem_id):
    return next(problem.rating for problem in state.problems if problem.id == problem_id)


def test_pages_saved_with_a_browser(cache, tmp_path):
    own = [one for one in SAID if one.id.startswith("9.")]
    saved = tmp_path / "200 COP – nine.html"
    saved.write_text(page(own, "application"), encoding="utf-8")
    other = tmp_path / "eight.html"
    other.write_text(page([one for one in SAID if one.id.startswith("8.")]), encoding="utf-8")
    done = problembrowser("refresh", "--from", saved, other)
    assert done.returncode == 0
    assert found(learned.load()) == {one for one in SAID if one.id[0] in "89"}
    none = tmp_path / "none.html"
    none.write_bytes(b"\xff\xfe\x00<p>nothing")
    for path, message in (
        (none, f"Error: {none} holds no problem of these posts.\n"),
        (tmp_path, f"Error: {tmp_path} cannot be read: Is a directory.\n"),
        (tmp_path / "no", f"Error: {tmp_path / 'no'} cannot be read: No such file or directory.\n"),
    ):
        done = problembrowser("refresh", "--from", path)
        assert (done.returncode, done.stderr.splitlines(keepends=True)[0]) == (1, message)


def test_a_page_without_problems_says_where_the_post_is(tmp_path):
    post = next(each for each in POSTS if each.number == 9)
    for head, hint in (
        (
            f'<link rel="canonical" href="{post.url}">',
            f"Open {post.url} in a browser, and save that page.",
        ),
        ("", f"Open a post in a browser and save that page, for instance {POSTS[0].url}"),
    ):
        (tmp_path / "saved.html").write_text(f"<html><head>{head}</head><body>Sign in.")
        with pytest.raises(FetchError) as caught:
            list(refresh.from_files([tmp_path / "saved.html"], BUNDLED))
        assert caught.value.hint == hint


def test_a_slow_server_leaves_nobody_in_the_dark(site, cache):
    answers = threading.Event()
    for category in POSTS:
        site.answers[urlsplit(category.url).path] = lambda handler: answers.wait(60)
    process = subprocess.Popen(
        [sys.executable, "-m", "problembrowser", "refresh", "--base-url", site.url],
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stderr.readline() == "Reading the posts from 127.0.0.1 ...\n"
    assert not answers.is_set()
    process.kill()
    process.communicate()
    answers.set()


NINE = [one for one in SAID if one.id.startswith("9.")]
FIRST = NINE[0].statement
EIGHT = "".join(f"<p>C 8.{n} - x</p>" for n in range(100))
SPAM = {
    "words that look like a number": "<p>A 9.95 second delay is normal.</p>",
    "a number": "<p>C 9.99 is not a problem, I think.</p>",
    "the next number": "<p>C 9.63 is missing here.</p>",
    "a problem in its words": f"<p>D* 9.1 - {FIRST} SOLVED, see https://evil.example</p>"
    f"<p>D* 9.62 - {NINE[61].statement} SOLVED</p><p>C 9.99 x</p><p>C 9.63 x</p>",
    "the same in a list": f"<ul><li>D* 9.1 - {FIRST} SOLVED</li><li>C 9.99 x</li></ul>",
    "a copy of the list": "".join(f"<p>D* 9.{n} - {FIRST} {n} SOLVED</p>" for n in range(1, 63)),
    "many of another post": f"<p>C 9.99 x</p>{EIGHT}",
}


@pytest.mark.parametrize("spam", SPAM.values(), ids=SPAM)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_others_write_below_or_above_a_post_is_no_part_of_it(tmp_path, layout, spam):
    whole = page(NINE, layout).replace("<h2>Comments</h2>", "")
    below = whole.replace("</body>", f"{spam}</body>")
    ahead = spam.removesuffix(EIGHT).partition("<p>D* 9.2 ")[0]  # all of it would be the list
    above = whole.replace("<h1>", f"{ahead}<h1>", 1)
    for content in (below, above):
        (tmp_path / "saved.html").write_text(content, encoding="utf-8")
        ((category, reading),) = refresh.from_files([tmp_path / "saved.html"], BUNDLED)
        assert category.number == 9
        assert found({"": reading}) == set(NINE)


@pytest.mark.parametrize("layout", ["lists", "paragraphs", "definitions", "application"])
def test_comments_that_look_like_the_list_stand_in_boxes_of_their_own(site, layout):
    forged = [replace(one, statement=f"{one.statement} SOLVED", hints=()) for one in NINE]
    forged += [replace(NINE[0], id=f"9.{n}") for n in range(63, 67)]
    head, _, comments = page(NINE, layout).partition("<h2>Comments</h2>")
    other = page(forged, layout).partition("</nav>")[2].partition("<h2>")[0]
    head = head.replace("</nav>", "</nav><div><article>")
    content = f"{head}</article><div>{other}</div>{comments}"
    site.pages[path_of(9)] = content.encode()
    assert found({"": read(site)["learned-features"]}) == set(NINE)


def test_a_saved_page_is_the_post_that_it_names_itself(tmp_path):
    url = next(each.url for each in POSTS if each.number == 9)
    content = page(NINE).replace("<nav>", f"{EIGHT}<nav>")
    content = content.replace("</head>", f'<link rel="canonical" href="{url}"></head>')
    (tmp_path / "saved.html").write_text(content, encoding="utf-8")
    ((category, reading),) = refresh.from_files([tmp_path / "saved.html"], BUNDLED)
    assert category.number == 9
    assert found({"": reading}) == set(NINE)


def test_below_a_heading_that_says_comments_nothing_counts(tmp_path):
    head, _, tail = page(NINE).partition("<h2>Comments</h2>")
    for words in ("Comments", "12 comments", "3 Comments, sorted by top scoring"):
        forged = f"<h2>{words}</h2><ul><li><p><b>A 9.63</b> - x</p></li></ul>"
        (tmp_path / "saved.html").write_text(head + forged + tail, encoding="utf-8")
        ((_, reading),) = refresh.from_files([tmp_path / "saved.html"], BUNDLED)
        assert found({"": reading}) == set(NINE)


def test_a_page_with_many_new_problems_is_not_believed_and_the_honest_one_is_again(site):
    new = [replace(NINE[0], id=f"9.{n}", statement=f"Spam {n}?") for n in range(63, 79)]
    site.pages[path_of(9)] = page([*NINE, *new]).encode()
    result = read(site)["learned-features"]
    assert result.message == (
        f"{site.url}{path_of(9)} shows 16 problems that are new; it is not believed."
    )
    site.pages[path_of(9)] = page([*NINE, *new[:6]]).encode()
    known = read(site)
    ids = {one.id for one in known["learned-features"].problems}
    assert ids == {one.id for one in [*NINE, *new[:6]]}
    site.pages[path_of(9)] = page(NINE[:50]).encode()
    again = read(site, known)
    assert found({"": again["learned-features"]}) == set(NINE[:50])


def test_a_page_with_far_fewer_problems_is_not_believed(site):
    known = read(site)
    site.pages[path_of(5)] = page([one for one in SAID if one.id.startswith("5.")][:20]).encode()
    result = read(site, known)["training-dynamics"]
    assert result.message == f"{site.url}{path_of(5)} shows 20 of 37 problems; it is not believed."


def test_the_next_mirror_is_tried_and_one_bad_post_does_not_hold_up_the_others(site, cache):
    with mirror.serving() as other:
        other.pages[path_of(2)] = b"<p>Please prove that you are human"
        other.answers[path_of(3)] = lambda handler: reply(handler, 403)
        other.pages[path_of(1)] = site.pages[path_of(1)]
        del site.pages[path_of(6)]
        results = dict(refresh.from_web(BUNDLED, {}, ["http://127.0.0.1:9", other.url, site.url]))
        urls = {each.number: getattr(result, "url", "") for each, result in results.items()}
        assert urls[1].startswith(other.url)
        assert urls[2].startswith(site.url)
        assert urls[3].startswith(site.url)
        assert urls[6] == ""
    done = problembrowser("refresh", "--base-url", site.url)
    assert done.returncode == 1
    assert f"6 techniques-tooling-automation: not read. {site.url}" in done.stderr
    assert len(learned.load()) == 8


def test_offline_the_old_state_is_used_and_one_line_says_so(cache):
    before = problembrowser("list").stdout
    done = problembrowser("refresh", "--base-url", "http://127.0.0.1:9")
    assert done.returncode == 1
    reading, error, hint = done.stderr.splitlines()
    assert reading == "Reading the posts from 127.0.0.1 ..."
    assert error.startswith("Error: No post could be read: Nobody answers at 127.0.0.1 (")
    assert hint == "Are you online? Then try again."
    assert problembrowser("list").stdout == before


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://[", "Error: 'http://[' is not an address: Invalid IPv6 URL.\n"),
        ("nowhere", "is no http or https address.\n"),
        ("http://me:secret@127.0.0.1:9", "Are you online? Then try again.\n"),
    ],
)
def test_an_address_that_is_none_is_said_and_a_password_is_not(cache, address, said):
    done = problembrowser("refresh", "--base-url", address)
    assert done.returncode == 1
    assert done.stderr.endswith(said)
    assert "secret" not in done.stderr


def one_problem(problem_id, level=1, statement="x"):
    hint = {"text": "y", "level": level, "difficulty": "", "starred": False}
    post = {"statement": statement, "hints": [hint], "links": [], "section": "", "url": "u"}
    said = {"id": problem_id, "difficulty": "A", "starred": True, "post": {**post, "read": "r"}}
    read = dict.fromkeys(("url", "read", "by", "etag", "modified"), "")
    return {**read, "problems": [said]}


# A file that is whole, and what may not stand in it.
POSTS_FILE = {"format": 1, "posts": {"superposition": one_problem("4.46", 3, "whole")}}
CHANGED = [
    ('"level": 3', '"level": Infinity'),
    ('"level": 3', '"level": NaN'),
    ('"level": 3', '"level": 1' + "0" * 400),
    ('"level": 3', '"level": 100000'),
    ('"level": 3', '"level": true'),
    ('"level": 3', '"level": "3"'),
    ('"whole"', '"\\ud800"'),
    ('"4.46"', '"4.' + "4" * 5_000 + '"'),
    ('"4.46"', '"' + "4" * 5_000 + '"'),
    ('"4.46"', '"mine:1"'),
    ('"A"', '"E"'),
    ('"u"', "7"),
]


def test_a_whole_file_is_read_and_a_number_in_two_posts_counts_once(cache):
    cache.mkdir()
    (cache / "posts.json").write_text(json.dumps(POSTS_FILE))
    assert learned.load()["superposition"].problems[0].post.statement == "whole"
    both = {slug: one_problem("4.46") for slug in ("superposition", "image-models")}
    (cache / "posts.json").write_text(json.dumps({"format": 1, "posts": both}))
    done = problembrowser("show", "4.46")
    assert (done.returncode, done.stdout.split()[0]) == (0, "4.46")


@pytest.mark.skipif(sys.platform == "win32", reason="needs Unix signals")
def test_killed_or_interrupted_in_the_middle_the_old_state_is_whole(site, cache):
    learned.save(read(site))
    old = learned.path().read_bytes()
    for category in POSTS[1:]:
        site.answers[urlsplit(category.url).path] = lambda handler: time.sleep(8)
    for number, code in ((signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)):
        asked = len(site.asked)
        process = subprocess.Popen(
            [sys.executable, "-m", "problembrowser", "refresh", "--base-url", site.url],
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        while len(site.asked) < asked + 3:
            time.sleep(0.02)
        process.send_signal(number)
        assert process.wait(5) == code
        assert "Traceback" not in process.stderr.read()
        assert learned.path().read_bytes() == old


def test_two_at_once_leave_one_whole_state(site, cache):
    command = [sys.executable, "-m", "problembrowser", "refresh", "--base-url", site.url]
    both = [subprocess.Popen(command, stderr=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait(200) for process in both] == [0, 0]
    assert found(learned.load()) == set(SAID)
    assert [path.name for path in cache.iterdir()] == ["posts.json"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such locks")
def test_nine_at_once_are_all_kept(cache, tmp_path):
    started = []
    for number in range(1, 10):
        saved = tmp_path / f"{number}.html"
        saved.write_text(page([one for one in SAID if one.group == number]), encoding="utf-8")
        command = [sys.executable, "-m", "problembrowser", "refresh", "--from", saved]
        started.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
    assert [process.wait(200) for process in started] == [0] * 9
    assert found(learned.load()) == set(SAID)
    assert [path.name for path in cache.iterdir()] == ["posts.json"]


def test_a_full_disk_is_one_line_and_the_old_state_stays(site, cache):
    learned.save(read(site))
    old = learned.path().read_bytes()

    resource = pytest.importorskip("resource", reason="needs a Unix")

    def small_files():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))

    done = problembrowser("refresh", "--base-url", site.url, preexec_fn=small_files)
    assert done.returncode == 1
    message = f"Error: What was learned cannot be kept in {cache}: File too large. The list stays"
    assert done.stderr.splitlines()[-2].startswith(message)
    assert learned.path().read_bytes() == old
    assert [path.name for path in cache.iterdir()] == ["posts.json"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"format": 2, "posts": {}}',
        b'{"format": 1, "posts": []}',
        b'{"format": 1, "posts": {"superposition": {"problems": [{}]}}}',
        b"\xff\x00",
        b"[" * 200_000,
        *(json.dumps(POSTS_FILE).replace(*changed).encode() for changed in CHANGED),
    ],
)
def test_a_damaged_file_counts_as_none(cache, content):
    cache.mkdir()
    (cache / "posts.json").write_bytes(content)
    assert learned.load() == {}


def test_what_was_saved_is_what_is_loaded_and_others_stay(site, cache):
    readings = read(site)
    one, *rest = readings
    learned.save({one: readings[one]})
    learned.save({slug: readings[slug] for slug in rest})
    assert learned.load() == readings


def test_without_a_rating_the_bundled_one_stays():
    problem = next(each for each in BUNDLED.problems if each.rated_by == "tracker")
    post = Post("Why?", (), (), "", "https://example.org", "2026-11-22")
    reading = learned.Reading("", "", "", "", "", (learned.Learned(problem.id, "", False, post),))
    after = learned.apply(BUNDLED, {problem.category: reading})
    assert replace(problem, post=post) in after.problems


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("ALL_PROXY", "socks5://127.0.0.1:9", "Using SOCKS proxy, but the 'socksio' package is"),
        ("HTTPS_PROXY", "odd://127.0.0.1:9", "Unknown scheme for proxy URL"),
        ("SSL_CERT_FILE", "/no/such/file", "No such file or directory"),
    ],
)
def test_a_machine_with_a_proxy_that_cannot_be_used(cache, name, value, why):
    done = problembrowser("refresh", env={**os.environ, name: value})
    said = "The proxy or the certificates that this machine names cannot be used: "
    assert (done.returncode, done.stdout) == (1, "")
    reading, error, hint = done.stderr.splitlines()
    assert reading == "Reading the posts ..."
    assert error.startswith(f"Error: No post could be read: {said}{why}")
    assert hint == (
        "Look at ALL_PROXY, HTTPS_PROXY, HTTP_PROXY (http://..., not socks), SSL_CERT_FILE."
    )


@pytest.mark.parametrize("seconds", ["nan", "inf", "-inf", "0", "1e400"])
def test_a_timeout_that_is_no_number_of_seconds(cache, seconds):
    done = problembrowser("refresh", "--timeout", seconds)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1].startswith("Error: Invalid value for '--timeout': ")


@pytest.mark.skipif(sys.platform != "linux", reason="needs pipes and names that are no text")
def test_saved_pages_with_any_name_and_what_is_no_page(cache, tmp_path):
    saved = tmp_path / os.fsdecode(b"nine \xe9.html")
    saved.write_text(page(NINE), encoding="utf-8")
    done = problembrowser("refresh", "--from", saved)
    assert (done.returncode, done.stdout) == (0, "")
    assert found(learned.load()) == set(NINE)
    assert learned.load()["learned-features"].url == f"{tmp_path}/nine \ufffd.html"
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero"):
        done = problembrowser("refresh", "--from", path)
        said = f"Error: {path} cannot be read: It is a pipe or a device, not a file.\n"
        assert (done.returncode, done.stderr) == (1, said)
    with (tmp_path / "large").open("wb") as file:
        file.truncate(10**12)
    done = problembrowser("refresh", "--from", tmp_path / "large")
    said = f"Error: {tmp_path / 'large'} cannot be read: It is larger than 8,192 KiB.\n"
    assert (done.returncode, done.stderr) == (1, said)


def test_files_without_from_are_a_wrong_usage(cache):
    done = problembrowser("refresh", "a.html")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Error: Files follow --from: problembrowser refresh --from FILE..." in done.stderr


def test_a_cache_that_cannot_be_written(site, tmp_path):
    (tmp_path / "file").write_text("")
    environment = {**os.environ, "PROBLEMBROWSER_CACHE": str(tmp_path / "file")}
    done = problembrowser("refresh", "--base-url", site.url, env=environment)
    assert done.returncode == 1
    assert "Error: What was learned cannot be kept in" in done.stderr
