"""Is there a crest in a curve of losses, and is it more than overconfidence?"""

import torch
from torch import Tensor
from torch.nn import functional as F


def crest(losses: Tensor) -> Tensor:
    """How far a curve [..., n] rises and falls again: the highest point over the lowest before and after it.

    The smaller of the two heights; 0 for a curve that only rises or only falls.
    """
    best = torch.zeros_like(losses[..., 0])
    for i in range(1, losses.shape[-1] - 1):
        before = losses[..., i] - losses[..., :i].amin(-1)
        after = losses[..., i] - losses[..., i + 1 :].amin(-1)
        best = torch.maximum(best, torch.minimum(before, after))
    return best


def cooled(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy in nats of each model after its logits are divided by the best temperature: [model].

    logits [model, batch, answer], targets [batch]. At most ln(answers): what is above that was
    overconfidence, and a model that ranks the answers no better than chance ends there.
    """
    tried = torch.logspace(-4, 1, 60, device=logits.device)
    losses = torch.stack(
        [
            F.cross_entropy(
                (logits * scale).transpose(1, 2),
                targets.expand(len(logits), -1),
                reduction="none",
            ).mean(1)
            for scale in tried
        ]
    )
    return losses.amin(0)
