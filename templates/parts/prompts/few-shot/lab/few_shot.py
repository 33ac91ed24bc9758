"""Prompts such as "Pairs: hot -> cold, big -> small, fast ->", which show a task and ask for one more.

In the corrupted prompt the same answers stand behind the wrong words. Every word is one token, so that
prompts with as many examples line up.
"""

import random
from typing import NamedTuple

from transformer_lens import TransformerBridge

from lab.pairs import Pair, Prompt, fill, token_of

Item = tuple[str, str]

TASKS: dict[str, list[Item]] = {
    "opposites": [
        ("hot", "cold"), ("big", "small"), ("fast", "slow"), ("up", "down"), ("open", "closed"),
        ("rich", "poor"), ("young", "old"), ("light", "dark"), ("early", "late"), ("hard", "soft"),
        ("high", "low"), ("wet", "dry"), ("happy", "sad"), ("strong", "weak"), ("thick", "thin"),
        ("long", "short"), ("full", "empty"), ("near", "far"), ("true", "false"), ("left", "right"),
        ("good", "bad"), ("win", "lose"), ("buy", "sell"), ("love", "hate"), ("day", "night"),
        ("north", "south"), ("east", "west"), ("inside", "outside"), ("before", "after"),
        ("first", "last"), ("more", "less"), ("above", "below"), ("yes", "no"), ("life", "death"),
        ("clean", "dirty"), ("loud", "quiet"), ("wide", "narrow"), ("begin", "end"),
    ],
    "capitals": [
        ("France", "Paris"), ("Italy", "Rome"), ("Spain", "Madrid"), ("Germany", "Berlin"),
        ("Japan", "Tokyo"), ("Russia", "Moscow"), ("China", "Beijing"), ("Egypt", "Cairo"),
        ("Greece", "Athens"), ("Austria", "Vienna"), ("Ireland", "Dublin"), ("Poland", "Warsaw"),
        ("Hungary", "Budapest"), ("Norway", "Oslo"), ("Cuba", "Havana"), ("Iran", "Tehran"),
        ("Iraq", "Baghdad"), ("Syria", "Damascus"), ("Lebanon", "Beirut"), ("Turkey", "Ankara"),
        ("England", "London"), ("Canada", "Ottawa"), ("Kenya", "Nairobi"), ("Belgium", "Brussels"),
        ("Sweden", "Stockholm"), ("Denmark", "Copenhagen"), ("Portugal", "Lisbon"), ("Libya", "Tripoli"),
        ("Australia", "Canberra"), ("Ukraine", "Kiev"), ("Peru", "Lima"), ("Afghanistan", "Kabul"),
        ("Venezuela", "Caracas"), ("Israel", "Jerusalem"), ("Scotland", "Edinburgh"), ("Wales", "Cardiff"),
    ],
    "plurals": [
        ("cat", "cats"), ("dog", "dogs"), ("house", "houses"), ("car", "cars"), ("tree", "trees"),
        ("book", "books"), ("child", "children"), ("man", "men"), ("woman", "women"), ("city", "cities"),
        ("country", "countries"), ("baby", "babies"), ("knife", "knives"), ("leaf", "leaves"),
        ("wolf", "wolves"), ("box", "boxes"), ("church", "churches"), ("bird", "birds"), ("hand", "hands"),
        ("friend", "friends"), ("river", "rivers"), ("family", "families"), ("story", "stories"),
        ("party", "parties"), ("mouse", "mice"), ("tooth", "teeth"), ("person", "people"), ("eye", "eyes"),
        ("window", "windows"), ("door", "doors"), ("army", "armies"), ("body", "bodies"),
        ("student", "students"), ("teacher", "teachers"), ("letter", "letters"), ("shoe", "shoes"),
    ],
}  # fmt: skip


class Shown(NamedTuple):
    """What one prompt shows and asks."""

    examples: list[Item]
    asked: Item
    other: Item  # of the same task, and not in the prompt


def single(model: TransformerBridge, items: list[Item]) -> list[Item]:
    """The items whose two words are one token each behind a space; ValueError for fewer than eight."""
    kept = [item for item in items if all(token_of(model, f" {word}") is not None for word in item)]
    if len(kept) < 8:
        raise ValueError(
            f"only {len(kept)} of {len(items)} items are single tokens for this model: use another task"
        )
    return kept


def halves(items: list[Item], seed: int = 0) -> tuple[list[Item], list[Item]]:
    """Items to ask for in one experiment, and others for another, so that no answer is in both."""
    mixed = random.Random(seed).sample(items, len(items))
    return mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :]


def drawn(
    items: list[Item], n: int, n_examples: int, seed: int, asked: list[Item] | None = None
) -> list[Shown]:
    """n prompts' contents; what is asked comes from `asked` in turn, or from all items.

    ValueError if there are too few items.
    """
    if len(items) < n_examples + 2:
        raise ValueError(f"{len(items)} items are too few for {n_examples} examples")
    rng, pool, found = random.Random(seed), asked or items, []
    order = [one for _ in range(n // len(pool) + 1) for one in rng.sample(pool, len(pool))]
    for one in order[:n]:
        *examples, other = rng.sample([item for item in items if item != one], n_examples + 1)
        found.append(Shown(examples, one, other))
    return found


def shuffled(examples: list[Item], other: Item, rng: random.Random) -> list[Item]:
    """The same words, each with another one's answer; a single one gets the answer of `other`."""
    if len(examples) < 2:
        return [(word, other[1]) for word, _ in examples]
    mixed = rng.sample(range(len(examples)), len(examples))
    answer = {mixed[i]: examples[mixed[i - 1]][1] for i in range(len(mixed))}
    return [(word, answer[i]) for i, (word, _) in enumerate(examples)]


def prompt(examples: list[Item], word: str) -> Prompt:
    """The text, with the places "word0", "answer0", ..., and "query"."""
    shown = ",".join(f" {{word{i}}} -> {{answer{i}}}" for i in range(len(examples)))
    words = {f"word{i}": one for i, (one, _) in enumerate(examples)}
    answers = {f"answer{i}": one for i, (_, one) in enumerate(examples)}
    return fill(
        f"Pairs:{shown}{',' if examples else ''} {{query}} ->", query=word, **words, **answers
    )


def pairs(contents: list[Shown], seed: int = 0) -> list[Pair]:
    """Clean: the examples with their answers. Corrupted: with their answers shuffled. The clean answer is
    that of the word asked, the other one that of a word of the task which the prompt does not hold."""
    rng = random.Random(seed)
    return [
        Pair(
            prompt(one.examples, one.asked[0]),
            prompt(shuffled(one.examples, one.other, rng), one.asked[0]),
            f" {one.asked[1]}",
            f" {one.other[1]}",
        )
        for one in contents
    ]


def asked_otherwise(contents: list[Shown], words: list[str]) -> list[Prompt]:
    """The clean prompts with other words asked."""
    return [prompt(one.examples, word) for one, word in zip(contents, words, strict=True)]
