"""Searching: which problems a text is about, the best first, and where each of them has it.

Every concept of a text is looked up field by field. What is in the title weighs more than what is
in a known work, and a rare word more than a common one. Reads no file itself: `store` does.
"""

from collections.abc import Callable, Iterable, Sequence
from math import log, prod
from typing import Any, NamedTuple

from problembrowser.index import terms
from problembrowser.index.terms import Concept, Meaning
from problembrowser.index.words import nearest, quoted

Ask = Callable[[str, Sequence[Any]], list[Any]]

# where a problem has a word -> the columns of `text`, and how much that counts
FIELDS = {
    "title": ("id title", 0.9),
    "tags": ("tags", 0.7),
    "summary": ("summary", 0.5),
    "area": ("section category", 0.3),
    "steps": ("steps", 0.2),
    "work": ("work", 0.1),
}
_SAME = 0.97  # what another name of it counts, beside the typed one
_ALSO = 0.7  # what it is a kind of
_BEGINNING = 0.4  # a longer word that begins so
_PAIR = 0.5  # more where two words of the text stand side by side
_ALL = 0.1  # more for a problem that has all of a text
_STARTER = 0.04
_WISHED = 0.15  # more for a problem that fits a filter that words of the text mean
_EASY = 0.03  # more for an A, less the harder it is
# Of the best one's score, for a problem that has only some of the text: and if there are few.
_ENOUGH, _ENOUGH_OF_FEW = 0.7, 0.4
_FEW = 5
_MOST = 6_000  # problems to look through field by field
_RANKED = 500
_NOTHING = '""'
_AFTER_ALL = "\U0010ffff"
_SHORTEST_BEGINNING = 3
_NEAR = 0.85


class Hits(NamedTuple):
    """Positions in the table of problems, the best match first.

    `where` is the field of FIELDS in which a problem has most of the text, the title if it has any
    of it there; of very many problems it is empty. `total` counts those beyond a limit, too.
    """

    positions: list[int]
    total: int
    where: dict[int, str]
    all_words: bool


class Search:
    """Answers what is in an index, given what asks its database."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def hits(
        self,
        meaning: Meaning,
        must: tuple[str, Sequence[Any]],
        wished: tuple[str, Sequence[Any]],
        limit: int = -1,
        counted: bool = True,
    ) -> Hits:
        """The problems about a text that fit an SQL condition on `problem AS p`.

        Those that fit the condition `wished` come before their like. If not `counted`, the total
        may be too small.
        """
        concepts, pairs, _ = meaning
        number = self._ask("SELECT max(position) FROM problem", [])[0][0] or 0
        if number > _MOST:
            return self._roughly(concepts, *must, limit, counted)
        rows = self._ask(
            f"SELECT p.position, p.starter, p.rank, {wished[0]} FROM problem AS p WHERE {must[0]}",
            [*wished[1], *must[1]],
        )
        liked = {
            position: _STARTER * starter + _EASY / (1 + rank) + _WISHED * fits
            for position, starter, rank, fits in rows
        }
        return self._exactly(concepts, pairs, liked, number, limit)

    def unknown(self, text: str) -> list[str]:
        """What a text asks for that no problem has."""
        return [
            " ".join(concept.phrases[0])
            for concept in terms.read(text).concepts
            if not self._occurs(self._any(concept))
        ]

    def corrected(self, text: str) -> str:
        """The text with the nearest known word for each unknown one, "" if there is none."""
        unknown = self.unknown(text)
        mended = {word: self._near(word) for word in unknown}
        if not unknown or not all(mended.values()):
            return ""
        typed = [word.lower() for word in text.replace('"', " ").split()]
        return " ".join(mended.get(word, word) for word in typed)

    def waiting(self, text: str) -> list[tuple[str, str]]:
        """List and title of what has all of a text in a list that comes along but was not added."""
        concepts = terms.read(text).concepts
        query = " AND ".join(_either(map(quoted, (*one.phrases, *one.also))) for one in concepts)
        return [
            (row[0], row[1])
            for row in self._ask(
                "SELECT w.list, w.title FROM waiting_text "
                "JOIN waiting AS w ON w.rowid = waiting_text.rowid "
                "WHERE waiting_text MATCH ? ORDER BY waiting_text.rank",
                [query or _NOTHING],
            )
        ]

    def _exactly(
        self,
        concepts: Sequence[Concept],
        pairs: Sequence[Concept],
        liked: dict[int, float],
        number: int,
        limit: int,
    ) -> Hits:
        scores = dict.fromkeys(liked, 0.0)
        fields = {position: dict.fromkeys(FIELDS, 0.0) for position in liked}
        lacking = dict.fromkeys(liked, 0)
        total = 0.0
        for concept in concepts:
            found = self._looked_up(concept)
            rare = _rarity(found, number)
            total += rare
            for position in liked:
                if places := found.get(position):
                    scores[position] += rare * _together(places)
                    for field, score in places.items():
                        fields[position][field] += rare * score
                else:
                    lacking[position] += 1
                    if concept.quoted:
                        scores[position] = float("-inf")
        for pair in pairs:
            found = self._looked_up(pair)
            for position in found.keys() & liked.keys():
                scores[position] += _PAIR * _rarity(found, number) * _together(found[position])
        for position, more in liked.items():
            scores[position] /= total or 1.0
            if scores[position] > 0:
                scores[position] += _ALL * (not lacking[position]) + more
        return _cut(scores, lacking, fields, limit)

    def _looked_up(self, concept: Concept) -> dict[int, dict[str, float]]:
        """For every problem that has a concept, in which fields and how much that counts."""
        typed = concept.phrases[0]
        queries = [(quoted(typed), 1.0)]
        if not concept.quoted:
            whole = self._is_word(typed[-1])
            queries += [
                (_either(map(quoted, concept.phrases[1:])), _SAME),
                (_either(map(quoted, concept.also)), _ALSO),
                (self._beginning(typed), _BEGINNING if whole else 1.0),
            ]
        found: dict[int, dict[str, float]] = {}
        for query, factor in queries:
            if not self._occurs(query):
                continue
            for field, (columns, weight) in FIELDS.items():
                for (position,) in self._ask(
                    "SELECT rowid FROM text WHERE text MATCH ?", [f"{{{columns}}} : ({query})"]
                ):
                    places = found.setdefault(position, {})
                    places[field] = max(places.get(field, 0.0), weight * factor)
        return found

    def _roughly(
        self,
        concepts: Sequence[Concept],
        condition: str,
        values: Sequence[Any],
        limit: int,
        counted: bool,
    ) -> Hits:
        """Of very many problems only the first matches are ranked, those in titles and tags first.

        To rank 40,000 takes 0.2 s, and which of them is best means little.
        """
        each = [self._any(concept) for concept in concepts]
        query = " AND ".join(each) or _NOTHING
        found = dict.fromkeys(self._first("head", query, condition, values, limit))
        if not 0 <= limit <= len(found):
            found |= dict.fromkeys(self._first("text", query, condition, values, limit))
        all_words = bool(found)
        if not found:
            query = " OR ".join(each) or _NOTHING
            found = dict.fromkeys(self._first("text", query, condition, values, limit))
        positions = list(found) if limit < 0 else list(found)[:limit]
        total = self._number(query, condition, values) if counted else len(found)
        return Hits(positions, total, {}, all_words)

    def _first(
        self, table: str, query: str, condition: str, values: Sequence[Any], limit: int
    ) -> list[int]:
        rows = self._ask(
            f"SELECT {table}.rank, p.position FROM {table} "
            f"CROSS JOIN problem AS p ON p.position = {table}.rowid "
            f"WHERE {condition} AND {table} MATCH ? LIMIT ?",
            [*values, query, _RANKED if limit >= 0 else -1],
        )
        # Sorted here: told to sort, SQLite ranks every match before it obeys the limit.
        return [position for _, position in sorted(rows)]

    def _number(self, query: str, condition: str, values: Sequence[Any]) -> int:
        rows = self._ask(
            "SELECT count(*) FROM text CROSS JOIN problem AS p ON p.position = text.rowid "
            f"WHERE {condition} AND text MATCH ?",
            [*values, query],
        )
        return int(rows[0][0])

    def _any(self, concept: Concept) -> str:
        """The query for any phrase of a concept, the typed one as a beginning if need be."""
        typed, *others = (*concept.phrases, *concept.also)
        first = (
            quoted(typed) if concept.quoted or self._is_word(typed[-1]) else self._beginning(typed)
        )
        return _either([first, *map(quoted, others)])

    def _is_word(self, word: str) -> bool:
        return bool(self._ask("SELECT 1 FROM word WHERE text = ?", [word]))

    def _beginning(self, phrase: Sequence[str]) -> str:
        term = quoted(phrase)
        if len(phrase[-1]) < _SHORTEST_BEGINNING:
            return term
        if self._occurs(f"{term} *"):
            return f"{term} *"
        # Words are stored by their stem ("grok"), which a long beginning ("grokkin") outgrows.
        whole = [quoted([*phrase[:-1], word]) for word in self._words_beginning(phrase[-1])]
        return _either(whole) if whole else term

    def _occurs(self, query: str) -> bool:
        return bool(self._ask("SELECT 1 FROM text WHERE text MATCH ? LIMIT 1", [query]))

    def _words_beginning(self, text: str) -> list[str]:
        rows = self._ask(
            "SELECT text FROM word WHERE text >= ? AND text < ? ORDER BY problems DESC LIMIT 8",
            [text, text + _AFTER_ALL],
        )
        return [row[0] for row in rows]

    def _near(self, word: str) -> str:
        rows = self._ask(
            "SELECT text FROM word WHERE length(text) BETWEEN ? AND ? ORDER BY problems DESC",
            [len(word) - 2, len(word) + 2],
        )
        return next(iter(nearest(word, [row[0] for row in rows], _NEAR)), "")


def _rarity(found: dict[int, dict[str, float]], number: int) -> float:
    """How much it tells that a problem has a concept; what only steps and works name is rare."""
    told = sum(max(places.values()) >= FIELDS["area"][1] for places in found.values())
    return log(1 + number / max(told, 1))


def _together(places: dict[str, float]) -> float:
    return 1 - prod(1 - score for score in places.values())


def _either(queries: Iterable[str]) -> str:
    return f"({' OR '.join(queries) or _NOTHING})"


def _cut(
    scores: dict[int, float],
    lacking: dict[int, int],
    fields: dict[int, dict[str, float]],
    limit: int,
) -> Hits:
    """Those that have all of a text, and those that have less of it but in better places."""
    found = {position: score for position, score in scores.items() if score > 0}
    best = max(found.values(), default=0.0)
    kept: list[int] = []
    for bound in (_ENOUGH * best, _ENOUGH_OF_FEW * best):
        if len(kept) < _FEW:
            kept = [at for at, score in found.items() if not lacking[at] or score >= bound]
    kept.sort(key=lambda position: (-scores[position], position))
    shown = kept if limit < 0 else kept[:limit]
    where = {
        position: "title"
        if fields[position]["title"]
        else max(fields[position], key=fields[position].__getitem__)
        for position in shown
    }
    return Hits(shown, len(kept), where, not all(lacking[position] for position in kept))
