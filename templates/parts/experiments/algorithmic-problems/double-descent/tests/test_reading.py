"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy."""

import math

import pytest
import torch

from lab import measurement, toy


def test_a_crest_rises_and_falls_again() -> None:
    curves = torch.tensor([[1.0, 3.0, 2.0, 0.5], [1.0, 2.0, 3.0, 4.0], [4.0, 3.0, 2.0, 1.0]])
    assert measurement.crest(curves).tolist() == [2.0, 0.0, 0.0]


def test_noise_makes_crests_no_higher_than_the_seeds_differ() -> None:
    generator = torch.Generator().manual_seed(0)
    noise = 0.3 * torch.randn(200, 2, 6, generator=generator)  # [row, seed, share]
    largest = (noise[:, 0] - noise[:, 1]).abs().amax(1)
    falling = measurement.crest((torch.linspace(3, 1, 6) + noise).mean(1))
    assert falling.max() > 0.05
    assert (falling > 2 * largest).float().mean() < 0.01
    bent = measurement.crest((torch.tensor([3.0, 5.0, 7.0, 6.0, 3.0, 1.0]) + noise).mean(1))
    assert (bent > 2 * largest).float().mean() > 0.95


def test_overconfidence_cools_down_and_a_wrong_ranking_does_not_get_better_than_chance() -> None:
    generator = torch.Generator().manual_seed(0)
    targets = torch.randint(10, (500,), generator=generator)
    noise = torch.randn(500, 10, generator=generator)
    knows = noise + 2.5 * torch.nn.functional.one_hot(targets, 10)
    logits = torch.stack([100 * noise, 100 * knows])
    loud = torch.stack([torch.nn.functional.cross_entropy(one, targets) for one in logits])
    blind, right = measurement.cooled(logits, targets)
    assert loud[0] > 50
    assert blind.item() == pytest.approx(math.log(10), abs=0.02)
    assert right.item() < 1.5 < 5 < loud[1].item()


def test_few_vectors_of_their_own_stand_out_from_a_crowd_and_from_random_ones() -> None:
    few = []
    for n in (2, 3, 4, 5):
        angle = (
            torch.pi * torch.arange(n) / 2 if n in (2, 4) else 2 * torch.pi * torch.arange(n) / n
        )
        rest = torch.zeros(100 - n, 2)
        few.append(torch.cat([torch.stack([angle.cos(), angle.sin()], dim=1), rest]))
    for vectors in few:
        best = toy.dimensions(vectors).topk(5).values.mean().item()
        assert best == pytest.approx(0.4, abs=1e-4)
        assert best > toy.at_random(100) + 0.25
    crowd = torch.randn(100, 2, generator=torch.Generator().manual_seed(0))
    assert toy.dimensions(crowd).topk(5).values.mean().item() == pytest.approx(
        toy.at_random(100), abs=0.03
    )
    assert toy.dimensions(torch.randn(500, 20, 2)).sum(1).max() <= 2 + 1e-3
    assert 0.3 < toy.at_random(5) < 0.37, "five random points come near by themselves"
