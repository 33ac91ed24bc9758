"""The verb for those who write a list: `check`."""

import shlex
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import click

from problembrowser.catalogue import bundled
from problembrowser.cli import output
from problembrowser.errors import InvalidList, ProblemBrowserError
from problembrowser.pages.render import clean


@click.command("check")
@click.argument(
    "files", nargs=-1, metavar="[FILE]...", type=click.Path(exists=True, dir_okay=False)
)
@click.pass_context
def check_command(ctx: click.Context, files: Sequence[str]) -> None:
    """Check a list of problems for faults.

    Checks the bundled list unless you name files. Prints one line for each
    fault: file, problem, field, what is wrong.

    \b
    Examples:
      problembrowser check
      problembrowser check my-problems.toml
    """
    try:
        found = bundled.load(map(Path, files) if files else None)
    except InvalidList as error:
        output.data("\n".join(map(clean, error.faults)))
        _say_of_lists(files)
        ctx.exit(1)
    output.talk(f"No faults in {len(found.problems)} problems, {len(found.categories)} categories.")


def _say_of_lists(files: Sequence[str]) -> None:
    """Says of a valid list of one's own that this is not its check."""
    from problembrowser.lists import sources

    for file in files:
        with suppress(ProblemBrowserError):
            sources.check(file)
            how = f"problembrowser source check {shlex.quote(file)}"
            output.talk(f"{file} is a list of your own. Type: {how}")
