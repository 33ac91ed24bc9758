"""Every error that a user can meet, drawn as one tree.

    ProblemBrowserError
    ├── InvalidList         a list of problems breaks the rules of its format
    ├── NotFound            an id, category, difficulty or recipe that does not exist
    ├── NoStarter           the problem is known, its starter is not written yet
    ├── ScaffoldError       a project could not be generated
    ├── ProjectError        a folder is not (or no longer) a generated project
    ├── SourceError         a list of one's own cannot be added, read or removed
    └── FetchError          a page could not be fetched, read or believed
        ├── Redirected      it moved to a host that may be read if the user says so
        └── Unreachable     nobody answers there: offline, or the host is gone

Foreign exceptions become one of these where they enter; `cli.main` alone turns them into text.
"""

from collections.abc import Sequence


class ProblemBrowserError(Exception):
    """A fault that the user can mend: `message` says what is wrong, `hint` what to type next."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InvalidList(ProblemBrowserError):
    """A list of problems breaks the rules of its format; `faults` holds one line for each fault."""

    def __init__(self, faults: Sequence[str]) -> None:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        super().__init__(f"{faults[0]}{more}", "To see every fault: problembrowser check [FILE]")
        self.faults = list(faults)


class NotFound(ProblemBrowserError):
    """Something was named that does not exist."""


class NoStarter(ProblemBrowserError):
    """The problem is known, its starter is not written yet."""


class ScaffoldError(ProblemBrowserError):
    """A project could not be generated."""


class ProjectError(ProblemBrowserError):
    """A folder is not (or no longer) a generated project."""


class SourceError(ProblemBrowserError):
    """A list of one's own cannot be added, read or removed."""


class FetchError(ProblemBrowserError):
    """A page could not be fetched, read or believed."""


class Redirected(FetchError):
    """A page moved to another host, `host`, which is read only if the user allows it."""

    def __init__(self, message: str, hint: str, host: str) -> None:
        super().__init__(message, hint)
        self.host = host


class Unreachable(FetchError):
    """Nobody answers there: offline, or the host is gone."""
