"""Heads that contrasts share are found, their number by chance is what counting says."""

import hand_written
import pytest
import torch

from lab import sharing
from lab.pairs import Pairs


def test_a_head_counts_if_it_leads_in_all_contrasts() -> None:
    one = torch.tensor([[0.9, 0.0], [0.8, -2.0]])
    other = torch.tensor([[0.1, 0.7], [0.5, 0.0]])
    assert sharing.leading(one, 3) == {(0, 0), (1, 0)}  # neither at 0 nor below it
    assert sharing.in_common({"one": one, "other": other}, 2) == [(1, 0)]
    assert sharing.in_common({"one": one, "other": other}, 3) == [(0, 0), (1, 0)]


def test_chance_is_what_independent_draws_share() -> None:
    grids = {name: torch.rand(10, 10) + 0.1 for name in "abc"}
    mean, spread = sharing.in_common_by_chance(grids, 50, draws=300)
    assert mean == pytest.approx(100 * 0.5**3, abs=1.0)
    assert 1.5 < spread < 5
    assert len(sharing.in_common(dict.fromkeys("abc", grids["a"]), 50)) == 50


def test_likeness_is_a_cosine() -> None:
    grid = torch.tensor([[1.0, 0.0], [2.0, 0.0]])
    assert sharing.likeness(grid, 3 * grid) == pytest.approx(1.0)
    assert sharing.likeness(grid, -grid) == pytest.approx(-1.0)
    assert sharing.likeness(grid, grid.flip(1)) == pytest.approx(0.0)


def test_maps_are_effects_and_0_where_the_prompts_are_the_same_to_the_model(capsys) -> None:
    pairs = hand_written.copying()
    alike = Pairs(pairs.clean, pairs.clean, pairs.right, pairs.wrong, pairs.places, pairs.dropped)
    found = sharing.maps(hand_written.model(), {"copying": pairs, "alike": alike})
    assert found["copying"].flatten().tolist() == pytest.approx([0, 0, 0, 1], abs=1e-3)
    assert not found["alike"].any()
    said = capsys.readouterr().out
    assert "alike: left at 0" in said
    assert "copying" not in said


def test_renumbered_within_its_layer_a_head_keeps_its_layer() -> None:
    one = torch.zeros(3, 4)
    one[2] = torch.tensor([1.0, 2.0, 3.0, 4.0])
    maps = {"one": one, "other": one.flip(1)}
    assert sharing.in_common_by_chance(maps, 4, within_layers=True) == (4.0, 0.0)
    assert sharing.in_common_by_chance(maps, 4)[0] < 3
    assert sharing.in_common_by_chance(maps, 1, within_layers=True)[0] < 0.6
