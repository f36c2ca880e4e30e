import pytest
import torch
from torch import nn

from kalemia.errors import ConfigError
from kalemia.models import FEATURE_MODELS, MODELS, build, build_feature_model
from kalemia.models.layers import layers_of
from kalemia.training.module import start_at

PARAMETERS = {
    "dcrnn": 207_602,
    "dcrnn-10k": 10_522,
    "dcrnn-4k": 3_790,
    "fnn": 197_377,
    "cnn": 209_825,
    "rnn": 195_841,
    "crnn": 2_274_433,
    "resnet": 228_657,
    "ribeiro": 6_768_737,
    "se-resnet-34": 7_379_949,
}
every_model = pytest.mark.parametrize("name", MODELS)


@pytest.fixture(autouse=True)
def _the_same_on_one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


def count(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def test_each_is_as_large_as_it_is_said_to_be():
    assert {name: count(build(name)) for name in MODELS} == PARAMETERS


@every_model
@pytest.mark.parametrize("leads", [1, 3])
def test_one_number_per_cycle(name, leads):
    with torch.inference_mode():
        assert build(name, leads).eval()(torch.zeros(2, leads, 512)).shape == (2, 1)


@every_model
def test_estimates_of_a_cycle_do_not_depend_on_its_batch(name):
    model, cycles = build(name).eval(), torch.randn(5, 1, 512)
    with torch.inference_mode():
        torch.testing.assert_close(model(cycles)[3:4], model(cycles[3:4]), atol=1e-4, rtol=1e-4)


@every_model
def test_every_weight_learns(name):
    model = build(name).train()
    model(torch.randn(8, 1, 512)).square().sum().backward()
    still = [n for n, weight in model.named_parameters() if weight.grad is None or not weight.grad.abs().sum() > 0]
    assert not still


@every_model
def test_the_last_linear_layer_is_the_output(name):
    model = build(name).eval()
    *_, last = layers_of(model)
    assert (last.kind, last.shape) == ("Linear", (1,))
    cycles = torch.randn(2, 1, 512)
    with torch.inference_mode():
        before = model(cycles)
        bias = [layer for layer in model.modules() if isinstance(layer, nn.Linear)][-1].bias.item()
        start_at(model, 4.5)
        torch.testing.assert_close(model(cycles), before + 4.5 - bias, atol=1e-5, rtol=1e-5)


def beats(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Cycles with an R and a T, which is higher the more potassium there is."""
    time, potassium = torch.arange(512) / 500 - 0.34, torch.linspace(3, 8, count)

    def bell(at_s: float, width_s: float) -> torch.Tensor:
        return torch.exp(-(((time - at_s) / width_s) ** 2) / 2)

    t_height = potassium[:, None] / 10
    return (bell(0, 0.01) + t_height * bell(0.28, 0.05))[:, None], potassium


@pytest.mark.parametrize("name", ["fnn", "cnn", "rnn", "crnn", "ribeiro", "se-resnet-34"])
def test_it_learns_sixteen_cycles_by_heart(name):
    model, (cycles, potassium) = build(name), beats(16)
    start_at(model, float(potassium.mean()))
    for layer in model.modules():
        if isinstance(layer, nn.Dropout):
            layer.p = 0.0
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for _ in range(60):
        loss = (model(cycles)[:, 0] - potassium).square().mean()
        if loss < 0.1 * potassium.var():
            return
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    pytest.fail(f"the loss is still {loss:.2f}")


@every_model
def test_layers_hold_all_parameters(name):
    model = build(name)
    assert sum(layer.parameters for layer in layers_of(model)) == count(model)


@pytest.mark.parametrize(("make", "what"), [(build, "dcrn"), (build_feature_model, "bosting")])
def test_unknown_names_are_refused_with_those_there_are(make, what):
    with pytest.raises(ConfigError, match=rf"no model {what}.*There are: .*(dcrnn|boosting)"):
        make(what)


def test_no_name_is_both_a_network_and_a_model_on_features():
    assert not set(MODELS) & set(FEATURE_MODELS)
