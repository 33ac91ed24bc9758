"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy."""

import math

import pytest
import torch

from lab import measurement, toy


def test_a_ridge_rises_and_falls_again() -> None:
    curves = torch.tensor([[1.0, 3.0, 2.0, 0.5], [1.0, 2.0, 3.0, 4.0], [4.0, 3.0, 2.0, 1.0]])
    assert measurement.ridge(curves).tolist() == [2.0, 0.0, 0.0]


def test_noise_between_seeds_makes_small_ridges_too() -> None:
    generator = torch.Generator().manual_seed(0)
    falling = torch.linspace(4, 1, 8) + 0.3 * torch.randn(200, 8, generator=generator)
    assert 0.05 < measurement.ridge(falling).mean().item() < 0.6


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


def test_points_of_their_own_stand_out_among_features_that_share() -> None:
    angle = 2 * torch.pi * torch.arange(5) / 5
    pentagon = torch.stack([angle.cos(), angle.sin()], dim=1)
    crowd = torch.randn(100, 2, generator=torch.Generator().manual_seed(0))
    assert toy.dimensions(pentagon).topk(5).values.mean().item() == pytest.approx(0.4, abs=1e-4)
    assert toy.dimensions(crowd).topk(5).values.mean() < 0.25
