"""What 3.27 measures: three opinions on the worth of a head, and what a layer is worth at once."""

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import attribution
from lab.data import IGNORE
from lab.task import RepeatedSubsequences

OPINIONS = ("attribution", "direct drop", "ablation")


def questions(
    task: RepeatedSubsequences, n: int, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Prompts [batch, pos] whose last position has an answer, the answers and wrong ones [batch].

    The lists are shorter than any in training. Wrong is the token before the current one: it is in the
    context too, so that copying just anything earns no credit. n are drawn, fewer are of use.
    """
    length = torch.randint(4, task.lengths[0], (n, 1), generator=generator, device=task.device)
    tokens, targets = task.of_length(length, generator)
    right, wrong = targets[:, -1], tokens[:, -2]
    usable = (right != IGNORE) & (right != wrong)
    return tokens[usable], right[usable], wrong[usable]


def opinions(
    model: TransformerBridge, tokens: Tensor, right: Tensor, wrong: Tensor
) -> dict[str, Tensor]:
    """Each opinion on each head, in logits of right minus wrong at the last position: [layer, head].

    "attribution": what the head writes into the difference, LayerNorm as it was. "direct drop": its mean
    in its place in the last residual stream only. "ablation": its mean in its place, all later layers
    run again. Means over the prompts; right and wrong [batch].
    """
    _, cache = attribution.run(model, tokens)
    names = [f"L{layer}H{head}" for layer, head in attribution.every_head(model)]
    effects = attribution.direct_effects(model, cache, right, wrong)
    drops = attribution.direct_drops(model, cache, right, wrong)
    shape = (model.cfg.n_layers, model.cfg.n_heads)
    ablated = attribution.ablation_effects(
        model, tokens, lambda logits: attribution.logit_difference(logits, right, wrong)
    )
    return {
        "attribution": torch.stack([effects[name].mean() for name in names]).view(shape),
        "direct drop": torch.stack([drops[name].mean() for name in names]).view(shape),
        "ablation": ablated,
    }


def layers_at_once(
    model: TransformerBridge, tokens: Tensor, right: Tensor, wrong: Tensor
) -> Tensor:
    """How far the logit difference falls when all heads of a layer are replaced by their means: [layer]."""
    logits, cache = attribution.run(model, tokens)
    whole = attribution.logit_difference(logits, right, wrong).mean()
    means = attribution.means(model, cache)
    drops = []
    for layer in range(model.cfg.n_layers):
        with attribution.heads_replaced(
            model, {at: z for at, z in means.items() if at[0] == layer}
        ):
            drops.append(whole - attribution.logit_difference(model(tokens), right, wrong).mean())
    return torch.stack(drops)
