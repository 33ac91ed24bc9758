"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy."""

import torch
from torch import Tensor

from lab import decompositions, fourier, measurement

P = 31
NUMBERS = torch.arange(P)


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def turned(columns: Tensor, width: int = 20, noise: float = 0.0, seed: int = 0) -> Tensor:
    """The columns [n, k] turned into `width` dimensions, with noise all around."""
    plane = torch.linalg.qr(normal(width, columns.shape[1], seed=seed)).Q
    return columns @ plane.T + noise * normal(len(columns), width, seed=seed + 1)


def all_circles(keys: list[int]) -> Tensor:
    return torch.cat(measurement.circles(NUMBERS, keys, P), dim=1)


def smooth_order() -> Tensor:
    """Numbers in order along a smooth curve: neighbours alike, far ones unlike. [P, P]."""
    return torch.exp(-((NUMBERS[:, None] - NUMBERS).float() / 8).square())


def test_each_structure_is_covered_where_it_is_and_not_in_the_other_model() -> None:
    circles, order = measurement.circles(NUMBERS, [3, 7], P), [NUMBERS.float()[:, None]]
    adds = decompositions.pca(turned(all_circles([3, 7]), noise=0.02), 4)
    compares = decompositions.pca(turned(smooth_order()[:, ::3], noise=0.02), 4)
    assert measurement.scores(adds, circles)[0] > 0.95
    assert measurement.scores(adds, order)[0] < 0.3
    assert measurement.scores(compares, order)[0] > 0.95
    assert measurement.scores(compares, circles)[0] < 0.3


def test_covered_and_not_visible_means_that_the_axes_cut_across() -> None:
    units = measurement.circles(NUMBERS, [3, 7], P)
    along, across = (
        all_circles([3, 7]),
        all_circles([3, 7]) @ torch.linalg.qr(normal(4, 4, seed=3)).Q,
    )
    assert min(measurement.scores(along, units)) > 0.99
    coverage, visibility = measurement.scores(across, units)
    assert coverage > 0.99
    assert visibility < 0.8


def test_pca_and_ica_always_cover_the_same() -> None:
    data, units = normal(60, 12), [normal(60, 2, seed=5)]
    coverage = [measurement.methods(5)[name](data) for name in ("PCA", "ICA")]
    one, other = (measurement.scores(found, units)[0] for found in coverage)
    assert abs(one - other) < 1e-3


def test_a_slow_circle_covers_much_of_an_order() -> None:
    order = [NUMBERS.float()[:, None]]
    covered = {k: measurement.scores(all_circles([k]), order)[0] for k in (1, 5, 9)}
    assert abs(covered[1] - 0.61) < 0.005
    assert covered[5] < 0.05 and covered[9] < 0.05


def test_random_directions_may_cover_everything_and_show_less() -> None:
    """The data are two circles, one larger: PCA sees each in its own plane, random directions in none."""
    units = measurement.circles(NUMBERS, [3, 7], P)
    sized = all_circles([3, 7]) * torch.tensor([2.0, 2, 1, 1])
    pca = measurement.scores(decompositions.pca(turned(sized), 8), units)
    few, _ = measurement.random_scores(turned(sized), units, 8)
    assert pca[0] > 0.99 and few[0] > 0.99
    assert pca[1] > 0.99 and few[1] < 0.9
    many, spread = measurement.random_scores(normal(P, 20), units, 8)
    assert many[0] < 0.5
    assert spread[0] > 0


def test_more_circles_than_components_cannot_be_covered() -> None:
    units = measurement.circles(NUMBERS, [1, 2, 3, 4, 5], P)
    for data in (turned(all_circles([1, 2, 3, 4, 5])), normal(P, 20)):
        assert measurement.scores(decompositions.pca(data, 8), units)[0] <= 0.8 + 1e-4


def test_the_truth_is_read_from_the_logits_and_not_from_what_the_embedding_has_most_of() -> None:
    a, b = torch.cartesian_prod(NUMBERS, NUMBERS).T
    answer = torch.cat(measurement.circles((a + b) % P, [3], P), dim=1) @ all_circles([3]).T
    loud = turned(
        5 * all_circles([4, 5, 6, 7]), noise=0.02
    )  # in the embedding, and never answered with
    faint = turned(all_circles([3]), noise=0.02, seed=7)
    rest = {name: torch.zeros(P * P, 1) for name in measurement.PLACES}
    for embedding, low, high in ((faint, 0.95, 1.0), (loud + 0.1 * faint, 0.0, 0.3)):
        units = measurement.truths({"W_E": embedding, "logits": answer} | rest, P)["circles"]["W_E"]
        coverage = measurement.scores(decompositions.pca(embedding, 8), units)[0]
        assert low <= coverage <= high + 1e-4


def test_a_gap_above_two_is_an_order_and_one_near_1_may_be_anything_else() -> None:
    one_apart = turned(all_circles([2]))
    one_apart[0] += normal(20, seed=3)
    horseshoe = turned(smooth_order()[:, ::3])
    planted = {
        "order": [horseshoe],
        "no order": [
            turned(all_circles([2]), noise=0.02),
            turned(all_circles([3, 7, 11])),
            one_apart,
        ]
        + [normal(P, 20, seed=seed) for seed in range(5, 11)],
    }
    for reduce in (lambda x: decompositions.pca(x, 2), lambda x: decompositions.tsne(x, 8.0)):
        gaps = {
            name: [measurement.gap_of_the_ends(reduce(data)) for data in those]
            for name, those in planted.items()
        }
        assert min(gaps["order"]) > 2 > max(gaps["no order"])
    drawn = torch.tensor([measurement.gap_of_the_ends(normal(P, 2, seed=s)) for s in range(200)])
    assert 0.8 < drawn.mean() < 1.2, "points without any order meet as well"
    assert (drawn > 2).float().mean() < 0.02
    one_wave = measurement.circles(NUMBERS, [1], P)[0]
    assert decompositions.explained(one_wave, decompositions.pca(horseshoe, 2)) > 0.5, "looks alike"


def test_key_frequencies_are_those_of_the_object_itself() -> None:
    a, b = torch.cartesian_prod(NUMBERS, NUMBERS).T
    adds = turned(torch.cat(measurement.circles((a + b) % P, [4], P), dim=1))
    subtracts = turned(torch.cat(measurement.circles((a - b) % P, [4], P), dim=1))
    assert measurement.key_frequencies(measurement.by_sum(adds)) == [4]
    assert measurement.by_sum(adds).norm() > 100 * measurement.by_sum(subtracts).norm()
    assert fourier.spectrum(measurement.by_sum(adds))[3] > 0.99
