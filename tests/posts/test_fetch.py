"""Every way in which a server can misbehave, on loopback, and the line that it gets."""

import gzip
import re
import time

import mirror
import pytest
from mirror import reply

from problembrowser import __version__
from problembrowser.errors import FetchError, Redirected, Unreachable
from problembrowser.posts import fetch

CONTENT = "Grüße – 4.3".encode()


@pytest.fixture
def site():
    with mirror.serving() as serving:
        yield serving


def test_a_page_and_how_it_was_asked_for(site):
    site.pages["/p"] = CONTENT
    page = fetch.get(f"{site.url}/p")
    assert (page.url, page.text) == (f"{site.url}/p", "Grüße – 4.3")
    assert site.asked[0][1]["User-Agent"].startswith(f"problembrowser/{__version__} ")
    assert fetch.get(page.url, etag=page.etag) == fetch.NotModified(page.url)


@pytest.mark.parametrize("tag", ['"caf\xe9"', '"\x85"', "x" * 501])
def test_a_mark_of_a_page_that_cannot_be_sent_back_is_not_kept(site, tag):
    site.answers["/p"] = lambda h: reply(h, 200, CONTENT, ETag=tag, Last_Modified=tag)
    page = fetch.get(f"{site.url}/p", etag=tag, modified=tag)
    assert (page.content, page.etag, page.modified) == (CONTENT, "", "")
    assert "If-None-Match" not in site.asked[0][1]


def fault(site, answer, path="/p", **options):
    site.answers[path] = answer
    with pytest.raises(FetchError) as caught:
        fetch.get(f"{site.url}{path}", **options)
    assert "\n" not in caught.value.message
    return caught.value.message.replace(site.url, "URL")


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (404, "URL/p does not exist (404)."),
        (410, "URL/p is gone (410)."),
        (403, "URL/p is refused (403)."),
        (418, "URL/p cannot be had (418)."),
        (204, "URL/p cannot be had (204)."),
        (304, "URL/p cannot be had (304)."),
    ],
)
def test_a_status_that_waiting_does_not_change(site, status, message):
    assert fault(site, lambda h: reply(h, status)) == message
    assert len(site.asked) == 1


def test_a_server_that_recovers_is_asked_again_after_the_pause_that_it_wants(site):
    answers = [lambda h: reply(h, 429, Retry_After="1"), lambda h: reply(h, 500)]
    site.answers["/p"] = lambda h: answers.pop(0)(h) if answers else reply(h, 200, CONTENT)
    begun = time.monotonic()
    assert fetch.get(f"{site.url}/p").content == CONTENT
    assert 1.5 < time.monotonic() - begun < 20


def test_a_server_that_does_not_recover(site):
    assert fault(site, lambda h: reply(h, 503)) == "URL/p answers 503."
    assert len(site.asked) == 3


@pytest.mark.parametrize("after", ["3600", "Fri, 31 Dec 2100 23:59:59 GMT", "999999999999"])
def test_a_pause_that_is_too_long_is_not_waited_for(site, after):
    message = fault(site, lambda h: reply(h, 429, Retry_After=after))
    assert re.fullmatch(r"URL/p answers 429 and asks for a pause of [\d,]+ seconds\.", message)


@pytest.mark.parametrize("after", ["-5", "nan", "1e9", "soon", "", "inf"])
def test_a_pause_that_is_none_does_no_harm(site, after):
    assert fault(site, lambda h: reply(h, 429, Retry_After=after)).startswith("URL/p answers 429")


def test_what_never_ends_is_given_up(site):
    def drip(handler):
        handler.send_response(200)
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.1)

    def drip_headers(handler):
        for _ in range(100):
            handler.wfile.write(b"H")
            handler.wfile.flush()
            time.sleep(0.1)

    for answer in (lambda h: time.sleep(6), drip, drip_headers):
        begun = time.monotonic()
        assert fault(site, answer, seconds=1) == "URL/p is too slow."
        assert time.monotonic() - begun < 5


def test_what_breaks_off(site):
    short = {"Content_Length": "100"}
    assert fault(site, lambda h: reply(h, 200, b"x", **short)).startswith("URL/p broke off (")
    packed = gzip.compress(CONTENT * 99)[:-20]
    cut = fault(site, lambda h: reply(h, 200, packed, Content_Encoding="gzip"))
    assert cut == "URL/p broke off."
    damaged = fault(site, lambda h: reply(h, 200, b"none of it", Content_Encoding="gzip"))
    assert damaged.startswith("URL/p is damaged (")
    assert "broke off" in fault(site, lambda h: h.connection.close())
    assert "broke off" in fault(site, lambda h: h.wfile.write(b"\x00\xff not http\r\n\r\n"))


def test_a_packed_page_is_unpacked_and_a_bomb_is_not(site):
    packed = gzip.compress(CONTENT)
    site.answers["/p"] = lambda h: reply(h, 200, packed, Content_Encoding="gzip")
    assert fetch.get(f"{site.url}/p").content == CONTENT
    bomb = gzip.compress(bytes(200_000_000), 9)
    too_large = fault(site, lambda h: reply(h, 200, bomb, Content_Encoding="gzip"))
    assert too_large == "URL/p is larger than 8,192 KiB."
    for twice in ("gzip, gzip", "br", "deflate"):
        message = fault(site, lambda h, twice=twice: reply(h, 200, bomb, Content_Encoding=twice))
        assert message == f"URL/p is packed in an unknown way ({twice!r})."


def test_a_page_that_is_too_large_is_left_while_it_comes_in(site):
    content = bytes(20_000)
    assert fault(site, lambda h: reply(h, 200, content), limit=10_240) == (
        "URL/p is larger than 10 KiB."
    )
    assert len(fetch.get(f"{site.url}/p", limit=20_000).content) == 20_000


def test_a_redirect_within_the_host_and_to_one_that_is_allowed(site):
    with mirror.serving() as other:
        other.pages["/q"] = CONTENT
        site.answers["/p"] = lambda h: reply(h, 301, Location="/r")
        site.answers["/r"] = lambda h: reply(h, 307, Location=f"{other.url}/q")
        assert fetch.get(f"{site.url}/p", hosts=[other.host]).url == f"{other.url}/q"
        with pytest.raises(FetchError, match=r"redirects to http://127.*, which was not asked for"):
            fetch.get(f"{site.url}/p")
        assert len(other.asked) == 1


def test_a_redirect_to_another_host_that_the_user_names(site):
    with mirror.serving() as other:
        other.pages["/q"] = CONTENT
        moved = other.url.replace("127.0.0.1", "localhost")
        site.answers["/p"] = lambda h: reply(h, 302, Location=f"{moved}/q")
        with pytest.raises(Redirected, match="which was not asked for") as caught:
            fetch.get(f"{site.url}/p", redirects=["localhost", other.host])
        assert f"http://{caught.value.host}" == moved
        assert not other.asked
        named = caught.value.host.upper()
        assert fetch.get(f"{site.url}/p", redirects=[named]).url == f"{moved}/q"


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "192.168.1.1:8443", "169.254.169.254", "100.64.0.1", "0.0.0.0",
             "224.0.0.1", "[fe80::1]", "[fd00::1]", "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]",
             "[2002:a00:1::]"]
)  # fmt: skip
def test_a_redirect_to_an_address_that_is_not_public_is_not_followed_though_named(site, host):
    def to(handler):
        reply(handler, 302, Location=f"https://{host}/x")

    message = fault(site, to, redirects=[host])
    assert message.endswith(", an address that is not public.")


def test_a_list_from_elsewhere_leads_to_no_server_of_this_machine(site):
    # The wildcard reaches this machine and is not one of its loopback addresses.
    elsewhere = site.url.replace("127.0.0.1", "0.0.0.0")
    with mirror.serving() as other:
        moved = other.host.replace("127.0.0.1", "localhost")
        for scheme, why in (("http", "which was not asked for"), ("https", "is not public")):
            site.answers["/p"] = lambda h, s=scheme: reply(h, 302, Location=f"{s}://{moved}/q")
            with pytest.raises(FetchError, match=why) as caught:
                fetch.get(f"{elsewhere}/p", redirects=[moved])
            assert not isinstance(caught.value, Redirected)
        assert not other.asked


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://a.org/x", "http://8.8.8.8/x"])
def test_a_redirect_that_no_name_allows(site, target):
    site.answers["/p"] = lambda h: reply(h, 302, Location=target)
    with pytest.raises(FetchError, match="which was not asked for") as caught:
        fetch.get(f"{site.url}/p", redirects=["a.org", "8.8.8.8"])
    assert not isinstance(caught.value, Redirected)


@pytest.mark.parametrize("text", ["", "https://a.org", "a.org/x", "me@a.org", "a b", "a.org?x"])
def test_what_is_no_host(text):
    with pytest.raises(FetchError, match="is no host"):
        fetch.host_of(text)


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "//example.org/x", "ftp://127.0.0.1/x", "https://a.org"]
)
def test_a_redirect_to_elsewhere_is_not_followed(site, target):
    message = fault(site, lambda h: reply(h, 302, Location=target))
    assert message.endswith(", which was not asked for.")


@pytest.mark.parametrize(
    "target",
    ["http://[::1", "http://a:99999999/", "http://xn--/", "javascript:alert(1)", "data:,x"],
)
def test_a_redirect_to_nonsense_is_a_fault(site, target):
    assert fault(site, lambda h: reply(h, 302, Location=target))


def test_a_circle_of_redirects_ends(site):
    message = fault(site, lambda h: reply(h, 302, Location="/p"))
    assert message == "URL/p leads in circles: more than 5 redirects."


@pytest.mark.parametrize(
    ("content", "charset", "text"),
    [
        ("ü".encode(), "iso-8859-1", "ü"),
        ("ü".encode("latin-1"), "iso-8859-1", "ü"),
        ("ü".encode("latin-1"), "utf-8", "\ufffd"),
        (b"\xef\xbb\xbfx", "", "x"),
        (b"a\x00\xff", "punycode", "a\x00\ufffd"),
        (b"\xff", "no-such-charset", "\ufffd"),
        (b"\xff", "utf-7; x", "\ufffd"),
        ("ü".encode("utf-16"), "utf-16", "ü"),
    ],
)
def test_text_in_whatever_charset(content, charset, text):
    assert fetch.decoded(content, charset) == text


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "http://", "ftp://a/b", "", "x", "http://[::1", "http://a\0b/",
     "http://xn--/", "http://127.0.0.1:99999/", f"http://{'a' * 999}/", "http://\ud800/"],
)  # fmt: skip
def test_what_is_no_address_is_a_fault_of_one_line(url):
    with pytest.raises(FetchError) as caught:
        fetch.get(url, seconds=5)
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 400


def test_nobody_there():
    with pytest.raises(
        Unreachable, match=r"^Nobody answers at 127.0.0.1 \(Connection refused\)\.$"
    ):
        fetch.get("http://127.0.0.1:9/")


def test_a_password_is_not_repeated():
    with pytest.raises(Unreachable) as caught:
        fetch.get("http://me:secret@127.0.0.1:9/")
    assert "secret" not in caught.value.message


def test_each_hands_out_results_and_faults_and_raises_the_rest():
    def work(n):
        if n == 2:
            raise FetchError("two")
        return n * n

    results = dict(fetch.each(work, range(5)))
    assert {n: str(result) for n, result in results.items()} == {
        0: "0", 1: "1", 2: "two", 3: "9", 4: "16"
    }  # fmt: skip
    with pytest.raises(ZeroDivisionError):
        list(fetch.each(lambda n: 1 // n, [0]))
