"""A Hugging Face hub on loopback: models, revisions, data sets, ranges, renamed ids, and faults.

    python tests/hub/server.py FOLDER [FOLDER ...]      # prints its address, serves until Ctrl-C

    FOLDER/<owner>/<name>/<file>                  revision main
    FOLDER/<owner>/<name>@<revision>/<file>       another revision; "/" in it is "%2F" on disk
    FOLDER/<owner>/<name>@.json                   {"step1": "step0"}: step1 has the files of step0
    FOLDER/datasets/<owner>/<name>[@<revision>]/  a data set

Whole repositories are served: the first folder that holds one has all its revisions.
"""

import hashlib
import json
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, quote, unquote, urlsplit

# Ids that the real hub redirects.
RENAMED = {
    **{name: f"openai-community/{name}" for name in ("gpt2-medium", "gpt2-large", "gpt2-xl")},
    "gpt2": "openai-community/gpt2",
    "EleutherAI/gpt-neo-125M": "EleutherAI/gpt-neo-125m",
    "EleutherAI/gpt-j-6B": "EleutherAI/gpt-j-6b",
}
_FILE = re.compile(r"(?:(datasets)/)?(.+?)/resolve/([^/]+)/(.+)")
_API = re.compile(
    r"api/(models|datasets)/(.+?)"
    r"(?:/(tree|revision|refs|discussions|commits|paths-info)(?:/([^/]+))?(?:/(.*))?)?"
)


@dataclass(frozen=True)
class Fault:
    """What goes wrong with a repository's files, and with `everywhere` also with its pages."""

    status: int = 0  # answered instead of the file
    code: str = ""  # and its X-Error-Code
    seconds: float = 0.0  # waited before the answer
    share: float = 1.0  # of a file's bytes that arrive before the connection is cut
    files: str = ""  # only of files whose name ends so
    everywhere: bool = True


GATED = Fault(403, "GatedRepo", everywhere=False)  # its pages can be read, its files cannot
UNAUTHORISED = Fault(401)
NOT_FOUND = Fault(404, "RepoNotFound")
TOO_MANY = Fault(429)
BROKEN = Fault(500)
CUT_OFF = Fault(share=0.5, everywhere=False)


class Repository(NamedTuple):
    """A repository on disk: its owner's folder, and its name there."""

    id: str
    owner: Path
    name: str

    @property
    def aliases(self) -> dict[str, str]:
        """The revisions that have the files of another one."""
        path = self.owner / f"{self.name}@.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}

    @property
    def revisions(self) -> list[str]:
        """Every revision."""
        folders = (path.name for path in sorted(self.owner.glob(f"{self.name}@*")) if path.is_dir())
        named = [unquote(name.partition("@")[2]) for name in folders]
        main = ["main"] if (self.owner / self.name).is_dir() else []
        return [*main, *self.aliases, *named]

    def folder(self, revision: str) -> Path:
        """Where the files of a revision are, if it exists."""
        revision = self.aliases.get(revision, revision)
        at = "" if revision == "main" else f"@{quote(revision, safe='')}"
        return self.owner / f"{self.name}{at}"

    def sha(self, revision: str) -> str:
        """The id of the commit that a revision stands for."""
        return hashlib.sha1(f"{self.id}@{revision}".encode()).hexdigest()

    def revision(self, asked: str) -> str:
        """The revision by its name or commit; "" if there is none."""
        return next((one for one in self.revisions if asked in (one, self.sha(one))), "")


class Hub:
    """The hub, from its creation to `close`; `faults` may change while it runs."""

    def __init__(self, *folders: Path) -> None:
        self.folders = folders
        self.faults: dict[str, Fault] = {}  # by the id of a repository, or "*"
        self.asked: list[str] = []  # "GET /path 200", in the order of the answers
        self._server = self._start(port=0)

    def _start(self, port: int) -> ThreadingHTTPServer:
        server = ThreadingHTTPServer(("127.0.0.1", port), _Answer)
        server.daemon_threads = True
        server.hub = self  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return server

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """End the server."""
        self._server.shutdown()
        self._server.server_close()

    @contextmanager
    def offline(self) -> Iterator[None]:
        """Let nobody listen at its address for as long as the block runs."""
        self.close()
        try:
            yield
        finally:
            self._server = self._start(self._server.server_port)

    def __enter__(self) -> "Hub":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def repository(self, kind: str, name: str) -> Repository | None:
        """The repository of this kind ("models", "datasets") and id, or None."""
        owner, _, last = name.rpartition("/")
        if ".." in name or not owner:
            return None
        for folder in self.folders:
            base = folder / "datasets" if kind == "datasets" else folder
            if (found := Repository(name, base / owner, last)).revisions:
                return found
        return None

    @contextmanager
    def fault(self, fault: Fault, repository: str = "*") -> Iterator[None]:
        """Let this go wrong, with one repository or with all, for as long as the block runs."""
        self.faults[repository] = fault
        try:
            yield
        finally:
            del self.faults[repository]


def environment(url: str, home: Path) -> dict[str, str]:
    """What a process must have in its environment when it starts, to use only this hub.

    The clients read it once, when they are imported. `home` keeps what they download.
    """
    return {
        "HF_ENDPOINT": url,
        "HF_HOME": str(home),
        "HF_HUB_OFFLINE": "0",
        "TRANSFORMERS_OFFLINE": "0",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def hub(self) -> Hub:
        return self.server.hub  # type: ignore[attr-defined, no-any-return]

    def log_message(self, *_: object) -> None:
        """Print nothing: `asked` has it."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        path = url.path.strip("/")
        with self._refusals():
            if match := _FILE.fullmatch(path):
                kind, name, revision, inside = match.groups()
                self._file(kind or "models", name, unquote(revision), unquote(inside))
            elif match := _API.fullmatch(path):
                kind, name, page, revision, inside = match.groups()
                found = self._page(kind, name, unquote(revision or "main"))
                if page == "tree":
                    recursive = parse_qs(url.query).get("recursive", [""])[0].lower()
                    self._tree(found.folder, unquote(inside or ""), recursive in ("true", "1"))
                else:
                    answer: Callable[[_Found], Any] = _PAGES.get(page, _about)
                    self._json(answer(found))
            else:
                raise _Refused(404, "EntryNotFound", "no such page")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        match = _API.fullmatch(urlsplit(self.path).path.strip("/"))
        with self._refusals():
            if not match or match[3] != "paths-info":
                raise _Refused(404, "EntryNotFound", "no such page")
            folder = self._page(match[1], match[2], unquote(match[4] or "main")).folder
            there = [one for one in _paths(body) if one and _inside(folder, one).exists()]
            self._json([_entry(folder / one, folder) for one in there])

    def _file(self, kind: str, name: str, revision: str, inside: str) -> None:
        """Answer with one file, or the part of it that was asked for."""
        fault = self._fault(name)
        if not inside.endswith(fault.files):
            fault = Fault()
        if fault.status:
            raise _Refused(fault.status, fault.code, "a fault on demand")
        found = self._found(kind, name, revision)
        commit = {"X-Repo-Commit": found.sha}
        path = _inside(found.folder, inside)
        if not path.is_file():
            raise _Refused(404, "EntryNotFound", "Entry not found", commit)
        headers = {"ETag": f'"{_tag(path)}"', "Accept-Ranges": "bytes", **commit}
        size = path.stat().st_size
        first, last = _range(self.headers.get("Range"), size)
        if first or last < size - 1:
            headers["Content-Range"] = f"bytes {first}-{last}/{size}"
        self._start(206 if "Content-Range" in headers else 200, last + 1 - first, headers)
        if self.command != "HEAD":
            self._send(path, first, int((last + 1 - first) * fault.share))
            self.close_connection = self.close_connection or fault.share < 1

    def _send(self, path: Path, first: int, count: int) -> None:
        with path.open("rb") as opened:
            opened.seek(first)
            while count > 0 and (block := opened.read(min(count, 1 << 20))):
                self.wfile.write(block)
                count -= len(block)

    def _page(self, kind: str, name: str, asked: str) -> "_Found":
        """The repository and revision that a page of the API is about; raises _Refused."""
        fault = self._fault(name)
        if fault.status and fault.everywhere:
            raise _Refused(fault.status, fault.code, "a fault on demand")
        return self._found(kind, name, asked)

    def _found(self, kind: str, name: str, asked: str) -> "_Found":
        if new := RENAMED.get(name):
            moved = {"Location": self.path.replace(f"/{name}", f"/{new}", 1)}
            raise _Refused(307, "", "moved", moved)
        if not (repository := self.hub.repository(kind, name)):
            # What the real hub says to whoever shows no token: it may be private.
            raise _Refused(401, "RepoNotFound", "Invalid username or password.")
        if not (revision := repository.revision(asked)):
            raise _Refused(404, "RevisionNotFound", f"Invalid rev id: {asked}")
        return _Found(repository, revision)

    def _tree(self, folder: Path, inside: str, recursive: bool) -> None:
        top = _inside(folder, inside)
        if not top.is_dir():
            raise _Refused(404, "EntryNotFound", f"{inside} does not exist")
        paths = sorted(top.rglob("*") if recursive else top.iterdir())
        self._json([_entry(path, folder) for path in paths])

    def _fault(self, name: str) -> Fault:
        """The fault of a repository, by its old id or its new one; a slow one is waited for."""
        faults = self.hub.faults
        names = (name, RENAMED.get(name, name), "*")
        fault = next((faults[one] for one in names if one in faults), Fault())
        time.sleep(fault.seconds)
        return fault

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        """Answer with what is refused within the block; a client may have left by then."""
        try:
            yield
        except ConnectionError:
            self.close_connection = True
        except _Refused as refused:
            headers = {"X-Error-Message": refused.message, **refused.headers}
            self._json({"error": refused.message}, refused.status, headers)

    def _json(self, content: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(content).encode()
        self._start(status, len(body), {"Content-Type": "application/json", **(headers or {})})
        if self.command != "HEAD":
            self.wfile.write(body)

    def _start(self, status: int, length: int, headers: dict[str, str]) -> None:
        self.hub.asked.append(f"{self.command} {self.path} {status}")
        self.send_response(status)
        for name, value in {"Content-Length": str(length), **headers}.items():
            self.send_header(name, value)
        self.end_headers()


class _Refused(Exception):
    """Another answer than the one that was asked for."""

    def __init__(
        self, status: int, code: str, message: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.message = status, message
        self.headers = (headers or {}) | ({"X-Error-Code": code} if code else {})


class _Found(NamedTuple):
    """A revision of a repository."""

    repository: Repository
    revision: str

    @property
    def folder(self) -> Path:
        return self.repository.folder(self.revision)

    @property
    def sha(self) -> str:
        return self.repository.sha(self.revision)


def _inside(folder: Path, path: str) -> Path:
    """A path within the folder, whatever it says; raises _Refused."""
    if ".." in Path(path).parts:
        raise _Refused(404, "EntryNotFound", f"{path} does not exist")
    return folder / path


def _paths(body: bytes) -> list[str]:
    """The paths of a request, which comes as JSON or as a form."""
    try:
        return list(json.loads(body).get("paths", []))
    except ValueError:
        return parse_qs(body.decode()).get("paths", [])


def _range(header: str | None, size: int) -> tuple[int, int]:
    """The first and last byte that a request asks for."""
    if match := re.fullmatch(r"bytes=(\d+)-(\d*)", header or ""):
        return int(match[1]), min(int(match[2] or size - 1), size - 1)
    if match := re.fullmatch(r"bytes=-(\d+)", header or ""):
        return max(0, size - int(match[1])), size - 1
    return 0, size - 1


def _tag(path: Path) -> str:
    """What changes when the file does; the same for every name of one file."""
    stat = path.stat()
    return hashlib.sha1(f"{path.resolve()} {stat.st_size} {stat.st_mtime_ns}".encode()).hexdigest()


def _entry(path: Path, folder: Path) -> dict[str, Any]:
    name = path.relative_to(folder).as_posix()
    if path.is_dir():
        return {"type": "directory", "path": name, "size": 0, "oid": "0" * 40}
    return {"type": "file", "path": name, "size": path.stat().st_size, "oid": _tag(path)}


def _refs(found: _Found) -> dict[str, Any]:
    repository = found.repository
    branches = [
        {"name": one, "ref": f"refs/heads/{one}", "targetCommit": repository.sha(one)}
        for one in repository.revisions
    ]
    return {"branches": branches, "tags": [], "converts": []}


def _commits(found: _Found) -> list[dict[str, Any]]:
    return [{"id": found.sha, "title": "all", "message": "", "authors": [], "date": _DATE}]


def _discussions(_: _Found) -> dict[str, Any]:
    return {"discussions": [], "count": 0, "start": 0}


def _about(found: _Found) -> dict[str, Any]:
    files = sorted(path for path in found.folder.rglob("*") if path.is_file())
    return {
        "_id": "0" * 24,
        **dict.fromkeys(("id", "modelId"), found.repository.id),
        "sha": found.sha,
        "siblings": [{"rfilename": path.relative_to(found.folder).as_posix()} for path in files],
        "tags": [],
        **dict.fromkeys(("private", "gated", "disabled"), False),
        **dict.fromkeys(("downloads", "likes"), 0),
        **dict.fromkeys(("lastModified", "createdAt"), _DATE),
    }


_DATE = "2024-01-01T00:00:00.000Z"
_PAGES: dict[str | None, Callable[[_Found], Any]] = {
    "refs": _refs,
    "commits": _commits,
    "discussions": _discussions,
}


def main(folders: list[str]) -> None:
    """Serve the folders until somebody presses Ctrl-C."""
    with Hub(*map(Path, folders)) as hub, suppress(KeyboardInterrupt):
        print(hub.url, flush=True)
        shown = 0
        while True:
            time.sleep(0.2)
            for line in hub.asked[shown:]:
                print(line, file=sys.stderr, flush=True)
                shown += 1


if __name__ == "__main__":
    main(sys.argv[1:])
