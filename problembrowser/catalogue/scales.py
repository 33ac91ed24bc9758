"""The scales that problems are rated on. Imported at every start, so it imports nothing."""

LETTERS = "ABCD"
COMPUTE = ("cpu", "gpu", "large-gpu")
CODING = ("low", "medium", "high")
RATED_BY = ("post", "tracker", "estimate")

# Every rating there is, easiest first: A, A-B, A-C, A-D, B, ...
DIFFICULTIES = tuple(
    low if low == high else f"{low}-{high}" for low in LETTERS for high in LETTERS if low <= high
)


def rating(difficulty: str, rated_by: str, starred: bool | None) -> str:
    """How a difficulty is shown: `A`, `B-C*`, or `~B` where it is our estimate."""
    if not difficulty:
        return "?"
    return ("~" if rated_by == "estimate" else "") + difficulty + ("*" if starred else "")
