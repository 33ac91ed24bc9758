"""Names such as "The Cold Kitchen Lamp (", whose acronym comes next, letter by letter.

Used are only acronyms whose letters are one token each behind the bracket under the model's tokenizer,
also where one word is replaced. Each acronym comes with two names, so that a control has the same letters.
"""

import random
from collections import Counter
from collections.abc import Sequence
from string import ascii_uppercase
from typing import NamedTuple

from transformer_lens import TransformerBridge

from lab.pairs import Pair, Pairs, Prompt, encode, fill, token_of

_WORDS = (
    "Ancient Amber Apple Arctic Autumn Blue Bright Bronze Bridge Bird Cold Clean Crystal Castle "
    "Copper Dark Deep Double Dragon Desert Early Eastern Empty Eagle Engine Fine Fast Frozen Forest "
    "Flower Great Green Golden Garden Glass High Happy Hidden House Harbor Iron Inner Ideal Island "
    "Insect Jade Jungle Joint Jewel Jacket King Kitchen Knight Key Keeper Large Little Lost Lamp Lake "
    "Modern Magic Metal Mountain Market New Northern Night Net Old Open Orange Ocean Oak Pale Public "
    "Purple Palace Paper Quiet Quick Queen Quest Quarter Red Royal Rapid River Road Small Silver "
    "Silent Stone Star Tall Tiny Twin Tower Train Upper Urban United Union Unit Violet Visual Village "
    "Valley Wild White Wooden Water Wind Young Yellow Yard Youth Zero Zen Zone Zoo"
)
WORDS = _WORDS.split()
GAP = ", in short,"
# known by heart
KNOWN = {"CEO", "USA", "NBA", "FBI", "CIA", "GDP", "DNA", "IBM", "BMW", "UFO", "FAQ", "IRQ", "VIP"}


class Name(NamedTuple):
    """Three words, and for each of them another word with another first letter."""

    words: tuple[str, str, str]
    others: tuple[str, str, str]

    def letters(self) -> str:
        """The acronym."""
        return "".join(word[0] for word in self.words)

    def replaced(self, at: int) -> tuple[str, str, str]:
        """The words with one of them replaced by its other."""
        first, second, third = (
            self.others[i] if i == at else word for i, word in enumerate(self.words)
        )
        return first, second, third


def names(model: TransformerBridge, n: int, seed: int = 0) -> tuple[list[Name], Counter[str]]:
    """n names, two in a row with the same letters; and how many acronyms were not used, by reason.

    The six first letters of a name's words and others differ. ValueError if hardly any acronym fits.
    """
    rng = random.Random(seed)
    by_letter: dict[str, list[str]] = {}
    for word in WORDS:
        if token_of(model, f" {word}") is not None:
            by_letter.setdefault(word[0], []).append(word)
    letters = [letter for letter, words in by_letter.items() if len(words) > 1]
    made: list[Name] = []
    left_out = Counter[str]()
    for _ in range(200 * n):
        if len(made) >= n:
            return made[:n], left_out
        own, others = rng.sample(letters, 3), rng.sample(letters, 3)
        if len({*own, *others}) < 6 or "".join(own) in KNOWN:
            left_out["known, or a letter twice"] += 1
            continue
        acronyms = [
            "".join(own),
            *("".join([*own[:i], others[i], *own[i + 1 :]]) for i in range(3)),
        ]
        if not all(_spelt(model, acronym) for acronym in acronyms):
            left_out["letters glued together in a token"] += 1
            continue
        # two words for each of the six letters: [letter][name]
        twos = [rng.sample(by_letter[letter], 2) for letter in (*own, *others)]
        for a, b, c, d, e, f in zip(*twos, strict=True):
            made.append(Name((a, b, c), (d, e, f)))
    raise ValueError(f"few acronyms of this model are three tokens: found {len(made)} of {n}")


def prompt(words: Sequence[str], written: str, gap: str = "") -> Prompt:
    """A name and the letters of its acronym that are written already. Places: "word 1" to "word 3",
    and "letter 1" and "letter 2" where they are there; the next letter is due at the end."""
    fields = {f"word {i + 1}": word for i, word in enumerate(words)}
    fields |= {f"letter {i + 1}": letter for i, letter in enumerate(written)}
    letters = "".join(f"{{letter {i + 1}}}" for i in range(len(written)))
    return fill(f"The {{word 1}} {{word 2}} {{word 3}}{gap} ({letters}", **fields)


def due(some: Sequence[Name], at: int, gap: str = "") -> list[Prompt]:
    """Each name where its letter `at` (0, 1 or 2) is due; `gap` stands between name and bracket."""
    return [prompt(one.words, one.letters()[:at], gap) for one in some]


def swaps(some: Sequence[Name], at: int) -> list[Pair]:
    """Each name beside the one with word `at` replaced, where that word's letter is due."""
    return [
        Pair(
            prompt(one.words, one.letters()[:at]),
            prompt(one.replaced(at), one.letters()[:at]),
            one.words[at][0],
            one.others[at][0],
        )
        for one in some
    ]


FIRST_LETTERS = ("of word 1", "of word 2", "of word 3", "of no word")


def begun_with(some: Sequence[Name], which: str) -> list[Prompt]:
    """Each name behind one written letter, which belongs there ("of word 1") or does not.

    KeyError for another than `FIRST_LETTERS`. "Of no word" is the first letter of another word.
    """
    number = {name: i for i, name in enumerate(FIRST_LETTERS)}[which]
    return [prompt(one.words, (one.letters() + one.others[1][0])[number]) for one in some]


def blind_share(some: Sequence[Name], at: int) -> float:
    """The share of names that the commonest letter of a place gets."""
    return max(Counter(one.letters()[at] for one in some).values()) / len(some)


def asked(model: TransformerBridge, prompts: Sequence[Prompt]) -> Pairs:
    """Prompts as tokens, each paired with itself. ValueError where one does not fit the tokenizer."""
    pairs = encode(model, [Pair(one, one, "A", "B") for one in prompts])
    if pairs.dropped:
        raise ValueError(f"names do not fit this model's tokenizer: {pairs.dropped}")
    return pairs


def letter_ids(model: TransformerBridge) -> list[int]:
    """The token of each capital. ValueError where one has none."""
    found = [token_of(model, letter) for letter in ascii_uppercase]
    ids = [one for one in found if one is not None]
    if len(ids) < len(found):
        raise ValueError("capitals are not one token each for this model")
    return ids


def _spelt(model: TransformerBridge, acronym: str) -> bool:
    """Whether each beginning of an acronym is cut letter by letter behind the bracket."""
    start = _ids(model, "Lamp (")
    single = [token_of(model, letter) for letter in acronym]
    return all(_ids(model, f"Lamp ({acronym[:n]}") == [*start, *single[:n]] for n in (1, 2, 3))


def _ids(model: TransformerBridge, text: str) -> list[int]:
    ids: list[int] = model.tokenizer(text, add_special_tokens=False).input_ids
    return ids
