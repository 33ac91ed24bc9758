"""Text from outside, made safe for where it goes. Knows nothing of problems."""

import re
import unicodedata
from collections.abc import Iterable

_CODE = re.compile(r"(`[^`\n]+`)")
_ENTITY = re.compile(r"&(?=#?[A-Za-z0-9]{1,32};)")
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~$!{}])")
_OPENING = re.compile(
    r"\A([%+=-])"
)  # a list, a heading or a notebook's magic, at the head of a line
# Names that Windows keeps for devices, whatever their ending.
DEVICES = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(10))}
_LONGEST_WORD = 60
_BREAKS = re.compile(r"[\r\n\t\v\f\x1c-\x1e\x85\u2028\u2029]+")


def plain(text: str) -> str:
    """One line without control characters, terminal escapes or direction overrides."""
    one_line = _BREAKS.sub(" ", text)
    return "".join(c for c in one_line if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co"})


def markdown(text: str) -> str:
    """One line of Markdown that shows the text as it is; only `code` keeps its meaning."""
    pieces = _CODE.split(plain(text).strip())
    shown = "".join(
        piece if _CODE.fullmatch(piece) else _ENTITY.sub(r"\\&", _SPECIAL.sub(r"\\\1", piece))
        for piece in pieces
    )
    return _OPENING.sub(r"\\\1", shown)


def link(text: str, url: str) -> str:
    """A Markdown link to an address from outside, or the text alone where there is none."""
    address = "".join(f"%{ord(c):02X}" if c in "()<>[]\\`\"' " else c for c in plain(url))
    address = _ENTITY.sub("&amp;", address)  # an address may hold `&`, and not what looks like one
    web = address.startswith(("http://", "https://"))
    return f"[{markdown(text)}]({address})" if web else markdown(text)


def near(word: str, words: Iterable[str], most: int = 1) -> list[str]:
    """The nearest of some words, the best first; none for one that is too long to be a slip."""
    import difflib  # takes 5 ms, and no listing needs it

    return difflib.get_close_matches(word, words, n=most) if len(word) <= _LONGEST_WORD else []


def without_password(url: str) -> str:
    """An address of the web without the name and the password that it may hold."""
    return re.sub(r"^(\w{1,20}://)[^/?#\s]*@", r"\1", url)


def slug(text: str, longest: int = 40) -> str:
    """Words of the text in lower-case ASCII, joined by hyphens: safe in a folder's name."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9.]+", ascii_text.lower())
    made = ""
    for word in (word.strip(".") for word in words):
        if word and len(made) + len(word) >= longest:
            break
        made = f"{made}-{word}" if made and word else made or word
    return made[:longest]
