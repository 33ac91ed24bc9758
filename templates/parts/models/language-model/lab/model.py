"""The model under study: published weights with hooks on every activation."""

import json
import math
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import (
    HfApi,
    get_hf_file_metadata,
    hf_hub_download,
    hf_hub_url,
    snapshot_download,
)
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from transformer_lens import TransformerBridge

from lab.device import best_device, best_dtype, check_fits
from lab.settings import Settings

PATIENCE = 8  # seconds for the hub's first answer
SENTENCE = "The capital of France is Paris, and the capital of Italy is Rome."


def load_model(
    settings: Settings, device: torch.device | None = None, name: str | None = None
) -> TransformerBridge:
    """A model in evaluation mode: tokens [batch, pos] to logits [batch, pos, d_vocab].

    `name`, or else `settings.model`, is a repository on the Hugging Face hub or a folder. Weights are
    as published unless `settings.fold` is set. Raises RuntimeError where the hub, the repository or the revision
    cannot be reached, MemoryError where the model is too large; both say what to do.
    """
    began = time.perf_counter()
    device = device or best_device()
    name = name or settings.model
    found = _find(name, settings.revision)
    config = json.loads(found.read("config.json"))
    model = (_boot if "model_type" in config else _boot_legacy)(found, settings, device)
    model.eval()
    if settings.fold:
        model.enable_compatibility_mode(disable_warnings=True)
    _describe(model, name, settings.revision, time.perf_counter() - began)
    return model


def loss_on(model: TransformerBridge, text: str) -> float:
    """Mean loss in nats per token of a text; log(d_vocab) is what even guessing over all tokens gets."""
    with torch.no_grad():
        return float(model(model.to_tokens(text), return_type="loss"))


class _Found:
    """Where a model is: a folder on this machine, or a revision of a repository on the hub."""

    def __init__(self, name: str, revision: str | None, folder: Path | None) -> None:
        self.name, self.revision, self.folder = name, revision, folder

    @property
    def source(self) -> str:
        """What the loaders are told."""
        return self.name if self.folder is None else str(self.folder)

    def read(self, name: str) -> str:
        """A small file of the model as text; raises RuntimeError where there is none."""
        if self.folder is not None:
            path = self.folder / name
            if not path.is_file():
                raise RuntimeError(f"{self.folder} holds no {name}: it is no model's folder.")
            return path.read_text(encoding="utf-8")
        with _in_one_sentence(f"{self.name}: {name} could not be downloaded"):
            path = Path(
                hf_hub_download(self.name, name, revision=self.revision, etag_timeout=PATIENCE)
            )
        return path.read_text(encoding="utf-8")


_ADVICE = {
    401: "The token on this machine may be out of date: run `hf auth login` or `hf auth logout`",
    429: "Wait some minutes, or run `hf auth login`: who is logged in may ask more often",
    500: "Wait some minutes",
    503: "Wait some minutes",
}


def _find(name: str, revision: str) -> _Found:
    """A folder, a repository that answers, or the copy of it that is on this machine already."""
    if Path(name).is_dir():
        return _Found(name, None, Path(name))
    # The labels of a legacy model's checkpoints are file names, and no revisions of its repository.
    branch = None if revision.isdigit() else revision or None
    try:
        HfApi().model_info(name, revision=branch, timeout=PATIENCE)
        # A gated model shows its page and keeps its files. The download would try for half a minute.
        get_hf_file_metadata(hf_hub_url(name, "config.json", revision=branch), timeout=PATIENCE)
    except GatedRepoError as error:
        raise RuntimeError(
            f"{name} is gated: accept its terms at {HfApi().endpoint}/{name}, then run "
            "`hf auth login` here."
        ) from error
    except EntryNotFoundError as error:
        raise RuntimeError(f"{name} holds no config.json: there is no model in it.") from error
    except RevisionNotFoundError as error:
        raise RuntimeError(f"{name} has no revision {revision!r}: see its branches.") from error
    except RepositoryNotFoundError as error:
        raise RuntimeError(
            f"There is no public model {name!r} on {HfApi().endpoint}: check owner and name."
        ) from error
    except Exception as error:  # no route, no name, a timeout, too many requests, a broken server
        return _kept(name, branch, error)
    return _Found(name, branch, None)


def _kept(name: str, branch: str | None, error: Exception) -> _Found:
    """The copy on this machine, for when the hub does not answer; raises RuntimeError without one."""
    answer = getattr(getattr(error, "response", None), "status_code", None)
    why = f"answered {answer}" if answer else "cannot be reached"
    try:
        folder = snapshot_download(name, revision=branch, local_files_only=True)
    except (LocalEntryNotFoundError, OSError, ValueError):
        raise RuntimeError(
            f"{HfApi().endpoint} {why}, and {name} is not on this machine yet. "
            f"{_ADVICE.get(answer or 0, 'Go on line and try again')}, or set `model` in "
            "lab/settings.py to a folder that holds a model."
        ) from error
    print(f"{HfApi().endpoint} {why}: using the copy of {name} on this machine.")
    return _Found(name, branch, Path(folder))


def _boot(found: _Found, settings: Settings, device: torch.device) -> TransformerBridge:
    """A model of the transformers library."""
    n_params = _count_parameters(found)
    dtype = best_dtype(device, n_params)
    n_devices = _spread(n_params, device, dtype, settings.fold)
    where: dict[str, Any] = {"n_devices": n_devices} if n_devices > 1 else {"device": device}
    with _in_one_sentence(f"{found.name} could not be loaded"):
        try:
            return TransformerBridge.boot_transformers(
                found.source, dtype=dtype, revision=found.revision, **where
            )
        except ValueError as error:
            raise RuntimeError(
                f"TransformerLens has no hooks for {found.name}: {_first_line(error)}"
            ) from error


def _boot_legacy(found: _Found, settings: Settings, device: torch.device) -> TransformerBridge:
    """A model in TransformerLens's own older format, such as NeelNanda/GELU_2L512W_C4_Code."""
    if found.folder is not None:
        raise RuntimeError(f"{found.name} is in an older format that is loaded from the hub only.")
    label = int(settings.revision) if settings.revision else None
    with _in_one_sentence(f"{found.name} could not be loaded"):
        if label is not None:
            _check_label(found.name, label)
        return TransformerBridge.boot_tl_legacy(found.name, checkpoint_value=label, device=device)


def _check_label(name: str, label: int) -> None:
    """Raise RuntimeError unless the first checkpoint that ends in this number is the one of this
    number: that one is loaded, so that 500 could also find 1500."""
    files = HfApi().list_repo_files(name)
    labels = {one: re.search(r"checkpoints/.*_(\d+)\.pth$", one) for one in files}
    numbers = {one: int(found[1]) for one, found in labels.items() if found}
    first = next((one for one in files if one.endswith(f"{label}.pth")), "")
    if numbers.get(first) != label:
        known = ", ".join(map(str, sorted(numbers.values())[:6])) or "none"
        raise RuntimeError(f"{name} has no checkpoint {label}; its first ones are: {known}.")


def _count_parameters(found: _Found) -> int:
    """The number of parameters, from the configuration alone: no weights are read."""
    from transformers import AutoConfig, AutoModelForCausalLM

    with _in_one_sentence(f"{found.name} is no model that predicts the next token"):
        config = AutoConfig.from_pretrained(found.source, revision=found.revision)
        with torch.device("meta"):
            empty = AutoModelForCausalLM.from_config(config)
    return sum(parameter.numel() for parameter in empty.parameters())


def _spread(n_params: int, device: torch.device, dtype: torch.dtype, fold: bool) -> int:
    """How many GPUs the weights need; raises MemoryError where even all of them are too small."""
    n_gpus = torch.cuda.device_count() if device.type == "cuda" else 1
    for n_devices in range(1, n_gpus + 1):
        try:
            check_fits(n_params // n_devices, device, dtype, copies=3.5 if fold else 1.5)
        except MemoryError:
            if n_devices == n_gpus:
                raise
        else:
            break
    return n_devices


def _describe(model: TransformerBridge, name: str, revision: str, seconds: float) -> None:
    """Print what was loaded, and a warning where it predicts no better than chance."""
    parameters = list(model.parameters())
    n_params = sum(parameter.numel() for parameter in parameters)
    print(
        f"{name}{f' at {revision}' if revision else ''}: "
        f"{n_params / 1e6:.0f}M parameters, {model.cfg.n_layers} layers, {model.cfg.n_heads} heads, "
        f"d_model {model.cfg.d_model}, {str(parameters[0].dtype).removeprefix('torch.')} on "
        f"{parameters[0].device}, {seconds:.0f} s"
    )
    if model.tokenizer is not None:
        loss, even = loss_on(model, SENTENCE), math.log(model.cfg.d_vocab)
        print(f"loss on a plain sentence: {loss:.2f} nats a token; guessing evenly: {even:.2f}")
        if loss > 0.9 * even:
            print("No better than guessing: these may not be trained weights.")


@contextmanager
def _in_one_sentence(what: str) -> Iterator[None]:
    """Raise RuntimeError with the first line of whatever goes wrong; what says what to do passes.

    Of whatever: the clients raise errors of theirs, of the library that carries their requests, and
    of the formats that they read.
    """
    try:
        yield
    except (RuntimeError, MemoryError):
        raise
    except Exception as error:
        raise RuntimeError(f"{what}: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    """The first line of what an error says, cut to two hundred characters, with a point."""
    line = (str(error).strip().splitlines() or [type(error).__name__])[0].strip()
    return f"{line[:200]}..." if len(line) > 200 else line.rstrip(".:") + "."
