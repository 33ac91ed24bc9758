"""From which places a head brings what it brings: its values changed at one place at a time."""

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import looking, patching
from lab.attribution import Head
from lab.pairs import END, Pairs
from lab.patching import ROWS, Values


def brought_from(
    model: TransformerBridge, pairs: Pairs, head: Head, query: str = END, *, rows: int = ROWS
) -> dict[str, float]:
    """A head's effect at the query if its values at one place alone come from the clean run.

    Its pattern stays that of the corrupted run. One number for each place and for all other positions;
    they add up to `looks_and_brings`' "brings" as far as the rest of the model is linear.
    """
    layer, _ = head
    ends = patching.both_ends(model, pairs, rows=rows)
    found: dict[str, list[Tensor]] = {place: [] for place in patching.place_names(pairs)}
    for some in patching.batches(pairs, rows):
        (pattern, values), (_, clean) = (
            looking.pattern_and_values(model, tokens, layer)
            for tokens in (some.corrupted, some.clean)
        )
        patch = patching.head_patch(model, some, [head], query)
        for place, moved in found.items():
            here = patching.at(some, place)[..., None, None]
            mixed = torch.where(here, clean, values)
            z = torch.einsum("bhqk,bkhd->bqhd", pattern, mixed)
            given = {patching.z_hook(layer): z}
            moved.append(
                patching.replaced(model, some, [patch], partial(_given, given), rows=rows)[0]
            )
    return {
        place: float(patching.normalised(torch.cat(moved), ends)) for place, moved in found.items()
    }


def _given(values: Values, pairs: Pairs, names: Sequence[str]) -> Values:
    """Activations that are there already, in the form that patching asks for them."""
    return values
