"""Problems that `--json` printed, as a list of one's own: the way to choose out of other lists."""

from collections.abc import Mapping
from typing import Any

_DERIVED = ("difficulty_min", "difficulty_max", "post", "for", "against")


def as_written(rows: Any) -> Any:
    """The problems of a list, those that `show`, `list` or `suggest --json` printed as written.

    What was worked out from the rest goes, a `my-list:1` becomes `my-list.1`, and a twin that did
    not come along is left out. Everything else stays as it is, whatever it is.
    """
    if not isinstance(rows, list) or not any(map(_is_printed, rows)):
        return rows
    ids = {_id(row.get("id")) for row in rows if isinstance(row, Mapping)}
    return [_written(row, ids) if _is_printed(row) else row for row in rows]


def _is_printed(row: Any) -> bool:
    return isinstance(row, Mapping) and "difficulty_min" in row


def _written(row: Mapping[str, Any], ids: set[Any]) -> dict[str, Any]:
    kept = {key: value for key, value in row.items() if key not in _DERIVED and value != ""}
    twins = row.get("see_also")
    if isinstance(twins, list):
        kept["see_also"] = [_id(one) for one in twins if _id(one) in ids]
    return kept | {"id": _id(row.get("id"))}


def _id(value: Any) -> Any:
    return value.replace(":", ".") if isinstance(value, str) else str(value)
