"""What a participant reads when a model cannot be loaded, and what is loaded when it can.

The loader of a generated project runs in children of the warm process, against the hub on loopback:
many models in one child, each with a fault of its own.
"""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from typing import NamedTuple

import forkserver
import pytest
from forkserver import Server
from hub import server as hubs
from hub.server import Fault
from hub.serving import Served

from problembrowser.catalogue import bundled
from problembrowser.catalogue.problem import Problem, Starter
from problembrowser.starters import bake

GPT2, PYTHIA = "openai-community/gpt2", "EleutherAI/pythia-70m"
TOY, GATED_TOY = "NeelNanda/GELU_2L512W_C4_Code", "NeelNanda/GELU_1L512W_C4_Code"
CUT_TOY, OTHER_TOY = "NeelNanda/SoLU_1L512W_C4_Code", "NeelNanda/SoLU_2L512W_C4_Code"
TOKENS = "000011000000"  # a checkpoint of the toy models
PROBE = '''
import contextlib, io, json, time
from pathlib import Path
import torch
from transformers import AutoModelForCausalLM
from lab.model import load_model
from lab.settings import QUICK

CASES, OUT = json.loads({cases!r}), Path({out!r})

def off(model, name, revision):
    """The largest difference from the logits of transformers."""
    reference = AutoModelForCausalLM.from_pretrained(
        name, revision=revision or None, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    tokens = model.to_tokens("When Mary and John went to the store")
    with torch.no_grad():
        return float((model(tokens) - reference(tokens).logits).abs().max())

def told(name, revision):
    settings = QUICK.but(model=name, revision=revision, fold=False)
    printed, error, says, model = io.StringIO(), "", "", None
    began = time.monotonic()
    try:
        with contextlib.redirect_stdout(printed):
            model = load_model(settings, torch.device("cpu"))
    except Exception as caught:
        error, says = type(caught).__name__, str(caught)
    seconds = time.monotonic() - began
    compared = model is not None and not name.startswith("NeelNanda/") and {compare}
    return error, says, seconds, off(model, name, revision) if compared else 0.0, printed.getvalue()

def test_it():
    OUT.write_text(json.dumps([told(*case) for case in CASES]))
'''
Case = tuple[str, str]  # a model and a revision


class Told(NamedTuple):
    """How the loader ended, and what it printed."""

    error: str
    says: str
    seconds: float
    off: float  # the largest difference from the logits of transformers
    printed: str


Load = Callable[..., dict[Case, Told]]


@pytest.fixture(scope="module")
def load(
    served: Served, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Load]:
    """Load models of the hub as notebooks do, the lists of them side by side."""
    category = bundled.load().categories[0]
    starter = Starter("language-model")
    problem = Problem("1.0", "Does it load?", "Does it load?", category.slug, starter=starter)
    project = bake.bake(problem, category, starter, "loading", tmp_path_factory.mktemp("bake"), "")

    def run(*lists: list[Case], compare: bool = False) -> dict[Case, Told]:
        orders, outs = [], []
        for number, cases in enumerate(lists):
            outs.append(out := project / f"told{number}.json")
            probe = PROBE.format(cases=json.dumps(cases), out=str(out), compare=compare)
            name = f"tests/test_probe{number}.py"
            (project / name).write_text(probe, encoding="utf-8")
            orders.append(forkserver.tests(project, name))
        for _, done in server.carry_out(orders, len(orders)):
            assert done.returncode == 0, done.stdout[-3000:]
        found: dict[Case, Told] = {}
        for cases, out in zip(lists, outs, strict=True):
            answers = json.loads(out.read_text(encoding="utf-8"))
            found |= {case: Told(*told) for case, told in zip(cases, answers, strict=True)}
        return found

    yield run
    forget(served)


def forget(served: Served) -> None:
    """Remove what the clients of the hub have downloaded."""
    shutil.rmtree(served.home / "hub", ignore_errors=True)


# What is wrong with which model, and what is said of it.
FAULTS = {
    GPT2: hubs.GATED,
    GATED_TOY: hubs.GATED,
    "EleutherAI/gpt-neo-125m": hubs.UNAUTHORISED,
    "EleutherAI/gpt-j-6b": hubs.NOT_FOUND,
    "facebook/opt-125m": hubs.TOO_MANY,
    "HuggingFaceTB/SmolLM2-135M": hubs.BROKEN,
    "Qwen/Qwen2.5-0.5B": Fault(500, everywhere=False),
    "bigscience/bloom-560m": Fault(429, everywhere=False),
    "lvwerra/gpt2-imdb": Fault(seconds=60),
    "stanford-crfm/alias-gpt2-small-x21": hubs.CUT_OFF,
    PYTHIA: Fault(share=0.5, files="model.safetensors"),
    CUT_TOY: Fault(share=0.5, files=".pth"),
}
SAID: dict[Case, str] = {
    (GPT2, ""): r"is gated: accept its terms",
    (GATED_TOY, ""): r"is gated: accept its terms",
    ("EleutherAI/gpt-neo-125m", ""): r"answered 401, and .* not on this machine yet\. The token",
    ("EleutherAI/gpt-j-6b", ""): r"no public model 'EleutherAI/gpt-j-6b'",
    ("facebook/opt-125m", ""): r"answered 429, and .* not on this machine yet. Wait",
    ("HuggingFaceTB/SmolLM2-135M", ""): r"answered 500, and .* not on this machine yet",
    ("Qwen/Qwen2.5-0.5B", ""): r"answered 500, and .* not on this machine yet",
    ("bigscience/bloom-560m", ""): r"answered 429, and .* not on this machine yet. Wait",
    ("lvwerra/gpt2-imdb", ""): r"cannot be reached, and .* not on this machine yet",
    ("stanford-crfm/alias-gpt2-small-x21", ""): r"config.json could not be downloaded: peer closed",
    (PYTHIA, ""): r"could not be loaded: ",
    (CUT_TOY, ""): r"could not be loaded: peer closed",
    ("nobody/heron", ""): r"no public model 'nobody/heron'",
    ("gpt2x", ""): r"no public model 'gpt2x'",
    (PYTHIA, "step7"): r"EleutherAI/pythia-70m has no revision 'step7'",
    (OTHER_TOY, "7"): r"has no checkpoint 7; its first ones are: 0, 11000000, 22000000000",
    ("pond/large", ""): r"enough for about",
    ("pond/empty", ""): r"holds no config.json",
    ("pond/cat", ""): r"no model that predicts the next token",
}


@pytest.fixture(scope="module")
def told(served: Served, load: Load, tmp_path_factory: pytest.TempPathFactory) -> dict[Case, Told]:
    """What the loader says of all of them, with nothing downloaded before."""
    pond = tmp_path_factory.mktemp("hub")
    config = {"model_type": "gpt2", "n_layer": 2, "n_embd": 312_000, "vocab_size": 50257}
    for name, about in {"large": config, "cat": {"model_type": "vit"}, "empty": None}.items():
        (pond / "pond" / name).mkdir(parents=True)
        (pond / "pond" / name / "README.md").write_text("herons", encoding="utf-8")
        if about:
            (pond / "pond" / name / "config.json").write_text(json.dumps(about), encoding="utf-8")
    forget(served)
    hub = served.hub
    before, hub.folders = hub.folders, (*hub.folders, pond)
    hub.faults |= FAULTS
    try:
        return load(*(list(SAID)[n::3] for n in range(3)))
    finally:
        hub.folders = before
        hub.faults.clear()
        forget(served)


def is_one_sentence(text: str) -> bool:
    """Whether somebody reads it in a breath: one line with a point at its end, and no status."""
    return (
        "\n" not in text and len(text) < 300 and text.endswith(".") and "Client Error" not in text
    )


@pytest.mark.parametrize("case", SAID, ids="@".join)
def test_what_goes_wrong_is_one_sentence_within_ten_seconds(
    case: Case, told: dict[Case, Told]
) -> None:
    it = told[case]
    assert it.error == ("MemoryError" if case[0] == "pond/large" else "RuntimeError"), it
    assert re.search(SAID[case], it.says), it.says
    assert is_one_sentence(it.says), it.says
    assert it.seconds < 10, it


FAMILIES: list[Case] = [
    *((GPT2, ""), (PYTHIA, ""), (PYTHIA, "step1000"), ("EleutherAI/gpt-neo-125m", "")),
    *(("EleutherAI/gpt-j-6b", ""), ("HuggingFaceTB/SmolLM2-135M", ""), ("Qwen/Qwen2.5-0.5B", "")),
    *(("facebook/opt-125m", ""), ("bigscience/bloom-560m", ""), ("lvwerra/gpt2-imdb", "")),
    ("stanford-crfm/alias-gpt2-small-x21", "checkpoint-1000"),
]


def test_every_family_loads_with_the_logits_of_transformers(load: Load) -> None:
    for (name, revision), it in load(FAMILIES, compare=True).items():
        assert not it.error, (name, it)
        assert it.off < 1e-4, (name, it)
        at = f" at {revision}" if revision else ""
        assert it.printed.startswith(f"{name}{at}: "), it.printed


def test_a_toy_model_loads_with_its_checkpoints(load: Load, served: Served) -> None:
    asked = len(served.hub.asked)
    revisions = ["", str(int(TOKENS)), "0"]
    told = load([(TOY, one) for one in revisions])
    assert [it.error for it in told.values()] == ["", "", ""], told
    got = [re.search(r"GET .*/([^/]*\.pth) 200", line) for line in served.hub.asked[asked:]]
    name = TOY.partition("/")[2]
    wanted = ["model_final.pth", f"{name}_{TOKENS}.pth", f"{name}_{'0' * 12}.pth"]
    assert [one[1] for one in got if one] == wanted


def test_the_copy_on_this_machine_serves_where_the_hub_does_not(load: Load, served: Served) -> None:
    forget(served)
    here, elsewhere = (GPT2, ""), (PYTHIA, "")
    assert not load([here])[here].error
    for wrong in (served.hub.offline(), served.hub.fault(hubs.TOO_MANY)):
        with wrong:
            told = load([here, elsewhere])
        assert not told[here].error, told
        assert f"using the copy of {GPT2} on this machine" in told[here].printed
        assert re.search("and EleutherAI/pythia-70m is not on this machine", told[elsewhere].says)
        assert is_one_sentence(told[elsewhere].says)
        assert max(it.seconds for it in told.values()) < 10
