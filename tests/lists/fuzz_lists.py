"""Throws text at the readers of lists until so many inputs have run, and shows what broke them.

    python tests/fuzz_lists.py 100000 [SEED]

An input may give a list or an InvalidList, in a time in proportion to its length, and nothing else;
a list must outlive its own copy. What was found stands as a case in test_readers or test_sources.
"""

import json
import random
import sys
import time
from collections import Counter

from problembrowser.errors import InvalidList
from problembrowser.lists import own, readers, sources

EXAMPLES = {kind: sources.example(kind) for kind in readers.FORMATS}
SPICE = [
    *('"', "'", '"""', "'''", "\\", "[", "]", "{", "}", "[[", "]]", "=", ",", ";", "|", "#", "."),
    *("\n", "\r", "\0", "\x1b", "\ufeff", "\u202e", "\u2028", "\ud800", "é", "\U0001f600", "\t"),
    *("null", "NaN", "1e999", "-0", "0x", "9" * 30, "true", "1999-01-01", "inf", "{{", "%}"),
    *("[problem]", "[[problem]]", "[[category]]", "[list]", "id = ", '"id": ', "\n\n", "starter."),
]
VALUES = [
    *(
        None,
        True,
        False,
        0,
        -1,
        2**63,
        10**400,
        1.5,
        -1e308,
        "",
        " ",
        "A",
        "B-C",
        "cpu",
        "low",
        "7",
    ),
    *("post", "superposition", "http://a.b", "https://a.b/{{c}}", "\x1b[2J", "\ud800", "a" * 2001),
    *("train-transformer", "tasks/max-of-two", "../..", "CON", "\n", "title", "a\0b", "%run x"),
    *([], {}, [[]], [None], ["tasks/max-of-two"], {"operation": "min"}, {"operation": 3}),
]


def mutated(chance: random.Random) -> tuple[str, bytes]:
    """An example with a few pieces cut, doubled, moved or spiced."""
    kind = chance.choice(readers.FORMATS)
    text = EXAMPLES[kind]
    for _ in range(chance.randint(1, 4)):
        a = chance.randrange(len(text) + 1)
        b = a + chance.choice((0, 0, 1, 5, 60))
        piece = chance.choice(("", text[a:b] * 2, chance.choice(SPICE), text[:a][-40:]))
        text = text[:a] + piece + text[b:]
    return kind, text.encode("utf-8", chance.choice(("replace", "surrogatepass")))


def structured(chance: random.Random) -> tuple[str, bytes]:
    """A list in JSON whose fields hold what they should, or something else."""
    data = json.loads(EXAMPLES["json"])
    places = [
        data,
        data["list"],
        *data["category"],
        *data["problem"],
        data["problem"][0]["starter"],
    ]
    for _ in range(chance.randint(1, 3)):
        name = chance.choice(("id", "list", "problem", "slug", "number", *readers.FIELDS))
        chance.choice(places)[name.rpartition(".")[2]] = value(chance)
    return "json", json.dumps(data, ensure_ascii=chance.random() < 0.5).encode("utf-8", "replace")


def value(chance: random.Random, depth: int = 0) -> object:
    """A value of any shape."""
    if depth > 3 or chance.random() < 0.7:
        return chance.choice(VALUES)
    inner = [value(chance, depth + 1) for _ in range(chance.randint(0, 4))]
    return inner if chance.random() < 0.5 else dict(zip(readers.FIELDS, inner, strict=False))


def mixed(chance: random.Random) -> tuple[str, bytes]:
    """Pieces of the formats in any order."""
    words = [*SPICE, *readers.FIELDS, "list", "problem", "category"]
    text = "".join(chance.choice(words) for _ in range(chance.randint(0, 40)))
    return chance.choice(("", *readers.FORMATS)), text.encode("utf-8", "surrogatepass")


def noise(chance: random.Random) -> tuple[str, bytes]:
    """Any bytes."""
    return chance.choice(("", *readers.FORMATS)), chance.randbytes(chance.randint(0, 200))


def outcome(kind: str, content: bytes) -> str:
    """What becomes of an input: "list" or "faults"; fails where it is neither."""
    start = time.process_time()
    try:
        found, faults = own.read(content, kind, otherwise="mine"), ["none"]
    except InvalidList as error:
        found, faults = None, error.faults
    assert faults
    assert all(len(fault) < 400 for fault in faults)
    assert found is None or own.from_copy(own.copy_of(found)) == found
    assert time.process_time() - start < 2
    return "list" if found else "faults"


def fuzz(number: int, seed: int = 0) -> Counter[str]:
    """Try so many inputs; an AssertionError or another error carries the input."""
    outcomes: Counter[str] = Counter()
    for n in range(number):
        chance = random.Random(f"{seed}:{n}")
        make = chance.choices((mutated, structured, mixed, noise), (5, 3, 1, 1))[0]
        given = make(chance)
        try:
            outcomes[outcome(*given)] += 1
        except Exception as error:
            error.add_note(f"input {n} of seed {seed}: {given!r}")
            raise
    return outcomes


if __name__ == "__main__":
    print(dict(fuzz(*map(int, sys.argv[1:] or ["100000"]))))
