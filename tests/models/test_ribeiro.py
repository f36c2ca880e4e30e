import torch

from kalemia.models.layers import layers_of
from kalemia.models.ribeiro import ResidualBlock, Ribeiro


def test_every_block_has_the_published_channels_at_a_quarter_of_the_steps():
    blocks = [layer for layer in layers_of(Ribeiro()) if layer.kind == "ResidualBlock"]
    assert [block.shape for block in blocks] == [(128, 128), (196, 32), (256, 8), (320, 2)]
    assert {block.detail for block in blocks} == {"2 × kernel 17, stride 4"}


def test_what_the_stem_has_rectified_is_not_rectified_again():
    first, second, *_ = Ribeiro().blocks
    assert isinstance(first.branch[0], torch.nn.Identity)
    assert isinstance(second.branch[0][0], torch.nn.BatchNorm1d)


def test_a_silent_branch_leaves_the_short_cut():
    block = ResidualBlock(2, 3, first=True).eval()
    torch.nn.init.zeros_(block.branch[3].weight)
    signal = torch.randn(1, 2, 16)
    with torch.inference_mode():
        expected = block.short_cut[1](signal.unflatten(-1, (4, 4)).amax(dim=-1))
        torch.testing.assert_close(block(signal), expected)
