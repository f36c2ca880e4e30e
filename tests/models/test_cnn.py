from kalemia.models.cnn import CNN
from kalemia.models.layers import layers_of


def test_time_shortens_from_512_to_16_steps():
    pooled = [layer.shape for layer in layers_of(CNN()) if layer.kind == "MaxPool1d"]
    assert pooled == [(32, 128), (64, 64), (96, 32), (128, 16)]
