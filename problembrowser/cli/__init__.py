"""The command line: parses, makes one call, prints. A verb's module is imported when it is used."""

import importlib
import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

import click

from problembrowser import __version__
from problembrowser.errors import ProblemBrowserError

# heading -> verb -> (module in this package, what `--help` says of it). The module holds
# `<verb>_command`.
GROUPS = {
    "Find": {
        "suggest": ("suggesting", "Pick a few problems that suit a weekend."),
        "list": ("finding", "List the problems, the easiest first."),
        "search": ("finding", "Find problems by their words, the best match first."),
        "show": ("choosing", "Show all that is known of a problem."),
        "open": ("opening", "Open the post of a problem in a browser."),
        "tags": ("opening", "List the tags, the most frequent first."),
        "categories": ("choosing", "List the categories."),
        "guide": ("choosing", "How to choose a problem, and what to read first."),
    },
    "Start": {
        "new": ("project", "Start a project on a problem, or on a question of yours."),
        "notebook": ("project", "Write the one-file notebook of a problem, for Colab."),
        "test": ("project", "Run the tests of a project."),
        "doctor": ("project", "Check that this machine can run a project."),
    },
    "Lists": {
        "source": ("source", "Add lists of your own, or one that comes along."),
        "refresh": ("refresh", "Bring the list up to date with the posts."),
        "check": ("checking", "Check a list of problems for faults."),
    },
    "More": {
        "completion": ("helping", "Print what makes a shell complete ids, tags and names."),
        "help": ("helping", "Show the help of a verb."),
    },
}
VERBS = {verb: found for verbs in GROUPS.values() for verb, found in verbs.items()}


class Verbs(click.Group):
    """A group that knows its verbs by name and imports one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every verb, in the order in which somebody needs them."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a verb, or None."""
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"{__name__}.{VERBS[cmd_name][0]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds the verb that was typed, or says which ones look like it."""
        if args[0] not in VERBS and not args[0].startswith("-"):
            import difflib

            near = " or ".join(difflib.get_close_matches(args[0], VERBS))
            ctx.fail(f"No such command {args[0]!r}." + (f" Did you mean {near}?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs into the help without importing any."""
        longest = max(map(len, VERBS))
        for heading, verbs in GROUPS.items():
            with formatter.section(heading):
                formatter.write_dl([(verb.ljust(longest), verbs[verb][1]) for verb in verbs])


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def verbs() -> None:
    """From "which open problem?" to a running first result in mechanistic interpretability.

    \b
    Examples:
      problembrowser suggest
      problembrowser list -d A -c algorithmic-problems
      problembrowser search induction heads
      problembrowser show 3.5
      problembrowser new 3.5
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit: 0 fine, 1 something the user can mend, 2 wrong usage."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show "…" gets a "?", never a traceback.
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")
    if isinstance(getattr(sys.stdout, "buffer", None), io.RawIOBase):
        # PYTHONUNBUFFERED: Python then drops, without a word, what one write could not take.
        encoding = sys.stdout.encoding
        sys.stdout = open(1, "w", encoding=encoding, errors="replace", closefd=False)  # noqa: SIM115
    # What the owner may not read either is of no use: neither to us, who read it again.
    os.umask(os.umask(0o077) & 0o077)
    sys.exit(_delivered(_run(arguments)))


def _run(arguments: Sequence[str] | None) -> int:
    try:
        code = verbs.main(arguments, prog_name="problembrowser", standalone_mode=False)
    except click.ClickException as error:
        return _misused(error)
    except (click.Abort, KeyboardInterrupt):
        _say("Interrupted.")
        return 130
    except ProblemBrowserError as error:
        return _fail(error.message, error.hint)
    except Exception as error:
        if os.environ.get("PROBLEMBROWSER_TRACEBACK"):
            raise
        if isinstance(error, OSError) and error.strerror:  # of a disk or a terminal, hardly ours
            return _fail(": ".join(filter(None, (_named(error), error.strerror))) + ".", "")
        return _fail(
            f"This is a bug in problembrowser: {type(error).__name__}: {error}",
            "To report it, run again with PROBLEMBROWSER_TRACEBACK=1 and send what it prints.",
        )
    return code if isinstance(code, int) else 0


def _delivered(code: int) -> int:
    """The exit code, or 1 where what was printed did not arrive."""
    try:
        if sys.stdout:
            sys.stdout.flush()
    except OSError:
        # Python would try once more when it ends, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return code or 1
    return code


def _misused(error: click.ClickException) -> int:
    """Says what is wrong with what was typed, without what steers a terminal in it."""
    from problembrowser.pages.render import clean

    shown = io.StringIO()
    error.show(shown)
    _say("\n".join(map(clean, shown.getvalue().rstrip("\n").split("\n"))))
    return error.exit_code


def _fail(message: str, hint: str) -> int:
    from problembrowser.pages.render import clean

    _say(f"Error: {clean(message)}")
    if hint:
        _say(clean(hint))
    return 1


def _named(error: OSError) -> str:
    return os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""


def _say(text: str) -> None:
    with suppress(OSError):
        click.echo(text, err=True)
