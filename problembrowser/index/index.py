"""What the index knows: answers questions about problems. Reads no file itself: `store` does."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from problembrowser.catalogue.scales import DIFFICULTIES, LETTERS
from problembrowser.errors import NotFound
from problembrowser.index import store
from problembrowser.index.words import did_you_mean, either, nearest, plain, words

if TYPE_CHECKING:
    from problembrowser.catalogue.problem import Category, Problem
    from problembrowser.index.search import Search
    from problembrowser.index.terms import Meaning

SORTS = {
    "difficulty": "p.rank, p.position",
    "id": "p.position",
    "title": "p.title, p.position",
}

BUNDLED, EVERY = "bundled", "all"  # what a source may be besides a list of one's own
_AFTER_ALL = "\U0010ffff"


class Filter(NamedTuple):
    """Which problems are wanted; several values of one field mean any of them (all of the tags).

    `categories` are slugs, numbers or unique beginnings; `difficulties` letters or ranges, each of
    which finds every rating that it touches; `source` is the name of a list of one's own.
    """

    categories: tuple[str, ...] = ()
    difficulties: tuple[str, ...] = ()
    max_difficulty: str = ""
    compute: tuple[str, ...] = ()
    coding: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    starred: bool = False
    no_known_work: bool = False
    starter: bool = False
    source: str = ""


EVERYTHING = Filter()


class Row(NamedTuple):
    """What a listing shows of a problem; `Index.problems` has the rest."""

    position: int
    id: str
    title: str
    category: str
    rating: str
    compute: str
    coding: str
    starter: bool


class Found(NamedTuple):
    """What a search finds: as many rows as were asked for, of `total`.

    `where` names for a position the field of `search.FIELDS` that has most of the text; `all_words`
    is False if no problem has all of it.
    """

    rows: list[Row]
    total: int
    where: dict[int, str]
    all_words: bool


_COLUMNS = ", ".join(f"p.{column}" for column in Row._fields)


def connect() -> "Index":
    """The index of everything there is to list, built now if this content was never built.

    Raises InvalidList if it must be built and a list is invalid.
    """
    return Index(store.current())


class Index:
    """Answers questions about problems; every answer comes from one SQLite file."""

    def __init__(self, answers: "store.Store") -> None:
        self._ask = answers.ask
        self._read = answers.read

    def find(
        self, wanted: Filter = EVERYTHING, text: str = "", *, sort: str = "", limit: int = -1
    ) -> list[Row]:
        """The problems that fit a filter and are about a text.

        Without one of SORTS the best match comes first, without a text the easiest.
        """
        if text:
            return self.search(wanted, text, sort=sort, limit=limit, counted=False).rows
        where, values = self._where(wanted)
        return self._rows(where, f"{SORTS[sort or 'difficulty']} LIMIT ?", [*values, limit])

    def search(
        self, wanted: Filter, text: str, *, sort: str = "", limit: int = -1, counted: bool = True
    ) -> Found:
        """The problems that fit a filter and are about a text, the best match first.

        To count them takes time where there are very many: if not `counted`, `total` may be less.
        Words in double quotes must stand together; `terms` says what else a word finds.
        """
        from problembrowser.index import terms

        meaning = terms.read(text)
        wished = wanted_by(meaning)
        if meaning.filters and not meaning.concepts:
            given = {name: value for name, value in wanted._asdict().items() if value}
            wanted = wished._replace(**given)
            rows = self.find(wanted, sort=sort, limit=limit)
            return Found(rows, self.count(wanted), {}, True)
        where = self._where(wanted)
        most = -1 if sort else limit
        hits = self._search().hits(meaning, where, self._where(wished), most, counted)
        # Their own writing of a list of numbers: json takes 4 ms to import.
        chosen = f"[{','.join(map(str, hits.positions))}]"
        rows = self._rows(
            "p.position IN (SELECT value FROM json_each(?))",
            f"{SORTS[sort or 'id']} LIMIT ?",
            [chosen, limit],
        )
        if not sort:
            place = {position: n for n, position in enumerate(hits.positions)}
            rows.sort(key=lambda row: place[row.position])
        return Found(rows, hits.total, hits.where, hits.all_words)

    def count(self, wanted: Filter = EVERYTHING, text: str = "") -> int:
        """How many problems `find` would find."""
        if text:
            return self.search(wanted, text, limit=1).total
        where, values = self._where(wanted)
        return int(self._ask(f"SELECT count(*) FROM problem AS p WHERE {where}", values)[0][0])

    def flags(self, text: str) -> tuple[str, bool]:
        """The options that words of a text mean, and whether it has other words as well."""
        from problembrowser.index import terms

        meaning = terms.read(text)
        return " ".join(flag for _, _, flag in meaning.filters), bool(meaning.concepts)

    def waiting(self, text: str) -> list[tuple[str, str]]:
        """List and title of what is about a text in a list that comes along but was not added."""
        return self._search().waiting(text)

    def corrected(self, text: str) -> str:
        """The text with the nearest known word for each unknown one, "" if there is none."""
        return self._search().corrected(text)

    def unknown_words(self, text: str) -> list[str]:
        """What a text asks for that no problem has."""
        return self._search().unknown(text)

    def problems(self, rows: Iterable[Row]) -> "list[Problem]":
        """All that is known of the problems in these rows."""
        return [self._problem(row.position) for row in rows]

    def get(self, problem_id: str) -> "Problem":
        """The problem with this id; raises NotFound with the nearest ids."""
        wanted = plain(problem_id.strip().replace(",", "."))
        found = self._ask("SELECT position FROM problem WHERE id = ?", [wanted])
        if found:
            return self._problem(found[0][0])
        if any(wanted == str(category.number) for category in self.categories()):
            raise NotFound(f"{wanted} is a category.", f"Type: problembrowser list -c {wanted}")
        raise NotFound(f"There is no problem {problem_id!r}.", self._hint_for_id(wanted))

    def categories(self) -> "list[Category]":
        """Every category, in the order of its number."""
        from problembrowser.catalogue.problem import Category

        return self._read(
            "SELECT json FROM category ORDER BY number, slug",
            [],
            lambda rows: [Category(**_value(row[0])) for row in rows],
        )

    def category(self, text: str) -> "Category":
        """The category with this slug, number or unique beginning; raises NotFound."""
        wanted = text.strip().lower().replace(" ", "-")
        every = self.categories()
        for category in every:
            if wanted in (category.slug, str(category.number)):
                return category
        found = [category for category in every if wanted and category.slug.startswith(wanted)]
        if len(found) == 1:
            return found[0]
        if found:
            names = either([category.slug for category in found])
            raise NotFound(f"{text!r} may be {names}.", "Type one more letter.")
        near = nearest(wanted, [category.slug for category in every])
        raise NotFound(
            f"There is no category {text!r}.", did_you_mean(near, "problembrowser categories")
        )

    def tallies(self) -> dict[str, tuple[int, int, int]]:
        """For each category: how many problems, how many rated A, how many with a starter."""
        rows = self._ask(
            "SELECT category, count(*), sum(rank = ?), sum(starter) FROM problem GROUP BY category",
            [DIFFICULTIES.index("A")],
        )
        return {row[0]: (row[1], row[2], row[3]) for row in rows}

    def notice(self) -> str:
        """One line on how dated the bundled list is."""
        # Unquoted by SQLite: every listing ends with it, and json takes 4 ms to import.
        return self._read(
            "SELECT json_extract(json, '$') FROM fact WHERE name = 'notice'",
            [],
            lambda rows: str(rows[0][0]),
        )

    def about(self, problem_id: str = "") -> dict[str, Any]:
        """What is known of the list that a problem is from: `bundled.about`, or in its terms."""
        lists = self._fact("lists") if ":" in problem_id else {}
        return {**self._fact("about"), **lists.get(problem_id.partition(":")[0], {})}

    def resources(self, category: str = "everyone") -> list[dict[str, Any]]:
        """What to read or watch for a category."""
        return [resource for resource in self._fact("resources") if category in resource["for"]]

    def tags(self, wanted: Filter = EVERYTHING) -> list[tuple[str, int]]:
        """The tags of the problems that fit a filter, the most frequent first, with how many."""
        where, values = self._where(wanted)
        rows = self._ask(
            "SELECT tag.name, count(*) AS n FROM problem AS p "
            "JOIN tag ON tag.position = p.position "
            f"WHERE {where} GROUP BY tag.name ORDER BY n DESC, tag.name",
            values,
        )
        return [(row[0], row[1]) for row in rows]

    def lists(self) -> dict[str, str]:
        """The title of each list of one's own, by its name."""
        return {name: about["title"] for name, about in self._fact("lists").items()}

    def beginning_with(self, text: str, limit: int = 400) -> list[tuple[str, str]]:
        """Id and title of the problems whose id begins so, for completion in a shell."""
        rows = self._ask(
            "SELECT id, title FROM problem WHERE id >= ? AND id < ? ORDER BY position LIMIT ?",
            [plain(text), plain(text) + _AFTER_ALL, limit],
        )
        return [(row[0], row[1]) for row in rows]

    def _problem(self, position: int) -> "Problem":
        from problembrowser.catalogue.problem import restored

        return self._read(
            "SELECT json FROM document WHERE position = ?",
            [position],
            lambda rows: restored(_value(rows[0][0])),
        )

    def _fact(self, name: str) -> Any:
        return self._read(
            "SELECT json FROM fact WHERE name = ?", [name], lambda rows: _value(rows[0][0])
        )

    def _search(self) -> "Search":
        from problembrowser.index.search import Search  # a listing searches nothing

        return Search(self._ask)

    def _rows(self, where: str, order: str, values: Sequence[Any]) -> list[Row]:
        return self._read(
            f"SELECT {_COLUMNS} FROM problem AS p WHERE {where} ORDER BY {order}",
            values,
            lambda rows: [_row(row) for row in rows],
        )

    def _where(self, wanted: Filter) -> tuple[str, list[Any]]:
        """Condition and values of a query; raises NotFound for a value unknown to us."""
        terms, values = ["1"], []
        for term, value in self._conditions(wanted):
            terms.append(term)
            values += value
        return " AND ".join(terms), values

    def _conditions(self, wanted: Filter) -> Iterable[tuple[str, list[Any]]]:
        if wanted.difficulties:
            yield _one_of("rank", sorted(set().union(*map(_ranks, wanted.difficulties))))
        if wanted.max_difficulty:
            yield "p.hardest <= ?", [LETTERS.index(_span(wanted.max_difficulty)[1])]
        if wanted.categories:
            yield _one_of("category", [self.category(text).slug for text in wanted.categories])
        if wanted.compute:
            yield _one_of("compute", wanted.compute)
        if wanted.coding:
            yield _one_of("coding", wanted.coding)
        for tag in wanted.tags:
            yield "p.position IN (SELECT position FROM tag WHERE name = ?)", [self._tag(tag)]
        if wanted.starred:
            yield "p.starred", []
        if wanted.no_known_work:
            yield "NOT p.known_work", []
        if wanted.starter:
            yield "p.starter", []
        if wanted.source:
            name = self._source_name(wanted.source)
            if name in (BUNDLED, EVERY):
                yield "instr(p.id, ':') = 0" if name == BUNDLED else "1", []
                return
            yield "p.id >= ? AND p.id < ?", [f"{name}:", f"{name};"]  # ; comes after :

    def _source_name(self, text: str) -> str:
        names = [*self._fact("lists"), BUNDLED, EVERY]
        if text in names:
            return text
        near = nearest(text, names)
        raise NotFound(
            f"No list {text!r} was added.",
            did_you_mean(near, f"problembrowser source add {text}"),
        )

    def _tag(self, text: str) -> str:
        wanted = plain(text.strip().lower().replace(" ", "-"))
        if self._ask("SELECT 1 FROM tag WHERE name = ? LIMIT 1", [wanted]):
            return wanted
        near = nearest(wanted, [row[0] for row in self._ask("SELECT DISTINCT name FROM tag")])
        raise NotFound(
            f"No problem has the tag {text!r}.",
            did_you_mean(near, f"problembrowser search {text}"),
        )

    def _hint_for_id(self, wanted: str) -> str:
        name = wanted.partition(":")[0]
        if ":" in wanted and name not in self._fact("lists"):
            return f"No list {name!r} was added. Type: problembrowser source add FILE"
        group = wanted.rpartition(".")[0]
        ids = [row[0] for row in self.beginning_with(f"{group}." if group else "", 100_000)]
        near = nearest(wanted, ids) or ids[: 1 if group else 0]
        if not near and words(wanted) and not wanted[0].isdigit():
            return f"Type: problembrowser search {wanted}"
        return did_you_mean(near, "problembrowser list")


def wanted_by(meaning: "Meaning") -> Filter:
    """The filter that words of a text such as "easy" or "no gpu" mean."""
    fields: dict[str, Any] = {}
    for field, value, _ in meaning.filters:
        fields[field] = (value,) if isinstance(value, str) else value
    return Filter(**fields)


def _one_of(column: str, options: Sequence[Any]) -> tuple[str, list[Any]]:
    return f"p.{column} IN ({', '.join('?' * len(options))})", list(options)


def _span(text: str) -> tuple[str, str]:
    """The easiest and hardest letter of `B` or `A-B`; raises NotFound."""
    letters = text.strip().upper().split("-")
    if len(letters) > 2 or not all(len(letter) == 1 and letter in LETTERS for letter in letters):
        raise NotFound(
            f"There is no difficulty {text!r}.",
            "Type a letter from A to D, or a range such as A-B.",
        )
    return min(letters), max(letters)


def _ranks(text: str) -> set[int]:
    low, high = _span(text)
    return {n for n, each in enumerate(DIFFICULTIES) if each[0] <= high and each[-1] >= low}


def _row(columns: Sequence[Any]) -> Row:
    """A row of a listing; raises TypeError if it is none, as in a damaged file."""
    "".join(columns[1:7])  # the texts; of hundreds of rows this is the quickest check
    return Row._make(columns)


def _value(text: str) -> Any:
    import json

    return json.loads(text)
