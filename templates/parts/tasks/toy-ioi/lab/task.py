"""The task: START ... A ... B ... A ... END -> B. Two names, one of them twice; say the other one."""

import torch
from torch import Tensor

from lab import ioi
from lab.ioi import IOITask, Prompts
from lab.settings import Settings


class ToyIOI(IOITask):
    """Names at random places among random fillers. After the names come the tokens of the fillers,
    START and END."""

    def __init__(self, settings: Settings, device: torch.device) -> None:
        self.n_fillers, self.n_ctx = settings.n_fillers, settings.context
        self.start = settings.n_names + self.n_fillers
        self.end = self.start + 1
        self.d_vocab = self.end + 1
        super().__init__(settings, device)

    def prompts(self, n: int, generator: torch.Generator, pairs: Tensor) -> Prompts:
        """n prompts with names from `pairs` [n_pairs, 2], either of which may be the subject."""
        draw = {"generator": generator, "device": self.device}
        slots = 1 + torch.rand(n, self.n_ctx - 2, **draw).argsort(1)[:, :3].sort(1).values
        frames = torch.randint(self.n_names, self.start, (n, self.n_ctx), **draw)
        frames[:, 0], frames[:, -1] = self.start, self.end
        return ioi.cast(frames, slots, pairs, self.orders, generator)

    def with_filler(self, prompts: Prompts) -> Tensor:
        """The tokens with a filler in place of the first S, [batch, pos]: each name stands there once."""
        return prompts.with_first_mention(torch.full_like(prompts.subject, self.n_names))

    def show(self, tokens: Tensor) -> str:
        """One prompt as text: names n0, n1, ..., fillers as dots."""
        words = {self.start: "START", self.end: "END"}
        return " ".join(
            f"n{token}" if token < self.n_names else words.get(token, ".")
            for token in tokens.tolist()
        )


def make_task(settings: Settings, device: torch.device) -> ToyIOI:
    """The task with these settings, its data on the device."""
    return ToyIOI(settings, device)
