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
    assert f"{layers[-1].parameters:,}" in texts
    assert f"{sum(parameter.numel() for parameter in build(name).parameters()):,} in all" in figure.axes[1].get_ylabel()
    assert save(figure, tmp_path / "architecture.png").stat().st_size > 10_000


def test_layers_of_a_kind_and_size_in_a_row_are_one():
    layers = layers_of(build("se-resnet-34"))
    flow, bars = architecture(layers, leads=1, samples=512).axes
    titles = [text.get_text() for text in flow.texts if "residual" in text.get_text()]
    assert titles == [f"{blocks} × SE\nresidual" for blocks in (3, 4, 6, 3)]
    assert f"{sum(layer.parameters for layer in layers if layer.shape == (512, 16)):,}" in {
        text.get_text() for text in bars.texts
    }
