import pytest
import torch

from kalemia.errors import ConfigError
from kalemia.models import MODELS, build
from kalemia.models.dcrnn import DCRNN
from kalemia.models.layers import layers_of


def count(model: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def test_every_layer_has_the_published_shape():
    layers = [(layer.kind, layer.shape) for layer in layers_of(DCRNN())]
    assert layers == [
        ("DepthwiseConv1d", (1, 209)),
        ("PointwiseConv1d", (64, 209)),
        ("BatchNorm1d", (64, 209)),
        ("ReLU", (64, 209)),
        ("MaxPool1d", (64, 104)),
        ("DepthwiseConv1d", (64, 41)),
        ("PointwiseConv1d", (128, 41)),
        ("BatchNorm1d", (128, 41)),
        ("ReLU", (128, 41)),
        ("MaxPool1d", (128, 20)),
        ("DepthwiseConv1d", (128, 53)),
        ("PointwiseConv1d", (256, 53)),
        ("BatchNorm1d", (256, 53)),
        ("ReLU", (256, 53)),
        ("LSTM", (53, 64)),
        ("Dropout", (53 * 64,)),
        ("Linear", (1,)),
    ]


@pytest.mark.parametrize(("name", "parameters"), [("dcrnn", 207_602), ("dcrnn-10k", 10_522), ("dcrnn-4k", 3_790)])
def test_parameters(name, parameters):
    assert count(build(name)) == parameters


@pytest.mark.parametrize("samples", [509, 510, 511, 512])
def test_these_lengths_give_a_sequence_of_53(samples):
    lstm = next(layer for layer in layers_of(DCRNN(), samples=samples) if layer.kind == "LSTM")
    assert lstm.steps == 53


@pytest.mark.parametrize("samples", [508, 513])
def test_other_lengths_are_refused(samples):
    with pytest.raises(RuntimeError):
        DCRNN()(torch.zeros(1, 1, samples))


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("leads", [1, 3])
def test_every_model_gives_one_number_per_cycle(name, leads):
    cycles = torch.zeros(2, leads, 512)
    assert build(name, leads).eval()(cycles).shape == (2, 1)


def test_estimates_of_a_cycle_do_not_depend_on_its_batch():
    torch.manual_seed(0)
    model, cycles = DCRNN(width=3 / 32).eval(), torch.randn(5, 1, 512)
    with torch.no_grad():
        torch.testing.assert_close(model(cycles)[3:4], model(cycles[3:4]))


def test_noting_layers_leaves_the_model_as_it_was():
    model = DCRNN(width=3 / 32)
    layers_of(model)
    assert model.training
    assert not any(module._forward_hooks for module in model.modules())


def test_unknown_model_is_refused():
    with pytest.raises(ConfigError, match=r"no model dcrn\. There are: dcrnn, dcrnn-10k, dcrnn-4k"):
        build("dcrn")
