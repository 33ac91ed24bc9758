"""The reading keys of the notebook: each is planted where it holds, and beside it a decoy."""

from pathlib import Path

import pytest
import tiny
import torch
from transformer_lens import TransformerBridge

from lab import folded, measurement
from lab.measurement import Neuron

D, VOCAB, LENGTH = 16, 8, 6
FEATURE = 0  # the dimension that is written, read and erased
TEXT = "the cat sat on a mat and we went to the store by a road that no one knew of"


def drawn(*size: int, seed: int) -> torch.Tensor:
    return torch.randn(*size, generator=torch.Generator().manual_seed(seed))


def test_a_shared_direction_widens_the_control_as_well() -> None:
    reads, writes = drawn(1, 400, 64, seed=0), drawn(1, 400, 64, seed=1)
    shared = 8 * drawn(64, seed=2)
    tails = {}
    for name, one, other in (
        ("tied", reads, torch.cat([-reads[:, :200], reads[:, 200:]], dim=1) + writes),
        ("shared", reads + shared, writes - shared),
        ("strangers", reads, writes),
    ):
        own = measurement.beyond(measurement.cosines(one, other), 5 / 8)
        mixed = measurement.beyond(measurement.mismatched(one, other, seed=0), 5 / 8)
        tails[name] = [float(share) for share in (*own, *mixed)]
    assert min(tails["tied"][:2]) > 0.3 and max(tails["tied"][2:]) < 0.02
    assert tails["shared"][0] > 0.95 and tails["shared"][2] > 0.95
    assert max(tails["strangers"]) < 0.02


def planted(
    writer: str = "embedding",
    *,
    strength: float = 1.0,
    written_back: bool = False,
    by_another: bool = False,
    later: bool = False,
) -> TransformerBridge:
    """Three layers; token 0 brings the feature, and a neuron of layer 1 reads it and writes against it.

    `writer`: "embedding"; "MLP0"; "head": layer 0's head, which carries token 0 onward by one position.
    `strength`: share of the feature that the neuron removes. `written_back`: a second neuron of its
    layer adds it again. `by_another`: neuron 0 writes next to nothing, and neuron 2 erases instead.
    `later`: MLP2 writes the feature once more at token 0.
    """
    model = TransformerBridge.boot_native(
        {
            "n_layers": 3, "d_model": D, "n_heads": 2, "d_head": LENGTH, "d_mlp": 4, "act_fn": "relu",
            "normalization_type": None, "d_vocab": VOCAB, "n_ctx": LENGTH, "seed": 0,
        }
    ).eval()  # fmt: skip
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.W_E[:, 8:] = torch.eye(VOCAB)
        if writer == "embedding":
            model.W_E[0, FEATURE] = 2.0
        elif writer == "MLP0":
            getattr(model.blocks[0].mlp, "in").weight[3, 8] = 1.0
            model.blocks[0].mlp.out.weight[FEATURE, 3] = 2.0
        else:
            model.W_pos[:, 1:7] = torch.eye(LENGTH)
            head = model.blocks[0].attn
            head.q.weight[: LENGTH - 1, 1:7] = 100 * torch.eye(LENGTH)[1:]
            head.k.weight[: LENGTH - 1, 1:7] = torch.eye(LENGTH)[:-1]
            head.v.weight[0, 8] = 2.0
            head.o.weight[FEATURE, 0] = 1.0
        reader, out = getattr(model.blocks[1].mlp, "in").weight, model.blocks[1].mlp.out.weight
        reader[:3, FEATURE] = 1.0
        out[FEATURE, 0] = -1e-3 if by_another else -strength
        out[FEATURE, 1] = strength if written_back else 0.0
        out[FEATURE, 2] = -1.0 if by_another else 0.0
        if later:
            getattr(model.blocks[2].mlp, "in").weight[3, 8] = 1.0
            model.blocks[2].mlp.out.weight[FEATURE, 3] = 2.0
    return model


TOKENS = torch.randint(0, VOCAB, (16, LENGTH), generator=torch.Generator().manual_seed(0))
ERASER = Neuron(1, 0)


def firing(model: TransformerBridge) -> torch.Tensor:
    found = measurement.activations(model, TOKENS, [ERASER])[ERASER]
    return measurement.fires(found, 100)


@pytest.mark.parametrize(
    ("writer", "name"), [("embedding", "embedding"), ("MLP0", "MLP0"), ("head", "L0H0")]
)
def test_the_writer_of_what_is_read_is_named(writer: str, name: str) -> None:
    model = planted(writer)
    written = measurement.writers(model, TOKENS, {ERASER: firing(model)})[ERASER]
    assert written[name] == pytest.approx(1.0, abs=1e-4)
    assert sum(abs(share) for what, share in written.items() if what != name) < 1e-4


@pytest.mark.parametrize("family", ["gpt2", "gpt_neox", "gpt_neo", "llama"])
def test_the_shares_of_all_writers_add_up_to_one(family: str, tmp_path: Path) -> None:
    model = tiny.model(tmp_path, family, [TEXT])
    tokens = torch.arange(60).view(4, 15) % model.cfg.d_vocab
    neuron = Neuron(1, 5)
    mask = measurement.fires(measurement.activations(model, tokens, [neuron])[neuron], 10)
    written = measurement.writers(model, tokens, {neuron: mask})[neuron]
    assert sum(written.values()) == pytest.approx(1.0, abs=1e-3)
    assert sum(measurement.kinds(written).values()) == pytest.approx(1.0, abs=1e-3)


def test_a_cosine_does_not_say_how_much_is_removed() -> None:
    found = {}
    for name, model in (
        ("clears", planted(strength=1.0)),
        ("too small", planted(strength=0.01)),
        ("written back", planted(strength=1.0, written_back=True)),
    ):
        cosine = measurement.cosines(folded.reads(model), folded.writes(model))[ERASER]
        assert cosine == pytest.approx(-1.0, abs=1e-4)
        found[name] = measurement.erased(model, TOKENS, {ERASER: firing(model)})[ERASER]
    assert found["clears"].by_neuron == pytest.approx(1.0, abs=1e-4)
    assert found["clears"].by_mlp == pytest.approx(1.0, abs=1e-4)
    assert found["too small"].by_neuron == pytest.approx(0.01, abs=1e-4)
    assert found["written back"].by_neuron == pytest.approx(1.0, abs=1e-4)
    assert found["written back"].by_mlp == pytest.approx(0.0, abs=1e-4)


def test_a_neuron_that_erases_is_told_from_one_that_is_there_when_it_happens() -> None:
    assert measurement.curve_places(planted(), ERASER) == [0.0, 1.0, 1.5, 2.0, 3.0]
    curves = {}
    for by_another in (False, True):
        model = planted(by_another=by_another)
        mask = firing(model)
        curves[by_another] = [
            measurement.curve(model, TOKENS, ERASER, mask, ablated=ablated)
            for ablated in (False, True)
        ]
    assert curves[False][0] == pytest.approx([1.0, 1.0, 1.0, 0.0, 0.0], abs=1e-3)
    assert curves[False][1] == pytest.approx([1.0, 1.0, 1.0, 1.0, 1.0], abs=1e-3)
    for curve in curves[True]:
        assert curve == pytest.approx([1.0, 1.0, 1.0, 0.0, 0.0], abs=5e-3)
    again = planted(later=True)
    mask = firing(again)
    for ablated, end in ((False, 1.0), (True, 2.0)):
        curve = measurement.curve(again, TOKENS, ERASER, mask, ablated=ablated)
        assert curve == pytest.approx([1.0, 1.0, 1.0, end - 1.0, end], abs=1e-3)


def test_the_strongest_places_come_first_and_are_positive() -> None:
    activation = torch.tensor([0.5, -1.0, 3.0, 0.0, 2.0])
    assert measurement.strongest(activation, 2).tolist() == [2, 4]
    assert measurement.strongest(activation, 9).tolist() == [2, 4, 0]
