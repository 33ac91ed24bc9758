"""The problems that stand in the HTML of a post. Pure: reads no file, fetches nothing.

The only module that imports bs4. Leans on the text of the page and on how deep it stands in lists,
never on class names: the sites change those. Markup is reduced to a few tags before a tree is made
of it, in time proportional to its length, which Python's own parser does not promise.
"""

import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape, unescape
from urllib.parse import urljoin

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag

from problembrowser.catalogue.problem import DEEPEST_HINT, Hint, sort_key
from problembrowser.errors import FetchError
from problembrowser.text import plain

MOST_CHARACTERS = 8 * 1024 * 1024
MOST_ELEMENTS = 100_000
MOST_PROBLEMS = 500
MOST_HINTS = 60
MOST_LINKS = 40
LONGEST_TEXT = 4_000
LONGEST_URL = 500

_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_LISTS = {"ul", "ol", "menu"}
_BOXES = {"div", "section", "article"}
_NEARLY, _ALL = 0.8, 0.95  # of the problems of a post
_DEEPEST_BOX = 100  # boxes within boxes that are told apart
_OWNERS = {"li", "tr", "dd"}
_CELLS = {"td", "th"}
_EMPHASIS = {"b", "strong", "i", "em", "u", "mark"}
_BLOCKS = {"p", "div", "table", "dl", "dt", "blockquote", "pre", "section", "article"}
_BREAKING = _HEADINGS | _LISTS | _OWNERS | _CELLS | _BLOCKS
_KEPT = _BREAKING | _EMPHASIS | {"a", "br", "sup"}
_UNREAD = {"nav", "noscript", "script", "style", "template", "textarea", "title"}
# Characters that no text has: between texts from different cells, and for `<` and `&` in a text.
_GAP, _LESS, _AND = "\ufdd0", "\ufdd1", "\ufdd2"

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_HREF = re.compile(r"""\bhref\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_COMMENTS = re.compile(r"\W{0,3}(\d{1,5}\s)?comments\b[^.?!]{0,40}", re.IGNORECASE)
_FOOTNOTE = re.compile(r"\[\d+\]")
_WEB = re.compile(r"https?://[^\s/?#<>\"'\\]+\.?[^\s<>\"'\\]*")

_DASHES = r"\-\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_STAR = r"(?:\\?[*\u2217\u22c6\u2605\uff0a]\s?)*"
_RATING = rf"(?P<easy>[A-D])(?:\s?[{_DASHES}/]\s?(?P<hard>[A-D]))?\s?(?P<star>{_STAR})"
_NUMBER = r"(?P<group>\d{1,2})\s?\.\s?(?P<item>\d{1,3})(?P<letter>[a-z](?![a-zA-Z]))?(?!\.?\d)"
_BEFORE = rf"[\s\u2022\u00b7\u25e6\u25aa\u2023*_(\[{_DASHES}]{{0,6}}"
_AFTER = rf"(?P<after>\\?\*)?[\s:.)\]{_DASHES}{_GAP}]*"
_NOT_A_SIZE = r"(?![A-Za-z%]|\s?[mbt]r?illion\b)"
_RATED_FIRST = re.compile(
    rf"{_BEFORE}{_RATING}[\])]?[\s{_GAP}]{{0,3}}{_NUMBER}{_NOT_A_SIZE}{_AFTER}"
)
_NUMBER_FIRST = re.compile(
    rf"{_BEFORE}{_NUMBER}[\s:|(\[{_DASHES}{_GAP}]{{0,4}}{_RATING}(?=$|\s?[:)\]{_DASHES}{_GAP}]){_AFTER}"
)
_ONLY_NUMBER = re.compile(rf"{_BEFORE}{_NUMBER}(?:\s?[:{_DASHES}]\s?|\s(?=[A-Z\"]))")
_ONLY_RATING = re.compile(rf"[(\[]?{_RATING}[\])]?(?P<dash>\s?[:{_DASHES}])?\s+(?=\S)")
_PIECE = re.compile(rf"{_BEFORE}(?:{_RATING}|{_NUMBER})[\s:.{_DASHES}]*")


@dataclass(frozen=True, slots=True)
class Found:
    """A problem as a post states it; `difficulty` is "" where the post gives no rating."""

    id: str
    difficulty: str
    starred: bool
    statement: str
    hints: tuple[Hint, ...]
    links: tuple[str, ...]
    section: str

    @property
    def group(self) -> int:
        """The number before the dot: which post it belongs to."""
        return int(self.id.partition(".")[0])


def read(
    html: str, base: str = "", known: Collection[str] = (), group: int = 0
) -> tuple[Found, ...]:
    """The problems of a page in the order of their ids; links are resolved against `base`.

    Those of one post: `group`, or the one that the page is about. Anybody can write below a post,
    and so a number counts only where the list has reached it. Where `known` ids are given, one that
    is not among them must be the next, and look like its neighbours. Raises FetchError for a page
    that is too large, too deep or has too many problems to be a post.
    """
    if len(html) > MOST_CHARACTERS:
        raise FetchError(f"The page has {len(html):,} characters, more than any post.")
    drafts = _drafts(_lines(BeautifulSoup(_reduced(html), "html.parser")), base)
    group = group or _group(drafts, known)
    own = [draft for draft in drafts if draft.group == group]
    chosen = _numbered(_article(own, known), known)
    if len(chosen) > MOST_PROBLEMS:
        raise FetchError(f"The page has {len(chosen):,} problems, more than any post.")
    return tuple(sorted(chosen, key=lambda found: sort_key(found.id)))


@dataclass(slots=True)
class _Line:
    """A run of text between two breaks, and where it stands."""

    depth: int  # how many lists it is in
    owner: int  # the list item or table row that it is in, 0 if none
    cell: int  # the cell of a table that it is in, 0 if none
    heading: bool
    boxes: tuple[int, ...]  # the boxes that it is in, the outermost first
    bold: list[str] = field(default_factory=list)  # emphasised, before anything that is not
    rest: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    text: str = ""

    def add(self, text: str, emphasised: bool) -> None:
        begins = not self.rest and (emphasised or not text.strip())
        (self.bold if begins else self.rest).append(text)


@dataclass(slots=True)
class _Place:
    """Where a walk through a page stands."""

    lists: int = 0
    headings: int = 0
    emphasis: int = 0
    raised: int = 0
    owners: list[int] = field(default_factory=lambda: [0])
    cells: list[int] = field(default_factory=lambda: [0])
    anchors: list[str] = field(default_factory=lambda: [""])
    boxes: list[tuple[int, ...]] = field(default_factory=lambda: [()])
    met: int = 0

    def line(self) -> _Line:
        place = self.lists, self.owners[-1], self.cells[-1], self.headings > 0
        return _Line(*place, self.boxes[-1])

    def enter(self, tag: Tag) -> None:
        self._count(tag.name, 1)
        self.met += 1
        if tag.name in _OWNERS:
            self.owners.append(self.met)
        elif tag.name in _CELLS:
            self.cells.append(self.met)
        elif tag.name in _BOXES:
            outer = self.boxes[-1]
            self.boxes.append((*outer, self.met) if len(outer) < _DEEPEST_BOX else outer)
        elif tag.name == "a":
            self.anchors.append(str(tag.get("href") or ""))

    def leave(self, tag: Tag) -> None:
        self._count(tag.name, -1)
        if tag.name in _OWNERS:
            self.owners.pop()
        elif tag.name in _CELLS:
            self.cells.pop()
        elif tag.name in _BOXES:
            self.boxes.pop()
        elif tag.name == "a":
            self.anchors.pop()

    def _count(self, name: str, step: int) -> None:
        self.lists += step * (name in _LISTS)
        self.headings += step * (name in _HEADINGS)
        self.emphasis += step * (name in _EMPHASIS)
        self.raised += step * (name == "sup")


@dataclass(slots=True)
class _Draft:
    """A problem while its lines come in."""

    group: int
    item: int
    number: str
    rated: bool
    difficulty: str
    starred: bool
    statement: list[str]
    line: _Line
    section: str
    hints: list[Hint] = field(default_factory=list)
    links: list[str] = field(default_factory=list)

    @property
    def form(self) -> tuple[int | bool, ...]:
        """How it looks: of one post the problems look alike."""
        line = self.line
        owned = line.owner > 0
        return line.depth, owned, line.heading, len(line.boxes), bool(line.bold), self.rated

    def finished(self, problem_id: str) -> Found:
        return Found(
            id=problem_id,
            difficulty=self.difficulty,
            starred=self.starred,
            statement=_cut(" ".join(filter(None, self.statement))),
            hints=tuple(self.hints[:MOST_HINTS]),
            links=tuple(dict.fromkeys(self.links))[:MOST_LINKS],
            section=self.section,
        )


def _reduced(html: str) -> str:
    """The page with bare tags of the few kinds that matter, and no script, comment or attribute."""
    out: list[str] = []
    unended: set[str] = set()  # without these the time would grow with the square of the length
    place = elements = 0
    while (start := html.find("<", place)) >= 0:
        out.append(_set_aside(html[place:start]))
        if html.startswith(("<!", "<?"), start):
            closing = "-->" if html.startswith("<!--", start) else ">"
            place = _past(html, closing, start + 2)
            continue
        elements += 1
        if elements > MOST_ELEMENTS:
            raise FetchError(f"The page has more than {MOST_ELEMENTS:,} tags, unlike any post.")
        tag = _TAG.match(html, start)
        if tag is None:
            out.append(_LESS)
            place = start + 1
            continue
        slash, name = tag[1], tag[2].lower()
        place = _end_of_tag(html, tag.end())
        if name in _UNREAD and not slash and name not in unended:
            ending = re.compile(rf"</{name}(?![a-z0-9])", re.IGNORECASE).search(html, place)
            if ending is None:
                unended.add(name)
            place = ending.start() if ending else place if name == "nav" else len(html)
        elif name in _KEPT:
            out.append(f"<{slash}{name}{_href(html[tag.end() : place]) if name == 'a' else ''}>")
    out.append(_set_aside(html[place:]))
    return "".join(out)


def _set_aside(text: str) -> str:
    """Text that is all text to the parser: it takes ages over each `&` and `<`."""
    return unescape(text).replace("<", _LESS).replace("&", _AND)


def _past(html: str, closing: str, start: int) -> int:
    end = html.find(closing, start)
    return len(html) if end < 0 else end + len(closing)


def _end_of_tag(html: str, place: int) -> int:
    """Where a tag ends: a `>` in a quoted value does not end it."""
    while True:
        end = html.find(">", place)
        if end < 0:
            return len(html)
        opening = re.compile(r"=\s?([\"'])").search(html, place, end)
        if opening is None:
            return end + 1
        closing = html.find(opening[1], opening.end())
        if closing < 0:
            return end + 1
        place = closing + 1


def _href(attributes: str) -> str:
    found = _HREF.search(attributes)
    url = next(filter(None, found.groups()), "") if found else ""
    return f' href="{escape(unescape(url))}"' if 0 < len(url) <= LONGEST_URL else ""


def _lines(soup: BeautifulSoup) -> Iterator[_Line]:
    """The lines of a page, each with its place in lists and tables."""
    at = _Place()
    line = at.line()
    for opens, node in _walk(soup):
        if isinstance(node, NavigableString):
            if not (at.raised and _FOOTNOTE.fullmatch(node.strip())):
                line.add(str(node), at.emphasis > 0)
                line.links.append(at.anchors[-1])
            continue
        (at.enter if opens else at.leave)(node)
        if node.name in _BREAKING or node.name == "br":
            yield line
            line = at.line()
    yield line


def _walk(soup: BeautifulSoup) -> Iterator[tuple[bool, Tag | NavigableString]]:
    """Every element when it opens and when it closes, and every text; without recursion."""
    stack: list[tuple[Tag, Iterator[object]]] = [(soup, iter(soup.contents))]
    while stack:
        tag, children = stack[-1]
        child = next(children, None)
        if child is None:
            stack.pop()
            if stack:
                yield False, tag
        elif isinstance(child, Tag):
            yield True, child
            stack.append((child, iter(list(child.contents))))
        elif isinstance(child, NavigableString):
            yield True, child


def _drafts(lines: Iterable[_Line], base: str) -> list[_Draft]:
    """The problems that begin somewhere in these lines, each with what belongs to it."""
    drafts: list[_Draft] = []
    current: _Draft | None = None
    section, waiting = "", ""
    for line in lines:
        line.text = _tidy("".join([*line.bold, *line.rest]))
        if not line.text:
            continue
        text, waiting = f"{waiting}{_GAP}{line.text}" if waiting else line.text, ""
        if _PIECE.fullmatch(text) or _is_prefix(text):
            # A rating or a number alone, in a cell or paragraph of its own: more is to come.
            waiting = text
            continue
        if begun := _begun(text, line, section) or _begun(line.text, line, section):
            current = begun
            drafts.append(begun)
            if len(drafts) > 3 * MOST_PROBLEMS:
                raise FetchError("The page has more problems than any post.")
        elif drafts and line.heading and _COMMENTS.fullmatch(line.text):
            break
        elif line.heading or _looks_like_heading(line):
            section, current = _cut(line.text, 120), None
        elif current and not _belongs(line, current):
            current = None
        if current:
            current.links += _links(line.links, base)
    return drafts


def _is_prefix(text: str) -> bool:
    return any(prefix.fullmatch(text) for prefix in (_RATED_FIRST, _NUMBER_FIRST))


def _begun(text: str, line: _Line, section: str) -> _Draft | None:
    """The problem that a line begins, if it begins one."""
    match = _RATED_FIRST.match(text) or _NUMBER_FIRST.match(text)
    rated = match is not None
    if match is None and line.depth:
        match = _ONLY_NUMBER.match(text)
    if match is None or not text[match.end() :]:
        return None
    return _Draft(
        group=int(match["group"]),
        item=int(match["item"]),
        number=f"{int(match['group'])}.{int(match['item'])}{match['letter'] or ''}",
        rated=rated,
        difficulty=_difficulty(match) if rated else "",
        starred=rated and bool(match["star"] or match["after"]),
        statement=[text[match.end() :]],
        line=line,
        section=section,
    )


def _belongs(line: _Line, draft: _Draft) -> bool:
    """Adds a line to the problem before it, if that is where it belongs."""
    if line.boxes[: len(draft.line.boxes)] != draft.line.boxes:
        return False
    level = line.depth - draft.line.depth
    same_owner = line.owner == draft.line.owner != 0
    if level > 0 or (same_owner and (draft.hints or line.cell != draft.line.cell)):
        if len(draft.hints) < MOST_HINTS:
            draft.hints.append(_hint(line, min(max(level, 1), DEEPEST_HINT)))
        return True
    if same_owner:
        draft.statement.append(line.text)
        return True
    return False


def _hint(line: _Line, level: int) -> Hint:
    """A hint, with a rating if it begins with one; the article "A" is not one."""
    match = _ONLY_RATING.match(line.text)
    if match is None:
        return Hint(_cut(line.text), level)
    after = line.text[match.end() :]
    marked = bool(match["star"].strip() or match["hard"] or match["dash"])
    bold = 0 < len(_tidy("".join(line.bold))) <= match.end() and bool(line.rest)
    letter = match["easy"] != "A" and after[0].isupper()
    if not (marked or bold or letter):
        return Hint(_cut(line.text), level)
    return Hint(_cut(after), level, _difficulty(match), bool(match["star"].strip()))


def _looks_like_heading(line: _Line) -> bool:
    """A short line that stands in no list and is emphasised from end to end."""
    bold = bool(line.bold) and not line.rest and not line.owner
    return bold and len(line.text) <= 100 and not line.text.endswith((".", ":"))


def _group(drafts: list[_Draft], known: Collection[str]) -> int:
    """The post that a page is: of those that it has nearly whole the first, else the fullest."""
    wanted = Counter(int(one.partition(".")[0]) for one in known)
    met: dict[int, set[str]] = {}
    for draft in drafts:
        if draft.rated and (not known or draft.number in known):
            own = met.setdefault(draft.group, set())
            own.add(draft.number)
            if known and len(own) >= _NEARLY * wanted[draft.group]:
                return draft.group
    return max(met, key=lambda group: (len(met[group]), -group), default=0)


def _article(drafts: list[_Draft], known: Collection[str]) -> list[_Draft]:
    """The drafts in the innermost box that has nearly all of the numbers: comments have theirs."""
    while drafts:
        depth = len(_shared([draft.line.boxes for draft in drafts])) + 1
        numbers = {draft.number for draft in drafts if not known or draft.number in known}
        inside: dict[tuple[int, ...], set[str]] = {}
        for draft in drafts:
            if len(draft.line.boxes) >= depth and draft.number in numbers:
                inside.setdefault(draft.line.boxes[:depth], set()).add(draft.number)
        enough = max(1, _ALL * len(numbers))
        # The first: what is written below a post comes after it.
        article = next((box for box, own in inside.items() if len(own) >= enough), None)
        if article is None:
            break
        drafts = [draft for draft in drafts if draft.line.boxes[:depth] == article]
    return drafts


def _shared(paths: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """The beginning that all of these have in common."""
    low, high = min(paths, default=()), max(paths, default=())
    same = next((n for n, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), None)
    return low[: len(low) if same is None else same]


def _numbered(drafts: list[_Draft], known: Collection[str]) -> list[Found]:
    """One problem for each number of the list, two where it has a number twice (2.25, 2.25b)."""
    rated = {draft.number for draft in drafts if draft.rated}
    drafts = [draft for draft in drafts if draft.rated or draft.number not in rated]
    places = _listed(drafts, known)
    found: dict[str, Found] = {}
    for n, place in enumerate(places):
        before = places[n - 1] if n else -1
        # What repeats the last number is a comment under the post.
        after = places[n + 1] if n + 1 < len(places) else place + 1
        forms = {drafts[other].form for other in (before, after) if 0 <= other < len(drafts)}
        same = [one for one in drafts[before + 1 : after] if one.item == drafts[place].item]
        same = [one for one in same if one.form in forms] or [drafts[place]]
        # What stands above the first is a quotation of it.
        for one in same if n else same[-1:]:
            _take(one, found)
    return list(found.values())


def _take(draft: _Draft, found: dict[str, Found]) -> None:
    """Adds a problem; one whose number is there already gets a letter, its quotation goes."""
    for letter in ("", *"bcdefghijklmnopqrstuvwxyz"):
        one = draft.finished(draft.number + letter)
        if one.id not in found:
            found[one.id] = one
            return
        if _alike(one, found[one.id]):
            return


def _listed(drafts: list[_Draft], known: Collection[str]) -> list[int]:
    """The places of the drafts that are the list, in its order: each number once, and rising."""
    every = range(len(drafts))
    ours = [n for n in every if not known or drafts[n].number in known]
    items = [draft.item for draft in drafts]
    whole = len(_rising(ours, items))
    # No more than is needed of it: what comes later may be somebody's copy of the list.
    listed = _rising(ours, items, enough=math.ceil(_ALL * whole))
    if not listed:
        return []
    forms = {drafts[place].form for place in listed}
    rest = [n for n in ours if n > listed[-1] and items[n] > items[listed[-1]]]
    listed += _rising([n for n in rest if drafts[n].form in forms], items)
    for n in every[listed[-1] + 1 :] if known else ():
        last = drafts[listed[-1]]
        if n not in ours and items[n] == last.item + 1 and drafts[n].form == last.form:
            listed.append(n)
    return listed


def _rising(places: Sequence[int], items: Sequence[int], enough: int = 0) -> list[int]:
    """The longest run of places whose items rise, the earliest there is; it ends when `enough`."""
    ends: list[int] = []  # of the runs of each length, the place with the smallest item
    smallest: list[int] = []
    previous: dict[int, int] = {}
    for place in places:
        length = bisect_left(smallest, items[place])
        if length < len(ends) and smallest[length] == items[place]:
            continue
        if length:
            previous[place] = ends[length - 1]
        ends[length : length + 1], smallest[length : length + 1] = [place], [items[place]]
        if enough and len(ends) >= enough:
            break
    run = ends[-1:]
    while run and run[-1] in previous:
        run.append(previous[run[-1]])
    return run[::-1]


def _alike(one: Found, other: Found) -> bool:
    short, long = sorted((one.statement.lower(), other.statement.lower()), key=len)
    return long.startswith(short.rstrip(" .…"))


def _difficulty(match: re.Match[str]) -> str:
    ends = sorted({match["easy"], match["hard"] or match["easy"]})
    return "-".join(ends)


def _links(links: Iterable[str], base: str) -> list[str]:
    """The addresses of the web among these, in full."""
    found = []
    for link in filter(None, dict.fromkeys(links)):
        try:
            url = urljoin(base, link.strip())
        except ValueError:
            continue
        within = url.partition("#")[0] == base.partition("#")[0]
        if not within and len(url) <= LONGEST_URL and _WEB.fullmatch(url):
            found.append(url)
    return found


def _tidy(text: str) -> str:
    text = text[: 4 * LONGEST_TEXT]
    return " ".join(plain(text.replace(_LESS, "<").replace(_AND, "&")).split())


def _cut(text: str, longest: int = LONGEST_TEXT) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
