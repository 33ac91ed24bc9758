"""The verb `suggest`: a few problems for the person who asks."""

import math
import shlex
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click
from click.core import ParameterSource

from problembrowser.catalogue.problem import Problem
from problembrowser.cli import output
from problembrowser.cli.options import FILTERS, as_json, filtered, not_empty, say_what_to_loosen
from problembrowser.index import index, suggest
from problembrowser.index.index import Filter, Index
from problembrowser.index.suggest import Person
from problembrowser.index.words import words as words_of
from problembrowser.pages import terminal

_MOST_HOURS = 10_000
_ABOUT = 15  # of what is about some words, so many at a time: the nearest before the easiest


def _a_number(ctx: click.Context, param: click.Parameter, value: float | None) -> float | None:
    # A range lets through what no comparison holds for.
    if value is not None and math.isnan(value):
        raise click.BadParameter("nan is not a number of hours.", ctx, param)
    return value


@click.command("suggest")
@click.option(
    "--hours",
    type=click.FloatRange(min=1, max=_MOST_HOURS),
    callback=_a_number,
    metavar="N",
    help="How many hours you have, sleep included; a weekend unless told otherwise.",
)
@click.option("--hardware", type=click.Choice([*suggest.HARDWARE]), help="The best that you have.")
@click.option("--knows", type=click.Choice(suggest.KNOWS), help="How much of transformers.")
@click.option("--about", callback=not_empty, metavar="WORDS", help="What it must be about.")
@click.option(
    "--team", callback=not_empty, metavar="NAME", help="Spread teams over equally good picks."
)
@filtered
@click.option("--limit", type=click.IntRange(min=1), metavar="N", default=3, show_default=True)
@click.option("--more", count=True, help="The next ones; repeat it for those after them.")
@as_json
@click.pass_context
def suggest_command(
    ctx: click.Context,
    hours: float | None,
    hardware: str | None,
    knows: str | None,
    about: str | None,
    team: str | None,
    wanted: Filter,
    limit: int,
    more: int,
    as_json: bool,
) -> None:
    """Pick a few problems that suit a weekend.

    Says what speaks for and against each. Those with a starter and the easiest
    come first, from different categories. In a terminal and without options it
    asks three questions; the same answers always get the same picks.

    \b
    Hours decide the hardest level. They buy a first result, not an answer: A is
    days of work for one person, B weeks, C and D more.
      up to 16    A
      up to 72    A and B, as without --hours
      up to 200   A to C
      more        A to D
    With --knows nothing it is one level less.

    \b
    Hardware: laptop has no GPU, t4 is what Colab lends, gpu is one of your own
    with up to 16 GB, large is more than that.

    \b
    Examples:
      problembrowser suggest --hours 10 --hardware laptop --knows nothing
      problembrowser suggest --about "induction heads" --coding low
      problembrowser suggest --team "Team 7" --more
    """
    _refuse_twice(wanted, hours, hardware, about)
    again = _typed(ctx)
    if not (again or as_json) and _somebody_is_there():
        hours, hardware, knows = _ask()
        again = ["--hours", f"{hours:g}", "--hardware", hardware, "--knows", knows]
    person = Person(knows or "some", team or "")
    wanted = _narrowed(wanted, hours, hardware, person)
    known = index.connect()
    every = _ordered(known, wanted, about or "", person)
    found = every[more * limit :][:limit]
    if as_json:
        output.json_list(_as_dict(problem, person) for problem in found)
    elif found:
        _print(known, found, person)
        if len(every) > (more + 1) * limit:
            words = [*again, *["--more"] * (more + 1)]
            output.talk(f"The next ones: problembrowser suggest {shlex.join(words)}")
    if not found:
        names = {"max_difficulty": "--hours"} if hours else {}
        names |= {"compute": "--hardware"} if hardware else {}
        _say_why_none(known, wanted, about or "", every, FILTERS | names)


def _refuse_twice(
    wanted: Filter, hours: float | None, hardware: str | None, about: str | None
) -> None:
    """Raises UsageError where one thing is asked for in two ways, or about nothing."""
    if hours and (wanted.difficulties or wanted.max_difficulty):
        raise click.UsageError("Give either --hours or a difficulty.")
    if hardware and wanted.compute:
        raise click.UsageError("Give either --hardware or --compute.")
    if about and not words_of(about):
        raise click.UsageError("Type at least one word after --about.")


def _narrowed(wanted: Filter, hours: float | None, hardware: str | None, person: Person) -> Filter:
    """The filter, brought down to what the hours and the hardware allow."""
    if not (wanted.difficulties or wanted.max_difficulty):
        letter = suggest.hardest(hours or suggest.WEEKEND, person.knows)
        wanted = wanted._replace(max_difficulty=letter)
    return wanted._replace(compute=suggest.HARDWARE[hardware]) if hardware else wanted


def _somebody_is_there() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and output.is_terminal()


def _ask() -> tuple[float, str, str]:
    """Three short questions; an empty answer takes what stands in brackets."""
    hours = click.prompt(
        "Hours that you have, sleep included",
        type=click.FloatRange(min=1, max=_MOST_HOURS),
        default=suggest.WEEKEND,
        err=True,
    )
    hardware = click.prompt(
        "The best hardware that you have",
        type=click.Choice([*suggest.HARDWARE]),
        default="laptop",
        err=True,
    )
    knows = click.prompt(
        "How much of transformers you know",
        type=click.Choice(suggest.KNOWS),
        default="some",
        err=True,
    )
    return hours, hardware, knows


def _typed(ctx: click.Context) -> list[str]:
    """The options that were given, but for those that only say how to print which page."""
    words = []
    for param in ctx.command.params:
        name, value = str(param.name), ctx.params[str(param.name)]
        given = ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if not given or name in ("more", "as_json"):
            continue
        for one in value if isinstance(value, tuple) else (value,):
            words.append(max(param.opts, key=len))
            if not isinstance(one, bool):
                words.append(f"{one:g}" if isinstance(one, float) else str(one))
    return words


def _ordered(known: Index, wanted: Filter, text: str, person: Person) -> list[Problem]:
    """Every problem that fits, the most fitting first; of those about a text the nearest first."""
    rows = known.find(wanted, text)
    at_once = _ABOUT if text else len(rows)
    chunks = [rows[n : n + at_once] for n in range(0, len(rows), at_once or 1)]
    return [one for chunk in chunks for one in suggest.ordered(known.problems(chunk), person)]


def _as_dict(problem: Problem, person: Person) -> dict[str, Any]:
    return problem.as_dict() | {
        "for": [*suggest.reasons(problem, person)],
        "against": [*suggest.objections(problem, person)],
    }


def _print(known: Index, found: Sequence[Problem], person: Person) -> None:
    columns = output.page_width()
    for problem in found:
        reasons = [*suggest.reasons(problem, person)]
        objections = [*suggest.objections(problem, person)]
        output.data(terminal.suggestion(problem, reasons, objections, columns) + "\n")
    ready = [problem.id for problem in found if problem.starter]
    if ready and len(ready) < len(found):
        have = "has one" if len(ready) == 1 else "have one"
        output.talk(
            f"Those with a starter come first in their category: {', '.join(ready)} {have}."
        )
    output.talk(f"Read more: problembrowser show {found[0].id}")
    if any(":" not in problem.id for problem in found):  # it is about the bundled list
        output.talk(f"{known.notice()}.")


def _say_why_none(
    known: Index, wanted: Filter, text: str, every: Sequence[Problem], names: Mapping[str, str]
) -> None:
    if every:
        output.talk(f"There are no more than these {len(every)}.")
    elif text and not known.count(text=text):
        output.talk(f"Nothing is about {text!r}. Try: problembrowser search {shlex.quote(text)}")
    else:
        say_what_to_loosen(known, wanted, text, names)
