import pytest
import torch

from kalemia.models import build


@pytest.fixture
def model() -> torch.nn.Module:
    torch.manual_seed(0)
    return build("resnet").eval()


@pytest.mark.parametrize("leads", [1, 3])
def test_one_estimate_per_cycle_for_any_number_of_leads(leads):
    model = build("resnet", leads).eval()
    with torch.inference_mode():
        assert model(torch.randn(5, leads, 512)).shape == (5, 1)


def test_cycles_do_not_see_each_other(model):
    cycles = torch.randn(6, 1, 512)
    with torch.inference_mode():
        together, alone = model(cycles), torch.cat([model(cycle[None]) for cycle in cycles])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-5)


def test_every_weight_learns():
    model = build("resnet").train()
    model(torch.randn(8, 1, 512)).square().sum().backward()
    assert all(weight.grad is not None and weight.grad.abs().sum() > 0 for weight in model.parameters())


def test_it_is_as_large_as_its_card_says(model):
    assert sum(weight.numel() for weight in model.parameters()) == 228_657
