"""What the figures are said to show, on neurons made by hand, each with a decoy."""

import torch

from lab import measurement
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


def test_a_neuron_above_the_control_knows_the_board_and_the_last_move_does_not_suffice() -> None:
    post = moves_mixed(0)
    post[..., 0] = FOUND.values[..., LEGAL] + 0.1 * noise(0)[..., 0]
    last = TASK.held_out().tokens
    post[..., 1] = (last == last.flatten().mode().values) + 0.1 * noise(0)[..., 1]
    real = measurement.alone(post, FOUND.values).by_neuron
    control = measurement.alone(moves_mixed(1), FOUND.values).by_neuron
    assert real.partner[0] == LEGAL and real.score[0] > 0.95
    assert measurement.above(real.score, control.score)[:2].tolist() == [True, False]


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


def test_the_features_are_neither_rare_nor_nearly_always_so() -> None:
    share = FOUND.values.float().mean((0, 1))
    assert share.min() > 0.02 and share.max() < 0.5
    assert len(FOUND.names) == FOUND.values.shape[-1] == len(FOUND.kinds)
    assert all(
        name.endswith(measurement.KINDS[kind])
        for name, kind in zip(FOUND.names, FOUND.kinds, strict=True)
    )
