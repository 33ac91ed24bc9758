"""What 3.6 measures: by which way attention reaches the right slot, which edges are needed, who is named."""

import torch
from torch import Tensor, nn
from transformer_lens import TransformerBridge

from lab import attention
from lab.data import Batch
from lab.task import PermuteList
from lab.training import accuracy
from lab.training import predict as logits_of

ROUTES = ("place of its own index", "place of another index", "any other place", "straight")
EDGES = ("index -> slot", "out -> index", "both -> index", "out -> slot")


def places(task: PermuteList) -> dict[str, slice]:
    """Where the list ("slot"), the indices ("index") and the answers' positions ("out") stand; "both" are
    the last two."""
    n = task.list_length
    return {
        "slot": slice(1, n + 1),
        "index": slice(n + 2, 2 * n + 2),
        "out": slice(2 * n + 2, None),
        "both": slice(n + 2, None),
    }


def source(task: PermuteList, tokens: Tensor) -> Tensor:
    """The slot that each output has to come from: [batch, out]."""
    return task.source(tokens[:, places(task)["index"]] - task.first_index)


def routes(
    model: TransformerBridge, task: PermuteList, tokens: Tensor
) -> dict[str, tuple[Tensor, Tensor]]:
    """Attention that gets from each output to the right slot by each of ROUTES, and to a wrong one: [out].

    Through a place: last layer (out to place) times first layer (place to slot); straight: last layer
    alone. Means over lists, heads averaged; the second tensor is the mean over wrong slots.
    """
    where = places(task)
    first, last = attention.patterns(model, tokens).mean(2)[[0, -1]]
    from_out, to_slot = last[:, where["out"]], first[:, :, where["slot"]]
    n = task.list_length
    own = torch.eye(n, dtype=torch.bool, device=tokens.device)
    through = from_out[..., None] * to_slot[:, None]  # [batch, out, place, slot]
    index = through[:, :, where["index"]]
    ways = {
        "place of its own index": index[:, own],
        "place of another index": (index * ~own[None, :, :, None]).sum(2),
        "any other place": through.sum(2) - index.sum(2),
        "straight": from_out[:, :, where["slot"]],
    }
    right = source(task, tokens)[..., None]
    found = {}
    for name in ROUTES:
        hit = ways[name].gather(-1, right)[..., 0]
        wrong = (ways[name].sum(-1) - hit) / (n - 1)
        found[name] = (hit.mean(0), wrong.mean(0))
    return found


def index_looks(model: TransformerBridge, task: PermuteList, tokens: Tensor) -> Tensor:
    """Layer 0, from the place of an index to the list, by the index that stands there: [index, slot]."""
    where = places(task)
    first = attention.patterns(model, tokens)[0].mean(1)[:, where["index"], where["slot"]]
    index = tokens[:, where["index"]] - task.first_index
    return torch.stack([first[index == one].mean(0) for one in range(task.list_length)])


def without_edge(
    model: TransformerBridge, task: PermuteList, batch: Batch, layer: int, edge: str
) -> float:
    """Accuracy when what one of EDGES, "query -> key", carries in a layer is its mean over the batch."""
    query, key = (places(task)[name] for name in edge.split(" -> "))
    pattern, values, mixed = (f"blocks.{layer}.attn.hook_{name}" for name in ("pattern", "v", "z"))

    with torch.no_grad():
        _, cache = model.run_with_cache(batch.tokens, names_filter=[pattern, values])
        carried = torch.einsum(
            "bhqk,bkhd->bqhd", cache[pattern][:, :, query, key], cache[values][:, key]
        )

        def cut(z: Tensor, hook: object) -> Tensor:
            z = z.clone()
            z[:, query] += carried.mean(0) - carried
            return z

        logits = model.run_with_hooks(batch.tokens, fwd_hooks=[(mixed, cut)])
    return accuracy(logits, batch.targets)


def last_answer(network: nn.Module, task: PermuteList, tokens: Tensor) -> dict[str, float]:
    """What is written last when the last index is replaced by the first: shares of lists.

    "named": the number that the index now names, which stands in the output already; "left over": the
    one that was not written yet, and that no index names any more.
    """
    where, n = places(task), task.list_length
    changed = tokens.clone()
    changed[:, where["index"].stop - 1] = tokens[:, where["index"].start]
    said = logits_of(network, changed)[:, -1].argmax(-1)
    numbers, wanted = tokens[:, where["slot"]], source(task, tokens)
    rows = torch.arange(len(tokens), device=tokens.device)
    return {
        "named": (said == numbers[rows, wanted[:, 0]]).float().mean().item(),
        "left over": (said == numbers[rows, wanted[:, n - 1]]).float().mean().item(),
    }
