"""Reads made-up pages until a hundred thousand have neither crashed nor hung the reader of posts.

    python tests/fuzz_posts.py [HOW_MANY [SEED]]

Pages are random pieces of markup, or whole pages in one of the layouts with bytes changed, cut
out, doubled and moved. Prints the first page that fails and exits 1; a page that takes longer than
ten seconds fails as well. What was found stands as cases in test_posts.py.
"""

import faulthandler
import random
import sys
import time

from mirror import LAYOUTS, invented, page
from test_posts import TAGS, WORDS, check

PIECES = f"{TAGS} {WORDS}".split(" ")
PAGES = [page(invented(f"4.{n}" for n in range(1, 4)), layout) for layout in LAYOUTS]


def random_page(chance: random.Random) -> str:
    """Pieces in any order, or a page that was damaged."""
    if chance.random() < 0.5:
        pieces = [chance.choice(PIECES) for _ in range(chance.randrange(40))]
        joined = chance.choice(["", " "]).join(pieces)
        return joined + "".join(chr(chance.randrange(0x3000)) for _ in range(chance.randrange(5)))
    text = chance.choice(PAGES)
    for _ in range(chance.randrange(1, 12)):
        start, end = sorted(chance.randrange(len(text) + 1) for _ in range(2))
        end = min(end, start + chance.choice([1, 3, 30, 300]))
        piece = chance.choice(["", chance.choice(PIECES), text[start:end] * 2, "\0", "\ufdd1"])
        text = text[:start] + piece + text[end:]
    return text.encode("utf-8", "replace")[: chance.choice([None, 500, 3000])].decode(
        "utf-8", "replace"
    )


def main(how_many: int = 100_000, seed: int = 0) -> int:
    chance = random.Random(seed)
    begun = time.monotonic()
    for n in range(how_many):
        html = random_page(chance)
        faulthandler.dump_traceback_later(10, exit=True)
        try:
            check(html)
        except Exception:
            print(f"Page {n} of seed {seed}:\n{html!r}")
            raise
        if n % 10_000 == 9_999:
            print(f"{n + 1:,} pages in {time.monotonic() - begun:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
