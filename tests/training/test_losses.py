import numpy as np
import pytest
import torch

from kalemia.training.losses import BalancedSquared, density_weights


def test_rare_potassium_counts_more_and_the_mean_weight_is_one():
    rng = np.random.default_rng(0)
    potassium = np.concatenate([rng.normal(4.3, 0.4, 2000), rng.uniform(6, 8, 60)])
    weights = density_weights(potassium)
    assert weights.mean() == pytest.approx(1)
    assert weights[potassium > 6.5].mean() > 3 * weights[np.abs(potassium - 4.3) < 0.3].mean()


def test_alike_labels_count_alike():
    assert density_weights(np.full(7, 4.2)) == pytest.approx(np.ones(7))


def fitted_slope(loss: torch.nn.Module) -> float:
    """Of a line that is fitted to noisy inputs of patients who nearly all have the same potassium."""
    torch.manual_seed(0)
    common, rare = 4.3 + 0.3 * torch.randn(4000), torch.empty(400).uniform_(3, 8)
    potassium = torch.cat([common, rare])
    seen = potassium + 0.7 * torch.randn(len(potassium))
    line = torch.nn.Linear(1, 1)
    torch.nn.init.constant_(line.bias, 4.3)
    optimizer = torch.optim.Adam([*line.parameters(), *loss.parameters()], lr=0.02)
    for _ in range(25):
        for batch in torch.randperm(len(potassium)).split(200):
            value = loss(line(seen[batch, None] - 4.3)[:, 0], potassium[batch]).mean()
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
    return line.weight.item()


def test_the_balanced_loss_shrinks_less():
    class Squared(torch.nn.Module):
        def forward(self, estimate, potassium):
            return (estimate - potassium) ** 2

    assert fitted_slope(BalancedSquared()) > fitted_slope(Squared()) + 0.1


def test_the_balanced_loss_is_least_where_every_estimate_is_right():
    loss, potassium = BalancedSquared(), torch.tensor([3.0, 4.0, 6.0])
    assert loss(potassium, potassium).mean() < loss(potassium.flip(0), potassium).mean()
