"""How long a training step takes in a generated project, beside a loop written by hand.

    python benchmarks/training.py [--runs 15] [--compiled]

Needs what a generated project needs. Exits 1 when a bound is broken: where every position has a
target, `train` takes at most 1.2 times a plain torch loop over a module of the same shape, with
LayerNorm, fused attention, AdamW and the same batch. The two alternate in one process, so that a
busy machine slows both; the medians of processor time (on a GPU: of time) are compared. The last
column is the same ratio where only the last position has a target.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from problembrowser.catalogue import bundled
from problembrowser.starters import scaffold

BOUND = 1.2
STEPS = 20  # in one run
STARTER = "3.5"  # any that trains a transformer: only its loop and its model are used
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Size(NamedTuple):
    """A model and a batch of training examples for it."""

    n_layers: int
    d_model: int
    n_heads: int
    d_mlp: int
    d_vocab: int
    n_ctx: int
    batch: int


SIZES = {
    "one layer, 3 positions": Size(1, 64, 4, 256, 64, 3, 256),
    "two layers, attention only": Size(2, 64, 4, 0, 64, 32, 64),
    "two layers, 60 positions": Size(2, 128, 4, 512, 64, 60, 32),
}


class ByHand(nn.Module):
    """The model as one would write it without hooks: tokens [batch, pos] -> logits."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.embed = nn.Embedding(size.d_vocab, size.d_model)
        self.positions = nn.Embedding(size.n_ctx, size.d_model)
        self.layers = nn.ModuleList(_Layer(size) for _ in range(size.n_layers))
        self.ln_final = nn.LayerNorm(size.d_model)
        self.unembed = nn.Linear(size.d_model, size.d_vocab, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        stream = self.embed(tokens) + self.positions.weight[: tokens.shape[1]]
        for layer in self.layers:
            stream = layer(stream)
        return self.unembed(self.ln_final(stream))


class _Layer(nn.Module):
    def __init__(self, size: Size) -> None:
        super().__init__()
        width = size.d_model
        self.n_heads, self.has_mlp = size.n_heads, size.d_mlp > 0
        self.ln1, self.qkv = nn.LayerNorm(width), nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        if self.has_mlp:
            self.ln2 = nn.LayerNorm(width)
            self.mlp = nn.Sequential(
                nn.Linear(width, size.d_mlp), nn.ReLU(), nn.Linear(size.d_mlp, width)
            )

    def forward(self, stream: Tensor) -> Tensor:
        heads = self.qkv(self.ln1(stream)).unflatten(-1, (3, self.n_heads, -1))
        q, k, v = heads.permute(2, 0, 3, 1, 4)
        z = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        stream = stream + self.out(z.transpose(1, 2).flatten(2))
        return stream + self.mlp(self.ln2(stream)) if self.has_mlp else stream


def by_hand(size: Size, batch: Any) -> Callable[[], object]:
    """Some steps of a plain loop."""
    model = ByHand(size).to(DEVICE)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.98))

    def run() -> None:
        for _ in range(STEPS):
            logits = model(batch.tokens)
            loss = functional.cross_entropy(
                logits.flatten(0, 1), batch.targets.flatten(), ignore_index=-100
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return run


def with_train(size: Size, batch: Any, compiled: bool) -> Callable[[], object]:
    """As many steps of a project's `train`, on the model that a project builds."""
    from lab.model import build_model
    from lab.settings import QUICK
    from lab.training import train

    class OneBatch:
        d_vocab, n_ctx, chance = size.d_vocab, size.n_ctx, 0.0

        def train_batch(self) -> Any:
            return batch

        def held_out(self) -> Any:
            return batch.rows(slice(0, 1))

    shape = {name: value for name, value in size._asdict().items() if hasattr(QUICK, name)}
    settings = QUICK.but(
        **shape, layer_norm=True, biases=True, positions="standard", steps=STEPS, eval_every=STEPS
    ).but(compile=compiled, target_accuracy=2.0)
    model = build_model(OneBatch(), settings, DEVICE)
    return lambda: train(model, OneBatch(), settings, progress=False)


def ratio(size: Size, last_only: bool, runs: int, compiled: bool) -> tuple[float, float]:
    """Time of a step of `train` over that of a plain one, and the former in milliseconds."""
    from lab.data import IGNORE, Batch

    torch.manual_seed(0)
    tokens = torch.randint(size.d_vocab, (size.batch, size.n_ctx), device=DEVICE)
    targets = tokens.roll(-1, 1)
    if last_only:
        targets[:, :-1] = IGNORE
    batch = Batch(tokens, targets)
    tasks = (by_hand(size, batch), with_train(size, batch, compiled))
    times: list[list[float]] = [[], []]
    for turn in range(runs + 1):
        for task, taken in zip(tasks, times, strict=True):
            start = _clock()
            task()
            if turn:
                taken.append(_clock() - start)
    plain, ours = map(median, times)
    return ours / plain, ours / STEPS * 1000


def _clock() -> float:
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()
        return time.perf_counter()
    return time.process_time()


def main() -> int:
    """Print a line for each size; 1 if one is over the bound."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=15, help="how often each loop is timed")
    parser.add_argument("--compiled", action="store_true", help="with `compile` switched on")
    options = parser.parse_args()
    contents = bundled.load()
    problem = next(one for one in contents.problems if one.id == STARTER)
    category = next(one for one in contents.categories if one.slug == problem.category)
    kept = True
    with tempfile.TemporaryDirectory() as folder:
        made = scaffold.new(problem, category, output_dir=Path(folder), git_init=False)
        sys.path.insert(0, str(made.path))
        print(f"{'':4} {'size':<28} {'ms a step':>9} {'/ by hand':>9} {'last only':>9}")
        for name, size in SIZES.items():
            every, took = ratio(size, False, options.runs, options.compiled)
            last, _ = ratio(size, True, options.runs, options.compiled)
            word = "ok" if every <= BOUND else "FAIL"
            print(f"{word:4} {name:<28} {took:9.2f} {every:9.2f} {last:9.2f}", flush=True)
            kept &= every <= BOUND
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
