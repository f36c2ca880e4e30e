"""What the experiments share."""

import torch
from torch import nn

from kalemia.experiments.checkpoint import load, save


def test_a_training_goes_on_with_the_same_weights_and_the_same_chance(tmp_path):
    network = nn.Linear(3, 2)
    torch.manual_seed(5)
    save(tmp_path / "state.pt", {"network": network}, epochs=4)
    drawn, weights = torch.rand(4), network.weight.clone()

    other = nn.Linear(3, 2)
    torch.manual_seed(99)
    assert load(tmp_path / "state.pt", {"network": other}) == 4
    assert torch.equal(torch.rand(4), drawn)
    assert torch.equal(other.weight, weights)


def test_without_a_checkpoint_it_begins(tmp_path):
    assert load(tmp_path / "state.pt", {}) == 0
