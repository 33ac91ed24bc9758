"""The model under study: an MLP with one hidden layer, with the hooks of TransformerLens."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformer_lens import HookedRootModule
from transformer_lens.hook_points import HookPoint

from lab.data import Task
from lab.settings import Settings

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": F.relu,
    "gelu": F.gelu,
    "silu": F.silu,
}


class MLP(HookedRootModule):
    """tokens [batch, 2] -> logits [batch, d_out], by way of one hidden layer.

    Both numbers are read through the same embedding; the two embeddings stand side by side, so the
    hidden layer knows which is which. There are no biases.
    """

    def __init__(self, d_vocab: int, d_embed: int, d_mlp: int, d_out: int, act_fn: str) -> None:
        super().__init__()
        self.W_E = nn.Parameter(torch.randn(d_vocab, d_embed) / d_embed**0.5)
        self.W_in = nn.Parameter(torch.randn(2, d_embed, d_mlp) / (2 * d_embed) ** 0.5)
        self.W_out = nn.Parameter(torch.randn(d_mlp, d_out) / d_mlp**0.5)
        self.act = ACTIVATIONS[act_fn]
        self.hook_embed = HookPoint()  # [batch, 2, d_embed]
        self.hook_pre = HookPoint()  # [batch, d_mlp]
        self.hook_post = HookPoint()  # [batch, d_mlp]
        self.setup()

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits [batch, d_out] for tokens [batch, 2]."""
        embedded = self.hook_embed(self.W_E[tokens])
        pre = self.hook_pre(torch.einsum("bnd,ndm->bm", embedded, self.W_in))
        return self.hook_post(self.act(pre)) @ self.W_out


def build_model(task: Task, settings: Settings, device: torch.device) -> MLP:
    """An MLP for a task, with random weights of the given seed.

    It answers with a token, or with one of `n_answers` labels where the task has such a number.
    """
    d_out = getattr(task, "n_answers", task.d_vocab)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        model = MLP(task.d_vocab, settings.d_embed, settings.d_mlp, d_out, settings.act_fn)
    return model.to(device)
