"""k-means against groups that were put there, the index against numbers worked by hand."""

import pytest
import torch

from lab import clusters


def test_k_means_finds_groups_that_are_far_apart() -> None:
    truth = torch.arange(40) % 4
    noise = torch.randn(40, 3, generator=torch.Generator().manual_seed(0))
    data = 20 * torch.eye(4, 3)[truth] + noise
    assert clusters.adjusted_rand(clusters.k_means(data, 4), truth) == pytest.approx(1.0)


def test_the_adjusted_rand_index_is_that_of_the_formula() -> None:
    one, other = torch.tensor([0, 0, 1, 1]), torch.tensor([0, 0, 1, 2])
    # pairs together in both: 1; in each: 2 and 1; expected 2 * 1 / 6; most 1.5
    assert clusters.adjusted_rand(one, other) == pytest.approx((1 - 1 / 3) / (1.5 - 1 / 3))
    assert clusters.adjusted_rand(one, 5 - 3 * one) == pytest.approx(1.0)


def test_unrelated_groupings_agree_as_chance_would_have_it() -> None:
    one = torch.arange(3000) % 5
    shuffled = one[torch.randperm(3000, generator=torch.Generator().manual_seed(0))]
    assert abs(clusters.adjusted_rand(one, shuffled)) < 0.01
