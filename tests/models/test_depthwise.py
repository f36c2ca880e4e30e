import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from kalemia.models.dcrnn import DCRNN
from kalemia.models.depthwise import DepthwiseConv1d, FrozenDepthwise, freeze, toeplitz


def pair(channels: int, kernel: int, padding: int) -> tuple[nn.Conv1d, DepthwiseConv1d]:
    plain = nn.Conv1d(channels, channels, kernel, padding=padding, groups=channels)
    ours = DepthwiseConv1d(channels, kernel, padding)
    ours.load_state_dict(plain.state_dict())
    return plain, ours


@pytest.mark.parametrize(("channels", "samples", "kernel"), [(1, 512, 368), (64, 104, 128), (128, 20, 32)])
def test_the_layers_of_dcrnn_equal_pytorch_forward_and_backward(channels, samples, kernel):
    torch.manual_seed(0)
    plain, ours = pair(channels, kernel, 32)
    signal = torch.randn(3, channels, samples, requires_grad=True)
    results = []
    for layer in (plain, ours):
        signal.grad = None
        out = layer(signal)
        out.square().sum().backward()
        results.append((out, signal.grad.clone(), layer.weight.grad, layer.bias.grad))
    for expected, got in zip(*results, strict=True):
        torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-4)


@settings(max_examples=40)
@given(st.integers(1, 3), st.integers(1, 12), st.integers(0, 5), st.integers(1, 20))
def test_any_kernel_padding_and_length_equal_pytorch(channels, kernel, padding, samples):
    if samples + 2 * padding < kernel or samples + padding < kernel:
        return
    torch.manual_seed(0)
    plain, ours = pair(channels, kernel, padding)
    signal = torch.randn(2, channels, samples)
    torch.testing.assert_close(ours(signal), plain(signal), rtol=1e-4, atol=1e-4)


def test_matrix_of_a_known_kernel():
    kernel = torch.tensor([[1.0, 2.0, 3.0]])
    expected = torch.tensor([[2.0, 1.0, 0.0], [3.0, 2.0, 1.0], [0.0, 3.0, 2.0]])
    torch.testing.assert_close(toeplitz(kernel, length=3, padding=1)[0], expected)


def test_a_frozen_model_estimates_the_same_and_leaves_the_original_alone():
    torch.manual_seed(0)
    model, cycles = DCRNN(width=3 / 32).eval(), torch.randn(2, 1, 512)
    frozen = freeze(model, torch.zeros(1, 1, 512))
    assert sum(isinstance(layer, FrozenDepthwise) for layer in frozen.modules()) == 3
    assert not any(isinstance(layer, FrozenDepthwise) for layer in model.modules())
    with torch.no_grad():
        torch.testing.assert_close(frozen(cycles), model(cycles))
