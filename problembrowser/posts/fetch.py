"""Pages from the web: politely, within limits, and only from where they were asked for.

The only module that imports httpx. Whatever goes wrong is a FetchError of one line.
"""

import random
import re
import threading
import time
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import httpx

from problembrowser import __version__
from problembrowser.errors import FetchError, Redirected, Unreachable

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

LIMIT = 8 * 1024 * 1024
SECONDS = 60.0

_ATTEMPTS = 3
_REDIRECTS = 5
_LONGEST_PAUSE = 30.0
_QUIET = 15.0  # seconds without a byte
_AGAIN = {429, 500, 502, 503, 504}
_ELSEWHERE = {301, 302, 303, 307, 308}
_CHARSET = re.compile(r"(?i)(iso-?8859|latin|windows|cp|utf|koi8|euc|gb|big5|shift)[-_a-z0-9]*")
_MEANING = {401: "is not public", 403: "is refused", 404: "does not exist", 410: "is gone"}
_HEADERS = {
    "User-Agent": f"problembrowser/{__version__} (reads lists of open problems)",
    "Accept-Encoding": "gzip",
}

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Page:
    """What an address holds; `etag` and `modified` are for asking again whether it changed."""

    url: str
    content: bytes
    charset: str
    etag: str
    modified: str

    @property
    def text(self) -> str:
        """The content as text; what its encoding cannot hold becomes U+FFFD."""
        return decoded(self.content, self.charset)


@dataclass(frozen=True, slots=True)
class NotModified:
    """The page is as it was when its `etag` or `modified` was noted."""

    url: str


class _Allowed(NamedTuple):
    """Where redirects may lead: anyhow, and only to public addresses over https."""

    hosts: frozenset[str]
    redirects: frozenset[str]


def get(
    url: str,
    *,
    hosts: Collection[str] = (),
    redirects: Collection[str] = (),
    etag: str = "",
    modified: str = "",
    limit: int = LIMIT,
    seconds: float = SECONDS,
) -> Page | NotModified:
    """Fetch an http or https address of at most `limit` bytes, in at most so many seconds.

    Redirects may lead to the same host, to `hosts` (`name` or `name:port`), and over https to a
    public address of one of `redirects`; on loopback also to another server there, over http.
    Raises FetchError; Redirected if another host must be allowed, Unreachable if nobody answered.
    """
    deadline = time.monotonic() + seconds
    asked = {"If-None-Match": etag, "If-Modified-Since": modified}
    where = _Allowed(frozenset(hosts), frozenset(map(host_of, redirects)))
    headers = {name: value for name, value in asked.items() if _sendable(value)}
    outcome: SimpleQueue[Page | NotModified | BaseException] = SimpleQueue()

    def work() -> None:
        try:
            outcome.put(_persistently(_address(url), where, headers, limit, deadline))
        except BaseException as error:
            outcome.put(error)

    # In a thread of its own that is left behind when the time is over: no timeout of a socket
    # covers a name that does not resolve, or headers that arrive one byte at a time.
    threading.Thread(target=work, daemon=True).start()
    try:
        result = outcome.get(timeout=seconds + 0.5)
    except Empty:
        raise _too_slow(url) from None
    if isinstance(result, BaseException):
        raise result
    return result


def each(
    work: Callable[[_Item], _Result], items: Iterable[_Item], at_once: int = 3
) -> Iterator[tuple[_Item, _Result | FetchError]]:
    """Do some work for each item, few at a time, and hand out the results as they come in.

    A FetchError is a result; every other exception is raised here.
    """
    waiting, done = list(items), SimpleQueue[tuple[_Item, _Result | BaseException]]()
    missing = len(waiting)
    waiting.reverse()

    def worker() -> None:
        with suppress(IndexError):
            while True:
                item = waiting.pop()
                try:
                    done.put((item, work(item)))
                except BaseException as error:
                    done.put((item, error))

    for _ in range(min(at_once, missing)):
        # Daemons: an interrupted program does not wait for them.
        threading.Thread(target=worker, daemon=True).start()
    while missing:
        try:
            item, result = done.get(timeout=0.2)  # short: Windows interrupts no longer wait
        except Empty:
            continue
        missing -= 1
        if isinstance(result, BaseException) and not isinstance(result, FetchError):
            raise result
        yield item, result


def decoded(content: bytes, charset: str = "") -> str:
    """Bytes as text: UTF-8 wherever that fits, whatever the server says, else what it says."""
    with suppress(UnicodeError):
        return content.decode("utf-8-sig")
    # Only what pages are written in: Python knows charsets that take minutes (punycode) as well.
    if _CHARSET.fullmatch(charset):
        with suppress(LookupError, UnicodeError):
            return content.decode(charset)
    return content.decode("utf-8", "replace")


def host_of(text: str) -> str:
    """A host, `name` or `name:port`, as Redirected names it; raises FetchError."""
    try:
        url = httpx.URL(f"//{text.strip()}")
        host = _ascii_place(url)
    except (httpx.InvalidURL, ValueError):
        host = ""
    if not host or "%" in host or url.userinfo or url.raw_path not in (b"", b"/") or url.fragment:
        raise FetchError(f"{_short(text)!r} is no host.", "Give its name only: example.org")
    return host


@cache
def _client() -> httpx.Client:
    """The one client; raises Unreachable for a proxy or certificates that it cannot use."""
    try:
        return httpx.Client(headers=_HEADERS, timeout=httpx.Timeout(_QUIET, connect=10))
    except (ImportError, ValueError, OSError, httpx.InvalidURL) as error:
        why = _reason(error).partition(". ")[0]
        raise Unreachable(
            f"The proxy or the certificates that this machine names cannot be used: {why}.",
            "Look at ALL_PROXY, HTTPS_PROXY, HTTP_PROXY (http://..., not socks), SSL_CERT_FILE.",
        ) from error


def _address(url: str) -> httpx.URL:
    try:
        address = httpx.URL(url)
        host = address.host  # decodes an international name, or fails
    except (httpx.InvalidURL, ValueError) as error:
        raise FetchError(f"{_short(url)!r} is not an address: {_reason(error)}.") from error
    if address.scheme not in ("http", "https") or not host:
        raise FetchError(f"{_short(url)!r} is no http or https address.")
    return address


def _persistently(
    url: httpx.URL, where: _Allowed, headers: dict[str, str], limit: int, deadline: float
) -> Page | NotModified:
    """The page, asked for again after a pause where that may help."""
    for attempt in range(_ATTEMPTS):
        try:
            return _follow(url, where, headers, limit, deadline)
        except _TryAgain as error:
            pause = error.pause or 0.5 * 2**attempt * random.uniform(1, 1.5)
            if pause > _LONGEST_PAUSE:
                asks = f"{error.what} and asks for a pause of {pause:,.0f} seconds."
                raise FetchError(asks, _LATER) from error
            last = error
            if attempt + 1 == _ATTEMPTS or time.monotonic() + pause > deadline:
                break
            time.sleep(pause)
    raise FetchError(f"{last.what}.", _LATER) from last


def _follow(
    url: httpx.URL, where: _Allowed, headers: dict[str, str], limit: int, deadline: float
) -> Page | NotModified:
    first = url
    for _ in range(_REDIRECTS + 1):
        result = _ask(url, headers, limit, deadline)
        if not isinstance(result, httpx.URL):
            return result
        url = _redirected(first, url, result, where)
    raise FetchError(f"{_short(url)} leads in circles: more than {_REDIRECTS} redirects.", _LATER)


def _redirected(first: httpx.URL, url: httpx.URL, to: httpx.URL, where: "_Allowed") -> httpx.URL:
    """Where a redirect leads, if it may be followed; raises FetchError."""
    if (url.scheme, to.scheme) == ("https", "http"):
        raise FetchError(f"{_short(url)} redirects to an address without encryption.")
    web = to.scheme in ("http", "https") and bool(to.host)
    if web and _place(to) in {_place(first), *where.hosts}:
        return to
    unasked = f"{_short(url)} redirects to {_short(to)}, which was not asked for."
    hint = "If you trust it, give that address instead."
    within = web and _on_loopback(first)
    if not web or (to.scheme == "http" and not (within and _on_loopback(to))):
        raise FetchError(unasked, hint if web else "")
    if _ascii_place(to) not in where.redirects:
        raise Redirected(unasked, hint, _ascii_place(to))
    # A name may resolve to something else when it is connected to. Then there is no certificate.
    if not _public(to) and not (within and _on_loopback(to)):
        raise FetchError(f"{_short(url)} redirects to {_short(to)}, an address that is not public.")
    return to


def _resolved(url: httpx.URL) -> list["IPv4Address | IPv6Address"]:
    """Every address of a host, an IPv4 address within an IPv6 one as itself; raises Unreachable."""
    import socket
    from ipaddress import ip_address

    try:
        found = socket.getaddrinfo(url.raw_host.decode(), url.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(
            f"Nobody answers at {url.host} ({_reason(error)}).", "Are you online? Then try again."
        ) from error
    return [_within(ip_address(each[4][0])) for each in found]


def _within(address: "IPv4Address | IPv6Address") -> "IPv4Address | IPv6Address":
    """The IPv4 address that an IPv6 one stands for (mapped, 6to4, NAT64), or the address."""
    from ipaddress import IPv4Address, IPv6Network

    if address.version == 4:
        return address
    if address in IPv6Network("64:ff9b::/96"):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _on_loopback(url: httpx.URL) -> bool:
    """Whether the host is this machine, by every address that it resolves to."""
    try:
        return all(address.is_loopback for address in _resolved(url))
    except Unreachable:
        return False


def _public(url: httpx.URL) -> bool:
    """Whether every address of the host is of the open internet; raises Unreachable."""
    return all(each.is_global and not each.is_multicast for each in _resolved(url))


def _ask(
    url: httpx.URL, headers: dict[str, str], limit: int, deadline: float
) -> Page | NotModified | httpx.URL:
    """One request: the page, or where it has moved to."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise _too_slow(url)
    timeout = httpx.Timeout(min(_QUIET, left), connect=min(10, left))
    try:
        with _client().stream("GET", url, headers=headers, timeout=timeout) as response:
            return _answer(response, bool(headers), limit, deadline)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
        raise Unreachable(
            f"Nobody answers at {url.host} ({_reason(error)}).", "Are you online? Then try again."
        ) from error
    except httpx.TimeoutException as error:
        raise _too_slow(url) from error
    except httpx.TransportError as error:
        raise _TryAgain(f"{_short(url)} broke off ({_reason(error)})") from error
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as error:
        raise FetchError(f"{_short(url)} cannot be fetched: {_reason(error)}.") from error


def _answer(
    response: httpx.Response, conditional: bool, limit: int, deadline: float
) -> Page | NotModified | httpx.URL:
    url, status = response.url, response.status_code
    if status == 304 and conditional:
        return NotModified(str(url))
    if status in _ELSEWHERE and "location" in response.headers:
        return url.join(response.headers["location"])
    if status in _AGAIN:
        raise _TryAgain(f"{_short(url)} answers {status}", _retry_after(response))
    if status != 200:
        raise FetchError(f"{_short(url)} {_MEANING.get(status, 'cannot be had')} ({status}).")
    return Page(
        url=str(url),
        content=_content(response, limit, deadline),
        charset=response.charset_encoding or "",
        etag=_noted(response, "etag"),
        modified=_noted(response, "last-modified"),
    )


def _noted(response: httpx.Response, name: str) -> str:
    value = str(response.headers.get(name, ""))
    return value if _sendable(value) else ""


def _sendable(value: str) -> bool:
    """Whether a header may be sent back: servers send bytes that no client may send."""
    return 0 < len(value) <= 500 and value.isascii() and value.isprintable()


def _content(response: httpx.Response, limit: int, deadline: float) -> bytes:
    """The body, unpacked here and not by httpx: a bomb is not allowed to go off."""
    gzip = _gzip(response)
    content = bytearray()
    try:
        for chunk in response.iter_raw():
            content += gzip.decompress(chunk, limit + 1 - len(content)) if gzip else chunk
            if len(content) > limit:
                raise FetchError(f"{_short(response.url)} is larger than {limit // 1024:,} KiB.")
            if time.monotonic() > deadline:
                raise _too_slow(response.url)
    except zlib.error as error:
        raise _TryAgain(f"{_short(response.url)} is damaged ({error})") from error
    if gzip and not gzip.eof:
        raise _TryAgain(f"{_short(response.url)} broke off")
    return bytes(content)


def _gzip(response: httpx.Response) -> "zlib._Decompress | None":
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("identity", ""):
        return None
    if encoding not in ("gzip", "x-gzip"):
        raise FetchError(f"{_short(response.url)} is packed in an unknown way ({encoding[:40]!r}).")
    return zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)


def _retry_after(response: httpx.Response) -> float:
    """The pause that a server asks for, in seconds; 0 if it asks for none that can be read."""
    from email.utils import parsedate_to_datetime

    value = response.headers.get("retry-after", "")
    if re.fullmatch(r"\d{1,15}", value, re.ASCII):
        return float(value)
    with suppress(ValueError, TypeError, OverflowError):
        return max(parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    return 0.0


def _place(url: httpx.URL) -> str:
    return f"{url.host}:{url.port}" if url.port else url.host


def _ascii_place(url: httpx.URL) -> str:
    """The host as it is sent: letters that only look like those of another name show."""
    host = url.raw_host.decode("ascii")
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{url.port}" if url.port else host


def _short(url: httpx.URL | str) -> str:
    """An address for a message: without a password, and not longer than a line or two."""
    if isinstance(url, httpx.URL) and url.userinfo:
        url = url.copy_with(username="", password="")
    text = str(url)
    return text if len(text) <= 160 else text[:159] + "…"


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return re.sub(r"^\[Errno -?\d+\] ", "", text)[:120].rstrip(".")


def _too_slow(url: httpx.URL | str) -> FetchError:
    return FetchError(f"{_short(url)} is too slow.", _LATER)


class _TryAgain(Exception):
    def __init__(self, what: str, pause: float = 0.0) -> None:
        super().__init__(what)
        self.what = what
        self.pause = pause


_LATER = "Try again later."
