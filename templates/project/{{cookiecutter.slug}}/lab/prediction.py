"""Your prediction, noted before the first figure. `tests/test_hypothesis.py` holds you to it."""

import datetime
import json
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent.parent / "prediction.json"


def note_prediction(**values: Any) -> None:
    """Note a prediction with the time; a new one is added below it, nothing is taken back.

    As long as a value is None nothing is noted. Values are numbers, texts, True or False, or lists.
    """
    blank = [name for name, value in values.items() if value is None]
    if blank:
        print(f"No prediction yet: fill in {', '.join(blank)} and run this cell again.")
        return
    noted = _noted()
    if not noted or noted[-1]["values"] != values:
        now = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
        noted.append({"stated": now, "values": values})
        FILE.write_text(json.dumps(noted, indent=1) + "\n", encoding="utf-8")
    print(f"Noted in {FILE.name}, stated {noted[-1]['stated']}.")


def stated() -> dict[str, Any] | None:
    """The latest prediction, or None."""
    noted = _noted()
    return dict(noted[-1]["values"]) if noted else None


def _noted() -> list[dict[str, Any]]:
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else []
