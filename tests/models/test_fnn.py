import torch

from kalemia.models.fnn import FNN


def test_it_does_not_know_time():
    """Samples in another order, and the first weights with them, give the same."""
    torch.manual_seed(0)
    model, cycles, order = FNN().eval(), torch.randn(4, 1, 512), torch.randperm(512)
    with torch.inference_mode():
        before = model(cycles)
        model.layers[0].weight.copy_(model.layers[0].weight[:, order].clone())
        torch.testing.assert_close(model(cycles[..., order]), before)
