"""Fit the network on marked leads."""

import copy
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from kalemia.experiments.checkpoint import load, save
from kalemia.experiments.delineation.augmentation import Noise, Taught, crop
from kalemia.experiments.delineation.labels import UNKNOWN, labels
from kalemia.experiments.delineation.ludb import MarkedLead
from kalemia.experiments.delineation.network import CLASSES, WaveUNet
from kalemia.experiments.delineation.simulated import leads_without_beats, simulated_leads
from kalemia.progress import Progress

EPOCHS = 22
BATCH = 32
RATE = 6e-3
"""The highest learning rate; it rises for a tenth of the steps and falls to nothing."""
DECAY = 0.02
AVERAGED = 0.99
"""What is kept of the average of the weights at each step."""
SIMULATED = 0.2
"""Simulated leads for each marked one."""
WITHOUT_BEATS = 0.08
"""Leads of noise alone for each marked one."""
OVERLAP = 0.5
"""What the Dice loss counts against the cross-entropy."""


def fit(leads: tuple[MarkedLead, ...], noise: Noise, epochs: int, seed: int, checkpoint: Path) -> WaveUNet:
    """A network trained on some leads.

    After an interruption it goes on with the epoch that was begun.

    Args:
        leads: to train on.
        noise: to add to them.
        epochs: how often each lead is seen.
        seed: of the weights, of what is seen and in which order.
        checkpoint: file for the state of training.
    """
    taught = [(lead.signal_mv, labels(lead.marks, len(lead.signal_mv))) for lead in leads]
    taught += simulated_leads(seed, round(SIMULATED * len(leads)))
    taught += leads_without_beats(seed, round(WITHOUT_BEATS * len(leads)), noise)
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    network = WaveUNet()
    averaged = copy.deepcopy(network)
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    steps = epochs * (len(taught) // BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: share_of_rate(step / steps))
    parts: dict[str, Any] = {
        "network": network,
        "averaged": averaged,
        "optimizer": optimizer,
        "schedule": schedule,
    }
    done = load(checkpoint, parts)
    with Progress(shown=True) as progress:
        bar = progress.begin(checkpoint.stem, epochs, done)
        for epoch in range(done, epochs):
            losses = []
            network.train()
            for strips, targets in _batches(taught, noise, (seed, epoch)):
                loss = loss_of(network(strips), targets)
                optimizer.zero_grad()
                torch.autograd.backward(loss)
                nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimizer.step()
                schedule.step()
                _follow(averaged, network)
                losses.append(float(loss.detach()))
            save(checkpoint, parts, epoch + 1)
            progress.advance(bar, note=f"loss {np.mean(losses):.3f}")
    return averaged.eval()


def share_of_rate(progress: float) -> float:
    """Share of the highest learning rate, by the share of the steps that are done."""
    return min(max(10 * progress, 0.01), 0.5 + 0.5 * math.cos(math.pi * progress))


def loss_of(scores: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy, and how little of each wave's class overlaps with the marks (soft Dice).

    Args:
        scores: of each class.
        targets: classes, or `UNKNOWN`.
    """
    entropy = nn.functional.cross_entropy(scores, targets, ignore_index=UNKNOWN)
    known = (targets != UNKNOWN).unsqueeze(1)
    marked = nn.functional.one_hot(targets.clamp(min=0), CLASSES).transpose(1, 2) * known
    found = scores.softmax(1) * known
    both, either = (found * marked).sum((0, 2))[1:], (found + marked).sum((0, 2))[1:]
    return entropy + OVERLAP * (1 - (2 * both + 1) / (either + 1)).mean()


@torch.no_grad()
def _follow(averaged: WaveUNet, network: WaveUNet) -> None:
    """Move the averaged weights, and the statistics of the normalisation, a little towards the latest."""
    for kept, latest in zip(averaged.state_dict().values(), network.state_dict().values(), strict=True):
        if kept.is_floating_point():
            kept.lerp_(latest, 1 - AVERAGED)
        else:
            kept.copy_(latest)


def _batches(taught: list[Taught], noise: Noise, seed: tuple[int, ...]) -> Iterator[tuple[Tensor, Tensor]]:
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(taught))
    for start in range(0, len(order) - BATCH + 1, BATCH):
        pairs = [crop(rng, taught[index], noise) for index in order[start : start + BATCH]]
        strips, targets = (np.stack(part) for part in zip(*pairs, strict=True))
        yield torch.from_numpy(strips).unsqueeze(1), torch.from_numpy(targets).long()
