"""What a model does with the roles in IOI prompts: who looks at whom, and where a repetition is noticed."""

import torch
from torch import Tensor
from transformer_lens import TransformerBridge

from lab import attribution
from lab.ioi import Prompts

# Words before S again cannot know of a repetition; what they carry on is who S is.
PLACES = ["S first", "IO", "S again", "words before", "words after", "END"]


def differences(model: TransformerBridge, prompts: Prompts, tokens: Tensor | None = None) -> Tensor:
    """The logit difference IO - S at END, [batch], of the prompts or of other tokens with their roles."""
    with torch.no_grad():
        logits = model(prompts.tokens if tokens is None else tokens)
    return attribution.logit_difference(logits, prompts.io, prompts.subject)


def by_place(values: Tensor, prompts: Prompts) -> Tensor:
    """Numbers for each position [batch, pos] summed by what stands there: [batch, len(PLACES)]."""
    return torch.stack([(values * mask).sum(1) for mask in _masks(prompts)], 1)


def attention(model: TransformerBridge, prompts: Prompts, query: str) -> Tensor:
    """Where each head looks from "S again" or "END": [layer, head, batch, len(PLACES)]."""
    names = [f"blocks.{layer}.attn.hook_pattern" for layer in range(model.cfg.n_layers)]
    with torch.no_grad():
        _, cache = model.run_with_cache(prompts.tokens, names_filter=names)
    rows = torch.arange(len(prompts.tokens), device=prompts.tokens.device)
    at = _position(prompts, query)
    return torch.stack(
        [
            torch.stack([by_place(one, prompts) for one in cache[name][rows, :, at].unbind(1)])
            for name in names
        ]
    )


def even_attention(prompts: Prompts, query: str) -> Tensor:
    """What a head would pay that attends evenly to all it can see from "S again" or "END": [batch, len(PLACES)]."""
    at = _position(prompts, query)[:, None]
    seen = torch.arange(prompts.tokens.shape[1], device=at.device) <= at
    return by_place(seen / (at + 1), prompts)


def noticed(model: TransformerBridge, prompts: Prompts, unrepeated: Tensor) -> Tensor:
    """The mean IO - S that is left when all heads of one layer write at one place what they write in the
    prompts without a repetition: [layer - 1, len(PLACES)].

    The last layer is left out: what it writes before END nobody reads, and at END it writes the answer.
    """
    with torch.no_grad():
        _, cache = model.run_with_cache(unrepeated)
    left = []
    for layer in range(model.cfg.n_layers - 1):
        name = f"blocks.{layer}.attn.hook_z"
        for mask in _masks(prompts):

            def patch(z: Tensor, hook: object, mask: Tensor = mask, name: str = name) -> Tensor:
                return torch.where(mask[:, :, None, None], cache[name], z)

            with model.hooks(fwd_hooks=[(name, patch)]):
                left.append(differences(model, prompts).mean())
    return torch.stack(left).view(-1, len(PLACES)) if left else torch.zeros(0, len(PLACES))


def share_lost(model: TransformerBridge, prompts: Prompts, unrepeated: Tensor) -> Tensor:
    """What `noticed` leaves as a share of what the repetition makes of the mean IO - S: 0 where nothing is
    lost, 1 where it falls as far as in the prompts without a repetition. [layer - 1, len(PLACES)]."""
    whole = differences(model, prompts).mean()
    gap = whole - differences(model, prompts, unrepeated).mean()
    return (whole - noticed(model, prompts, unrepeated)) / gap


def _position(prompts: Prompts, query: str) -> Tensor:
    """Where a query stands: [batch]."""
    end = torch.full_like(prompts.subject, prompts.tokens.shape[1] - 1)
    return {"S again": prompts.places[:, 2], "END": end}[query]


def _masks(prompts: Prompts) -> list[Tensor]:
    """Which positions [batch, pos] are meant by each of PLACES."""
    n_ctx = prompts.tokens.shape[1]
    at = torch.arange(n_ctx, device=prompts.tokens.device)
    roles = [at == place[:, None] for place in prompts.places.T]
    end = (at == n_ctx - 1).expand_as(prompts.tokens)
    words = ~(torch.stack(roles).any(0) | end)
    before = at < prompts.places[:, 2:]
    return [*roles, words & before, words & ~before, end]
