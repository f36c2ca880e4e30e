from kalemia.models.crnn import CRNN
from kalemia.models.dcrnn import DCRNN
from kalemia.models.layers import layers_of


def test_it_is_the_dcrnn_but_for_what_is_separated():
    def shapes(model):
        parts = {"DepthwiseConv1d": None, "PointwiseConv1d": "convolution", "Conv1d": "convolution"}
        named = [(parts.get(layer.kind, layer.kind), layer.shape) for layer in layers_of(model)]
        return [pair for pair in named if pair[0] is not None]

    assert shapes(CRNN()) == shapes(DCRNN())
