import pytest

from kalemia.figures.architecture import architecture
from kalemia.figures.style import save
from kalemia.models import MODELS, build
from kalemia.models.layers import layers_of


@pytest.mark.parametrize("name", MODELS)
def test_shows_shapes_and_parameters_of_the_model_itself(name, tmp_path):
    layers = layers_of(build(name))
    figure = architecture(layers, leads=1, samples=512)
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert "1 × 512" in texts
    for layer in layers:
        assert layer.steps == 1 or f"{layer.channels} × {layer.steps}" in texts
    distinctive = next(layer for layer in layers if layer.kind in ("LSTM", "ResidualBlock"))
    assert f"{distinctive.parameters:,}" in texts
    assert f"{sum(parameter.numel() for parameter in build(name).parameters()):,} in all" in figure.axes[1].get_ylabel()
    assert save(figure, tmp_path / "architecture.png").stat().st_size > 10_000
