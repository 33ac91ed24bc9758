"""What the figures are said to show, on neurons made by hand, each with a decoy."""

import torch

from lab import measurement
from lab.model import build_model
from lab.settings import QUICK
from lab.task import make_task

TASK = make_task(QUICK.but(model="", board_side=4, n_held_out=400), torch.device("cpu"))
FOUND = measurement.features(TASK)
SHAPE = FOUND.values.shape[:2]
LEGAL = int((FOUND.kinds == 3).nonzero()[0])
MINE = int((FOUND.kinds == 0).nonzero()[0])
N_NEURONS = 24


def noise(seed: int, n: int = N_NEURONS) -> torch.Tensor:
    return torch.randn(*SHAPE, n, generator=torch.Generator().manual_seed(seed))


def moves_mixed(seed: int) -> torch.Tensor:
    """Neurons that mix the last move and the turn at random, as untrained layers do."""
    seeded = torch.Generator().manual_seed(seed)
    last = torch.nn.functional.one_hot(TASK.held_out().tokens, TASK.d_vocab).float()
    late = torch.arange(SHAPE[1]).expand(SHAPE)[..., None] / SHAPE[1]
    known = torch.cat([last, late], dim=-1)
    return known @ torch.randn(known.shape[-1], N_NEURONS, generator=seeded)


def test_random_mixtures_of_a_stream_with_a_board_lie_above_untrained_neurons_and_not_above_turned_ones() -> (
    None
):
    # the stream of a model that has learned: each feature has a direction
    features = FOUND.values.float() - FOUND.values.float().mean((0, 1))

    def mixed(seed: int) -> torch.Tensor:
        seeded = torch.Generator().manual_seed(seed)
        stream = features @ torch.randn(features.shape[-1], 12, generator=seeded)
        return (stream @ torch.randn(12, 400, generator=seeded)).relu()

    unlearned = torch.cat([moves_mixed(seed) for seed in range(16)], dim=-1).relu()
    idle, turned, untrained = (
        measurement.alone(post, FOUND.values).by_neuron.score
        for post in (mixed(0), mixed(1), unlearned)
    )
    assert measurement.above(idle, untrained).float().mean() > 0.1
    assert measurement.above(idle, turned).float().mean() < 0.06
    own = mixed(0)
    own[..., :20] = 3 * FOUND.values[..., :20] + 0.1 * noise(0, 20)
    sharp = measurement.alone(own, FOUND.values).by_neuron.score
    assert measurement.above(sharp, turned)[:20].all()


def test_turned_neurons_read_the_same_stream_from_elsewhere() -> None:
    small = QUICK.but(model="", board_side=4, d_model=32, d_mlp=64)
    model, tokens = build_model(TASK, small, torch.device("cpu")), TASK.held_out().tokens[:50]
    whole, turned = (
        of(model, tokens, [0, 1]) for of in (measurement.activations, measurement.turned)
    )
    sizes = torch.stack([one[layer].std() for layer in (0, 1) for one in (whole, turned)])
    assert torch.allclose(sizes[::2], sizes[1::2], rtol=0.2)
    for layer in (0, 1):  # no turned neuron is one of the layer's
        mine, theirs = (
            torch.nn.functional.normalize(one - one.mean(0), dim=0)
            for one in (whole[layer].flatten(0, 1), turned[layer].flatten(0, 1))
        )
        assert (mine.T @ theirs).diagonal().abs().mean() < 0.4


def test_a_feature_with_its_own_neuron_lies_on_the_diagonal_whatever_its_sign_and_level() -> None:
    holds = FOUND.values[..., MINE].float()
    rare = FOUND.values[..., LEGAL].float()
    post = 0.01 * noise(0)
    post[..., 3] += 5 * rare + holds  # on above half of its highest values for something else
    post[..., 4] -= 3 * holds
    by_feature = measurement.alone(post[..., :5], FOUND.values).by_feature
    joint = measurement.together(post[..., :5], FOUND.values)
    assert by_feature.partner[MINE] == 5 + 4  # neuron 4, the sign turned
    assert by_feature.score[MINE] > 0.95 and joint[MINE] > 0.95


def test_a_feature_spread_over_many_neurons_lies_high_on_the_left() -> None:
    seeded = torch.Generator().manual_seed(3)
    mixing = torch.linalg.qr(torch.randn(N_NEURONS, N_NEURONS, generator=seeded))[0]
    apart = noise(1)
    apart[..., 0] = 3 * FOUND.values[..., MINE].float() + 0.1 * noise(2, 1)[..., 0]
    post = apart @ mixing
    single = measurement.alone(post, FOUND.values).by_feature.score[MINE]
    joint = measurement.together(post, FOUND.values)[MINE]
    assert joint > 0.9
    assert joint - single > 0.2


def test_a_neuron_of_a_rare_feature_stands_above_the_control_too() -> None:
    shares = FOUND.values.float().mean((0, 1))
    rare = int(shares.argmin())
    post = noise(7)
    post[..., 2] += 3 * FOUND.values[..., rare]
    real = measurement.alone(post, FOUND.values).by_neuron
    control = measurement.alone(moves_mixed(1), FOUND.values).by_neuron
    assert shares[rare] < 0.2 and real.partner[2] == rare
    assert real.score[2] > control.score.max() + 0.2


def test_luck_is_gone_on_fresh_games() -> None:
    scores = measurement.alone(noise(5, 200), FOUND.values).by_neuron.score
    assert scores.mean().abs() < 0.03
    dead = torch.zeros(*SHAPE, 2)
    assert measurement.alone(dead, FOUND.values).by_neuron.score.abs().max() < 1e-6


def test_the_features_are_neither_rare_nor_nearly_always_so() -> None:
    share = FOUND.values.float().mean((0, 1))
    assert share.min() > 0.02 and share.max() < 0.5
    assert len(FOUND.names) == FOUND.values.shape[-1] == len(FOUND.kinds)
    assert all(
        name.endswith(measurement.KINDS[kind])
        for name, kind in zip(FOUND.names, FOUND.kinds, strict=True)
    )
