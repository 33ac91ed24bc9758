"""The verbs that look around a problem: `open` (its post) and `tags`."""

import click

from problembrowser.cli import output
from problembrowser.cli.options import as_json, complete_category, complete_id, find_problem
from problembrowser.errors import NotFound
from problembrowser.index import index
from problembrowser.index.index import Filter


@click.command("open")
@click.argument("problem_id", metavar="ID", shell_complete=complete_id)
def open_command(problem_id: str) -> None:
    """Open the post of a problem in a browser.

    Where there is no browser, or a program reads, it prints the address.

    \b
    Examples:
      problembrowser open 3.5
      problembrowser open 3.5 | cat
    """
    problem = find_problem(index.connect(), problem_id)
    if not problem.url:
        raise NotFound(f"{problem.id} names no post.", f"Type: problembrowser show {problem.id}")
    if output.is_terminal() and _opened(problem.url):
        output.talk(f"Opening {problem.url}")
    else:
        output.data(problem.url)


@click.command("tags")
@click.option(
    *("-c", "--category", "categories"),
    multiple=True,
    metavar="CATEGORY",
    shell_complete=complete_category,
    help="Only the tags of its problems; repeatable.",
)
@as_json
def tags_command(categories: tuple[str, ...], as_json: bool) -> None:
    """List the tags, the most frequent first, and how many problems have each.

    \b
    Examples:
      problembrowser tags
      problembrowser tags -c superposition
      problembrowser list --tag induction-heads
    """
    found = index.connect().tags(Filter(categories=categories))
    if as_json:
        output.json_list({"tag": tag, "problems": number} for tag, number in found)
        return
    if found:
        from problembrowser.pages.render import table

        rows = [(str(number), tag) for tag, number in found]
        output.data(table(("PROBLEMS", "TAG"), rows, output.table_width()))
        output.talk(f"{len(found)} tags. Their problems: problembrowser list --tag {found[0][0]}")
    else:
        output.talk("No problem there has a tag.")


def _opened(url: str) -> bool:
    """Whether a browser took the address."""
    import webbrowser

    return url.startswith(("http://", "https://")) and webbrowser.open(url)
