"""The verbs about the program itself: `help` and `completion`."""

import os

import click

from problembrowser.cli import output

# shell -> how somebody has it read what `completion` prints, now and in every later shell
_PLACES = {
    "bash": (
        "problembrowser completion bash > ~/.problembrowser.bash",
        "echo '. ~/.problembrowser.bash' >> ~/.bashrc",
    ),
    "zsh": (
        "problembrowser completion zsh > ~/.problembrowser.zsh",
        "echo 'autoload -Uz compinit && compinit && . ~/.problembrowser.zsh' >> ~/.zshrc",
    ),
    "fish": (
        "mkdir -p ~/.config/fish/completions",
        "problembrowser completion fish > ~/.config/fish/completions/problembrowser.fish",
    ),
}


@click.command("completion")
@click.argument("shell", required=False, type=click.Choice([*_PLACES]))
@click.pass_context
def completion_command(ctx: click.Context, shell: str | None) -> None:
    """Print what makes a shell complete ids, tags and names.

    The script goes to stdout, where to put it to stderr. Without a shell it is
    the one that SHELL names.

    \b
    Examples:
      problembrowser completion
      problembrowser completion zsh > ~/.problembrowser.zsh
    """
    from click.shell_completion import get_completion_class

    shell = shell or _own_shell()
    kind = get_completion_class(shell)
    assert kind is not None, "click knows each shell of the choice"
    root = ctx.find_root()
    made = kind(root.command, {}, "problembrowser", "_PROBLEMBROWSER_COMPLETE")
    output.data(made.source().strip("\n"))
    output.talk("To have it in every new shell, type once:")
    for line in _PLACES[shell]:
        output.talk(f"  {line}")


@click.command("help")
@click.argument("words", nargs=-1, metavar="[VERB]...")
@click.pass_context
def help_command(ctx: click.Context, words: tuple[str, ...]) -> None:
    """Show the help of a verb, as `--help` after it does.

    \b
    Examples:
      problembrowser help
      problembrowser help source add
    """
    at = ctx.find_root()
    for word in words:
        if not isinstance(at.command, click.Group):
            raise click.UsageError(f"{at.command_path} has no commands of its own.", at)
        _, found, _ = at.command.resolve_command(at, [word])
        if found is None:
            raise click.UsageError(f"There is no verb {word!r}.", at)
        at = click.Context(found, at, info_name=found.name, **found.context_settings)
    output.data(at.get_help())


def _own_shell() -> str:
    name = os.environ.get("SHELL", "").rpartition("/")[2]
    if name not in _PLACES:
        raise click.UsageError(f"Name the shell: {', '.join(_PLACES)}.")
    return name
