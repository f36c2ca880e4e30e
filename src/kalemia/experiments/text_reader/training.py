"""Fit the network on pictures that are drawn anew in every epoch."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import nn

from kalemia.experiments import checkpoint
from kalemia.experiments.text_reader.network import LineReader
from kalemia.experiments.text_reader.pictures import HARD, Picture, padded, pictures
from kalemia.experiments.text_reader.words import ALPHABET
from kalemia.progress import Progress

CYCLES = ((20, 2e-3), (8, 1e-3))
"""Epochs, and the highest learning rate in them; in each cycle it rises for a tenth and falls to nothing."""
EPOCHS = sum(epochs for epochs, _ in CYCLES)
PICTURES_PER_EPOCH = 12_000
PASSES = 2
"""How often an epoch's pictures are seen: to draw one takes about as long as to learn from it."""
BATCH = 32
EASY_START = 0.3
"""Share of degraded pictures in the first epoch; it rises to `HARD` in the first third."""
CHECKPOINT = "last.ckpt"
BLANK = 0


def fit(fonts: tuple[Path, ...], seed: int, folder: Path) -> LineReader:
    """Train, or go on where an interrupted training was.

    Args:
        fonts: font files to render with.
        seed: of weights and pictures.
        folder: where the checkpoint is kept.
    """
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    network = LineReader(len(ALPHABET))
    optimizer = torch.optim.AdamW(network.parameters(), lr=1.0, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, learning_rate)
    parts = {"network": network, "optimizer": optimizer, "schedule": schedule}
    done = checkpoint.load(folder / CHECKPOINT, parts)
    with Progress(shown=True) as progress:
        bar = progress.begin("epochs", EPOCHS, completed=done)
        for epoch in range(done, EPOCHS):
            hard = min(HARD, EASY_START + (HARD - EASY_START) * 3 * epoch / EPOCHS)
            lines = pictures(np.random.default_rng((seed, epoch)), fonts, PICTURES_PER_EPOCH, hard)
            batches = (batch for again in range(PASSES) for batch in _batches(lines, (seed, epoch, again)))
            loss = _one_epoch(network, optimizer, schedule, batches)
            checkpoint.save(folder / CHECKPOINT, parts, epoch + 1)
            progress.advance(bar, note=f"loss {loss:.3f}")
    return network.eval()


def learning_rate(step: int) -> float:
    """The learning rate of a step."""
    epoch = step / (PASSES * (PICTURES_PER_EPOCH // BATCH))
    for epochs, highest in CYCLES:
        if epoch < epochs:
            return highest * min(10 * epoch / epochs, 0.5 + 0.5 * math.cos(math.pi * epoch / epochs))
        epoch -= epochs
    return 0.0


def _one_epoch(
    network: LineReader,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    batches: Iterator[list[Picture]],
) -> float:
    network.train()
    criterion = nn.CTCLoss(blank=BLANK, zero_infinity=True)
    losses = []
    for batch in batches:
        logs = network(torch.from_numpy(padded([line.image for line in batch])))
        frames = torch.tensor([line.image.shape[1] // 2 for line in batch])
        lengths = torch.tensor([len(line.words) for line in batch])
        targets = torch.tensor([ALPHABET.index(letter) + 1 for line in batch for letter in line.words])
        loss = criterion(logs.transpose(0, 1), targets, frames, lengths)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        schedule.step()
        losses.append(float(loss.detach()))
    return float(np.mean(losses))


def _batches(lines: list[Picture], seed: tuple[int, ...]) -> Iterator[list[Picture]]:
    """Lines of like width together, the batches in an order that mixes widths."""
    rng = np.random.default_rng(seed)
    widths = np.array([line.image.shape[1] for line in lines]) * rng.uniform(0.7, 1.4, len(lines))
    by_width = np.argsort(widths)
    starts = range(0, len(lines) - BATCH + 1, BATCH)
    for number in rng.permutation(len(starts)):
        yield [lines[index] for index in by_width[starts[number] : starts[number] + BATCH]]
