"""Texts as windows of tokens: from what every Python brings, a folder, or a data set on the hub."""

import hashlib
import os
import re
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab.settings import Settings

PATIENCE = 5  # seconds for each of the two answers that the hub is asked for
PARTS = ("all", "train", "held-out")
HELD_OUT = 0.25  # share of the documents
MOST = 50_000  # documents read before a search for windows gives up

# Modules that are one file in Python 3.11 to 3.14. A fixed list: installations differ in the rest.
MODULES = (
    "argparse ast base64 bdb bisect calendar cmd code codecs codeop collections/__init__ "
    "colorsys compileall concurrent/futures/thread configparser contextlib copy csv "
    "dataclasses difflib dis doctest email/message enum filecmp fileinput fnmatch "
    "fractions ftplib functools getopt gettext glob graphlib gzip hashlib heapq hmac "
    "html/parser http/client http/cookies imaplib importlib/util inspect ipaddress "
    "json/decoder json/encoder linecache locale logging/__init__ lzma mailbox mimetypes "
    "multiprocessing/pool netrc numbers operator optparse os pickle pickletools pkgutil "
    "platform plistlib poplib posixpath pprint pstats py_compile pyclbr queue quopri "
    "random reprlib runpy sched selectors shelve shlex shutil smtplib socket socketserver "
    "ssl statistics subprocess symtable tabnanny tarfile tempfile textwrap threading "
    "timeit tokenize trace traceback tracemalloc typing unittest/case unittest/mock "
    "urllib/parse urllib/request uuid warnings wave weakref wsgiref/handlers "
    "xml/dom/minidom xmlrpc/client zipapp"
)


class Document(NamedTuple):
    """One text and where it comes from; `kind` is "prose" or "code", or what the data set calls it."""

    name: str
    kind: str
    text: str


@dataclass(frozen=True)
class Windows:
    """Pieces of documents, all of one length. No window spans two documents."""

    tokens: Tensor  # [window, pos]
    documents: list[str]  # the name of each window's document
    kinds: list[str]  # its kind
    starts: list[int]  # where in the document the window begins, in tokens
    bos: bool  # whether position 0 holds the beginning-of-sequence token

    def __len__(self) -> int:
        return len(self.tokens)

    def rows(self, index: Tensor) -> "Windows":
        """Some of the windows, by their numbers [n] or a mask [window]."""
        index = index.cpu()
        numbers = (index.nonzero()[:, 0] if index.dtype == torch.bool else index).tolist()
        return Windows(
            self.tokens[torch.tensor(numbers, dtype=torch.long, device=self.tokens.device)],
            [self.documents[i] for i in numbers],
            [self.kinds[i] for i in numbers],
            [self.starts[i] for i in numbers],
            bos=self.bos,
        )

    def of(self, kind: str) -> "Windows":
        """The windows of one kind, such as "code"."""
        return self.rows(torch.tensor([one == kind for one in self.kinds]))


def windows(
    model: TransformerBridge,
    settings: Settings,
    n: int,
    length: int,
    *,
    part: str = "all",
    kind: str = "",
    each: int = 8,
    prepend_bos: bool | None = None,
) -> Windows:
    """The first n windows of `length` tokens, at most `each` of a document, under the model's tokenizer.

    A BOS, which counts as one of the tokens, stands first where the model is used with one, or as
    `prepend_bos` says. `part` is "all", "train" or "held-out": no document is in both of these.
    `kind` keeps documents of one kind. Raises ValueError where there are not enough, and RuntimeError
    where the texts cannot be reached; both say what to do.
    """
    _check(model, length, part)
    first = _first(model, prepend_bos)
    size = length - len(first)
    found: list[tuple[list[int], Document, int]] = []
    kinds: dict[str, None] = {}
    for document in islice(documents(settings), MOST):
        kinds[document.kind] = None
        if (kind and document.kind != kind) or (
            part != "all" and held_out(document) != (part == "held-out")
        ):
            continue
        ids = _beginning(model, document.text, each * size)
        starts = range(0, len(ids) - size + 1, size)[:each]
        found += [(first + ids[start : start + size], document, start) for start in starts]
        if len(found) >= n:
            break
    if kind and kind not in kinds:
        raise ValueError(
            f"{settings.texts} has no texts of kind {kind!r}; it has: {', '.join(kinds)}."
        )
    if len(found) < n:
        raise ValueError(
            f"{settings.texts} has {len(found)} windows of {length} tokens where {n} are asked for "
            f"(part {part!r}, {each} a document): ask for fewer or shorter ones, or raise `each`."
        )
    found = found[:n]
    return Windows(
        torch.tensor([ids for ids, _, _ in found], device=_device(model)).reshape(n, length),
        [document.name for _, document, _ in found],
        [document.kind for _, document, _ in found],
        [start for _, _, start in found],
        bos=bool(first),
    )


def shuffled(texts: Windows, seed: int = 0) -> Tensor:
    """A control: the tokens of each window in random order, [window, pos]; a BOS stays in front."""
    kept, rest = texts.tokens[:, : texts.bos], texts.tokens[:, texts.bos :]
    noise = torch.rand(rest.shape, generator=torch.Generator().manual_seed(seed))
    return torch.cat([kept, rest.gather(1, noise.argsort(dim=1).to(rest.device))], dim=1)


def random_like(model: TransformerBridge, texts: Windows, seed: int = 0) -> Tensor:
    """A control: tokens drawn evenly from the vocabulary, [window, pos]; a BOS stays in front.

    Special tokens, and ids that the tokenizer does not know, are never drawn.
    """
    ordinary = torch.tensor(ordinary_ids(model))
    kept, rest = texts.tokens[:, : texts.bos], texts.tokens[:, texts.bos :]
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randint(len(ordinary), rest.shape, generator=generator)
    return torch.cat([kept, ordinary[drawn].to(rest.device)], dim=1)


def ordinary_ids(model: TransformerBridge) -> list[int]:
    """The ids of every token of the vocabulary that is not a special one such as <|endoftext|>."""
    tokenizer = model.tokenizer
    added = tokenizer.added_tokens_decoder.items()
    special = {*tokenizer.all_special_ids, *(i for i, token in added if token.special)}
    return sorted({i for i in tokenizer.get_vocab().values() if i < model.cfg.d_vocab} - special)


def encode(model: TransformerBridge, text: str) -> list[int]:
    """The ids of a text under the model's tokenizer, without BOS. A special token that is written out
    in the text, such as "<|endoftext|>", is read as ordinary characters."""
    return model.tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]


def _beginning(model: TransformerBridge, text: str, n: int) -> list[int]:
    """At least the first n ids of a text, without reading on to the end of a long one.

    Where the text was cut its last word may be another; so many more ids than n are read.
    """
    ids = encode(model, text[: 16 * n])
    return ids if len(text) <= 16 * n or len(ids) >= 2 * n else encode(model, text)


def documents(settings: Settings) -> Iterator[Document]:
    """The documents that `settings.texts` names, always in the same order.

    Raises RuntimeError with what to do where they cannot be reached.
    """
    if settings.texts == "python":
        return _of_python()
    if Path(settings.texts).is_dir():
        return _of_folder(Path(settings.texts))
    return _of_hub(settings.texts)


def held_out(document: Document) -> bool:
    """Whether a document belongs to the held-out quarter.

    Its first 200 characters decide, so that copies of a text land on the same side.
    """
    return _hash(document.text.strip()[:200]) < HELD_OUT


def _check(model: TransformerBridge, length: int, part: str) -> None:
    if part not in PARTS:
        raise ValueError(f"part {part!r} is none of {', '.join(PARTS)}.")
    if model.tokenizer is None:
        raise ValueError("This model has no tokenizer, so it cannot read texts.")
    if not 2 <= length <= model.cfg.n_ctx:
        raise ValueError(f"Windows of {length} tokens: this model reads 2 to {model.cfg.n_ctx}.")


def _first(model: TransformerBridge, prepend_bos: bool | None) -> list[int]:
    """What stands before each window: [BOS], or nothing."""
    wanted = bool(model.cfg.default_prepend_bos) if prepend_bos is None else prepend_bos
    if not wanted:
        return []
    # As the loader does it: for BERT this is [CLS], which the tokenizer does not call its BOS.
    first = model.to_tokens("a", prepend_bos=True)[0].tolist()[:1]
    if first != encode(model, "a")[:1]:
        return first
    if prepend_bos:
        raise ValueError("This model's tokenizer has no BOS: leave `prepend_bos` out.")
    return []


def _device(model: TransformerBridge) -> torch.device:
    return next(model.parameters()).device


def _of_python() -> Iterator[Document]:
    """Documentation of the language and sources of the standard library, by turns."""
    pairs = zip_longest(_scattered(_topics()), _scattered(_sources()))
    return (document for document in chain.from_iterable(pairs) if document)


def _scattered(found: Iterable[Document]) -> list[Document]:
    """In an order that the names alone decide, and that is not the alphabet's."""
    return sorted(found, key=lambda document: _hash(document.name))


def _topics() -> Iterator[Document]:
    """The topics of Python's help(), without those that repeat a paragraph of a longer one."""
    from pydoc_data.topics import topics

    seen: set[str] = set()
    for name, text in sorted(topics.items(), key=lambda item: (-len(item[1]), item[0])):
        paragraphs = {part for part in text.split("\n\n") if len(part) > 60}
        if paragraphs.isdisjoint(seen):
            yield Document(f"help: {name}", "prose", _flowing(text))
            seen |= paragraphs


def _flowing(text: str) -> str:
    """Help text with its paragraphs on one line each; headings lose the line that underlines them."""
    text = re.sub(r"^([*=~^\"-])\1{2,}\n+", "\n", text, flags=re.MULTILINE)
    text = re.sub(r"(?<=\w-)\n(?=\w)", "", text)
    return re.sub(r"(?<=\S)\n(?=[^\s*|+-])", " ", text)


def _sources() -> Iterator[Document]:
    folder = Path(sysconfig.get_path("stdlib"))
    for name in MODULES.split():
        path = folder / f"{name}.py"
        if path.is_file():
            yield Document(f"stdlib: {name}.py", "code", path.read_text(encoding="utf-8"))


def _of_folder(folder: Path) -> Iterator[Document]:
    """One document for each .txt, .md or .py file of a folder."""
    kinds = {".txt": "prose", ".md": "prose", ".py": "code"}
    paths = sorted(path for path in folder.rglob("*") if path.suffix in kinds and path.is_file())
    if not paths:
        raise RuntimeError(f"{folder} holds no file that ends in {', '.join(kinds)}.")
    for path in paths:
        text = path.read_text(encoding="utf-8", errors="replace")
        yield Document(path.relative_to(folder).as_posix(), kinds[path.suffix], text)


def _of_hub(name: str) -> Iterator[Document]:
    """The rows of a data set, "owner/name" or "owner/name:configuration", as they are streamed."""
    repository, _, configuration = name.partition(":")
    _ask_the_hub(repository)
    from datasets import load_dataset

    try:
        splits = load_dataset(repository, configuration or None, streaming=True)
        rows = splits["train"] if "train" in splits else next(iter(splits.values()))
        yield from _of_rows(rows, name)
    except Exception as error:  # whatever its many formats and servers raise
        said = next(iter(str(error).splitlines()), "")
        raise RuntimeError(f"{name} could not be read: {said or type(error).__name__}") from error


def _of_rows(rows: Iterable[Mapping[str, Any]], name: str) -> Iterator[Document]:
    """A document for each row: its column "text", or the first that holds text."""
    for number, row in enumerate(rows):
        columns = [column for column, value in row.items() if isinstance(value, str)]
        column = "text" if "text" in row else next(iter(columns), None)
        if column is None:
            raise RuntimeError(f"it has no column of text, only {', '.join(row)}")
        meta = row.get("meta")
        kind = meta.get("pile_set_name", "text") if isinstance(meta, Mapping) else "text"
        yield Document(f"{name}: {number}", "code" if kind == "Github" else kind, row[column] or "")


def _ask_the_hub(repository: str) -> None:
    """Raise RuntimeError, within seconds, unless the hub knows this data set and gives it out."""
    from huggingface_hub import HfApi, hf_hub_url
    from huggingface_hub import errors as hub_errors
    from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status

    api = HfApi(endpoint=os.environ.get("HF_ENDPOINT"))
    try:
        api.dataset_info(repository, timeout=PATIENCE)
        # What a gated data set says of itself is public, its files are not: ask for one of these too.
        card = hf_hub_url(repository, "README.md", repo_type="dataset", endpoint=api.endpoint)
        hf_raise_for_status(get_session().head(card, headers=build_hf_headers(), timeout=PATIENCE))
    except hub_errors.EntryNotFoundError:
        pass  # it has no card
    except hub_errors.GatedRepoError as error:
        raise RuntimeError(
            f"{repository} is gated: accept its terms at {api.endpoint}/datasets/{repository}, then "
            "run `hf auth login` here."
        ) from error
    except (hub_errors.RepositoryNotFoundError, hub_errors.HFValidationError) as error:
        raise RuntimeError(
            f"There is no folder {repository!r} here, and no public data set of that name on "
            f"{api.endpoint}: check `texts` in lab/settings.py."
        ) from error
    except Exception as error:  # no route, no name, a timeout, too many requests, a broken server
        answer = getattr(getattr(error, "response", None), "status_code", None)
        raise RuntimeError(
            f"{api.endpoint} {f'answered {answer}' if answer else 'cannot be reached'}, so {repository} "
            'cannot be read. Try again, or set `texts="python"` in lab/settings.py, which needs no '
            "network."
        ) from error


def _hash(text: str) -> float:
    """A number in [0, 1) that a text alone decides."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:6]) / 2**48
