"""A mirror of the posts on loopback: pages with invented problems, in layouts and with faults."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from problembrowser.catalogue.bundled import Catalogue
from problembrowser.catalogue.problem import Hint
from problembrowser.posts import refresh
from problembrowser.posts.parse import Found

RATINGS = ("A", "B", "B-C", "C", "A-B", "D", "C-D", "B-D")


def invented(ids: Iterable[str]) -> list[Found]:
    """A problem for each id, none like another: every kind of rating, hint and link occurs."""
    return [_invented(n, problem_id) for n, problem_id in enumerate(ids)]


def _invented(n: int, problem_id: str) -> Found:
    hints = [
        Hint(f"Count the herons on pond {n} first."),
        Hint(f"And their eggs & nests, if fewer than {n} < 400.", 2),
        Hint(f"An extension: the storks of {problem_id}.", 1, "C", n % 2 == 0),
        Hint("A good start is a map."),
    ]
    url = f"https://example.org/pond?n={n}&kind=heron"
    return Found(
        id=problem_id,
        difficulty=RATINGS[n % len(RATINGS)],
        starred=n % 3 == 0,
        statement=f"Why do the herons of {problem_id} “wait” near a weir, and for whom?",
        hints=tuple(hints[: n % 5]),
        links=(url,) if n % 2 else (),
        section=f"Ponds {n // 7}",
    )


def _prefix(one: Found | Hint) -> str:
    return one.difficulty + "*" * one.starred


def _number(one: Found) -> str:
    return one.id.rstrip("abc")  # the posts repeat a number where we add a letter


def _text(one: Found) -> str:
    text = one.statement.replace("&", "&amp;")
    link = next(iter(one.links), "").replace("&", "&amp;")
    return text.replace("herons", f'<a href="{link}">herons</a>') if link else text


def _said(hint: Hint) -> str:
    return hint.text.replace("&", "&amp;").replace("<", "&lt;")


def _hints(hints: tuple[Hint, ...], item: str = "<li>{}</li>", bold: str = "<b>{}</b>") -> str:
    """The hints as nested lists; the second level stands in the item before it."""
    out = ""
    for hint in hints:
        rated = bold.format(_prefix(hint)) + " " if hint.difficulty else ""
        made = item.format(rated + _said(hint))
        if hint.level == 2:
            out = out.removesuffix("</li>") + f"<ul>{made}</ul>" + "</li>" * ("</li>" in item)
        else:
            out += made
    return f"<ul>{out}</ul>" if out else ""


def _lists(one: Found) -> str:
    prefix = f"<strong>{_prefix(one)} {_number(one)}</strong>"
    return (
        f"<ul><li><p>{prefix} - {_text(one)}</p>{_hints(one.hints, '<li><p>{}</p></li>')}</li></ul>"
    )


def _split(one: Found) -> str:
    """Bold and italics cut the prefix to pieces; spaces, dashes and stars are typographic."""
    rating = "&#8209;".join(f"<b>{letter}</b>" for letter in one.difficulty.split("-"))
    star = "<i>\\*</i>" * one.starred
    prefix = f"{rating}{star}&nbsp;<em><b>{_number(one)}</b></em>&nbsp;&mdash;&#x200b; "
    return f"<ol><li>{prefix}{_text(one)}{_hints(one.hints, bold='<em><b>{}</b></em>')}</li></ol>"


def _unclosed(one: Found) -> str:
    """HTML as it was once written: capitals, no emphasis, no closing tags."""
    hints = _hints(one.hints, "<LI>{}", "{}").replace("ul>", "UL>")
    return f"<UL><LI>{_prefix(one)} {_number(one)} {_text(one)}\n{hints}</UL>"


def _paragraphs(one: Found) -> str:
    prefix = f"<strong>{_prefix(one)} {_number(one)} - </strong>"
    return f"<p>{prefix}{_text(one)}</p>\n{_hints(one.hints)}<p>That was that.</p>"


def _rows(one: Found) -> str:
    cells = f"<td><p>{_prefix(one)}</p></td><td>{_number(one)}</td>"
    return f"<table><tr>{cells}<td>{_text(one)}{_hints(one.hints)}</td></tr></table>"


def _numbers_first(one: Found) -> str:
    cells = f"<td>{_number(one)}<td><b>{_prefix(one)}</b>"
    return f"<table><tr>{cells}<td>{_text(one)}{_hints(one.hints)}</table>"


def _definitions(one: Found) -> str:
    return (
        f"<dl><dt>{_prefix(one)} {_number(one)}</dt><dd>{_text(one)}{_hints(one.hints)}</dd></dl>"
    )


def _application(one: Found) -> str:
    """Many boxes with names that mean nothing, and hints beside the item instead of in it."""
    prefix = f'<span class="x1 y>z"><strong>{_prefix(one)} {_number(one)}:</strong></span>'
    item = f'<div class="css-1"><ul data-v="a > b"><li>{prefix} <span>{_text(one)}</span></li>'
    return f"{item}<!-- A 9.9 - no -->{_hints(one.hints)}</ul></div>"


LAYOUTS: dict[str, Callable[[Found], str]] = {
    "lists": _lists,
    "split": _split,
    "unclosed": _unclosed,
    "paragraphs": _paragraphs,
    "rows": _rows,
    "numbers-first": _numbers_first,
    "definitions": _definitions,
    "application": _application,
}

_BEFORE = """<!DOCTYPE html><html><head><title>B 1.1 - not a problem</title>
<style>li { content: "A 2.2 - no" }</style><script>var x = "<li>A 3.3 - no</li>";</script></head>
<body><nav><ul><li>1.1 Contents</li></ul></nav><h1>Open ponds</h1><p>A 2.8 billion year old one.</p>
<ul><li>Read the introduction.</li></ul>"""
_AFTER = """<h2>Comments</h2><blockquote>{quoted} I saw it!</blockquote>
<p>B 99.1 - another list</p></body></html>"""


def page(found: Iterable[Found], layout: str = "lists") -> str:
    """A whole page: problems in sections, with text around them that is none."""
    out, section = [_BEFORE], ""
    for one in found:
        if one.section != section:
            section = one.section
            out.append(f"<h3>{section}</h3><p>Some words on {section.lower()}.</p>")
        out.append(LAYOUTS[layout](one))
    return "\n".join([*out, _AFTER.format(quoted="B 4.1 - seen before.")])


@dataclass
class Mirror:
    """A server on loopback; `pages` and `answers` may change while it runs."""

    url: str = ""
    pages: dict[str, bytes] = field(default_factory=dict)
    answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    def post(self, catalogue: Catalogue, found: Iterable[Found], layout: str = "lists") -> None:
        """Serve these problems, each in the post of its group."""
        every = list(found)
        for category in refresh.posts_of(catalogue):
            own = [one for one in every if one.group == category.number]
            self.pages[urlsplit(category.url).path] = page(own, layout).encode()


@contextmanager
def serving() -> Iterator[Mirror]:
    """A mirror without pages."""
    mirror = Mirror()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            mirror.asked.append((self.path, dict(self.headers)))
            if answer := mirror.answers.get(self.path):
                answer(self)
            elif content := mirror.pages.get(self.path):
                tag = f'"{hash(content)}"'
                same = self.headers.get("If-None-Match") == tag
                reply(self, 304 if same else 200, b"" if same else content, ETag=tag)
            else:
                reply(self, 404, b"none")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    mirror.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield mirror
    finally:
        server.shutdown()
        server.server_close()


def reply(handler: BaseHTTPRequestHandler, status: int, content: bytes = b"", **headers: str):
    """An answer; `_` in the name of a header stands for `-`."""
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(content)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(content)
