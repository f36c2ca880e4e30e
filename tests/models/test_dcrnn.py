import pytest
import torch

from kalemia.models.dcrnn import DCRNN
from kalemia.models.layers import layers_of


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


@pytest.mark.parametrize("samples", [509, 510, 511, 512])
def test_these_lengths_give_a_sequence_of_53(samples):
    lstm = next(layer for layer in layers_of(DCRNN(), samples=samples) if layer.kind == "LSTM")
    assert lstm.steps == 53


@pytest.mark.parametrize("samples", [508, 513])
def test_other_lengths_are_refused(samples):
    with pytest.raises(RuntimeError):
        DCRNN()(torch.zeros(1, 1, samples))


def test_noting_layers_leaves_the_model_as_it_was():
    model = DCRNN(width=3 / 32)
    layers_of(model)
    assert model.training
    assert not any(module._forward_hooks for module in model.modules())
