"""The gradients of a training step, by the fastest way that gives the same ones."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from lab.data import IGNORE, Batch
from lab.plain import Plain, has_hooks, without_hooks

Loss = Callable[[Tensor, Tensor], Tensor]  # (logits, targets) to a scalar


class Step:
    """The forward and backward pass of a model under a loss.

    A model that has hooks on it is called as it is: they see every step. One without is called as
    its `Plain`. Where `only_asked` is true, the loss has no use for logits at targets of IGNORE.
    """

    def __init__(self, model: nn.Module, loss: Loss, *, only_asked: bool, compiled: bool) -> None:
        self.model, self.loss, self.only_asked = model, loss, only_asked
        self.compiled: Loss | None = None
        self.compiles = compiled
        try:
            self.plain = without_hooks(model)
        except NotImplementedError as error:
            print(f"training through the hooks, which is slower: {error}")
            self.plain = model
        self.look_for_hooks()

    def look_for_hooks(self) -> None:
        """Choose anew what is called: somebody may have put hooks on the model, or taken them off."""
        self.hooked = has_hooks(self.model)
        self.forward = self.model if self.hooked else self.plain

    def backward(self, batch: Batch) -> Tensor:
        """Add the gradients to those of the parameters, which are None; the loss, on the device."""
        if self.compiles and not self.hooked:
            try:
                return self._compiled(batch)
            except Exception as error:  # no compiler, too old a GPU, a loss of one's own, ...
                print(f"not compiled, which is slower: {str(error).strip().partition(chr(10))[0]}")
                self.compiles = False
                self.model.zero_grad(set_to_none=True)
        here = batch.targets.device.type == "cpu"
        loss = self._loss_where_asked(batch) if here else self._loss(*batch)
        loss.backward()
        return loss.detach()

    def _loss(self, tokens: Tensor, targets: Tensor) -> Tensor:
        return self.loss(self.forward(tokens), targets)

    def _loss_where_asked(self, batch: Batch) -> Tensor:
        """The same, without the positions at which no example of the batch has a target.

        Not for a GPU: it would have to wait until it knows which they are.
        """
        if not self.only_asked or not isinstance(self.forward, Plain):
            return self._loss(*batch)
        asked = (batch.targets != IGNORE).any(0).nonzero()[:, 0]
        return self.loss(self.forward(batch.tokens, asked), batch.targets[:, asked])

    def _compiled(self, batch: Batch) -> Tensor:
        """The whole pass as few kernels, on a GPU as one CUDA graph."""
        if batch.tokens.device.type not in ("cpu", "cuda"):
            raise NotImplementedError(f"not tried on {batch.tokens.device.type}")
        if self.compiled is None:
            self.compiled = torch.compile(self._loss, mode="reduce-overhead")
        torch.compiler.cudagraph_mark_step_begin()
        loss = self.compiled(*batch)
        loss.backward()
        return loss.detach().clone()  # the next step writes over the first
