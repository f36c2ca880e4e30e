import torch

from kalemia.models.layers import layers_of
from kalemia.models.se_resnet import BLOCKS, SEBlock, SEResNet


def test_it_has_34_layers():
    convolutions = [layer for layer in SEResNet().modules() if isinstance(layer, torch.nn.Conv1d)]
    in_short_cuts = len(BLOCKS) - 1
    assert len(convolutions) - in_short_cuts + 1 == 34


def test_stages_have_the_channels_and_steps_of_the_residual_network_with_34_layers():
    blocks = [layer for layer in layers_of(SEResNet()) if layer.kind == "SEBlock"]
    sizes = zip(BLOCKS, ((64, 128), (128, 64), (256, 32), (512, 16)), strict=True)
    assert [block.shape for block in blocks] == [size for count, size in sizes for _ in range(count)]
    assert [block.detail for block in blocks].count("2 × kernel 3, stride 2") == 3


def test_a_channel_that_is_not_excited_does_not_pass():
    torch.manual_seed(0)
    block, signal = SEBlock(32, 32).eval(), torch.randn(2, 32, 20)
    last = block.excitation[2]
    torch.nn.init.zeros_(last.weight)
    with torch.inference_mode():
        last.bias.fill_(-100.0)
        torch.testing.assert_close(block(signal), torch.relu(signal))
        last.bias[:16] = 100.0
        passed = block(signal)
        torch.testing.assert_close(passed[:, :16], torch.relu(signal + block.branch(signal))[:, :16])
        torch.testing.assert_close(passed[:, 16:], torch.relu(signal)[:, 16:])
