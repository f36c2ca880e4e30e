"""Trains the small network of `kalemia.personal` on pairs of ECGs of the same patients."""

from collections import defaultdict

import numpy as np
import torch
from jaxtyping import Float, Int, Shaped
from torch import Tensor, nn
from torch.nn import functional

from kalemia.personal import INPUTS, Reference, Seen, pair

HIDDEN, MEMBERS = (64, 32), 5
DROPOUT = 0.1
EPOCHS, BATCH, LEARNING_RATE, WEIGHT_DECAY = 30, 128, 4e-3, 0.05
HUBER_DELTA = 0.5  # mEq/L

Pairs = Float[np.ndarray, "pair input"]


class PersonalNetwork(nn.Module):
    """Today's estimate, corrected by what a reference tells: the mean of several networks that were begun differently.

    Args:
        examples: inputs to take means and standard deviations from; a wave that was not seen counts as the mean.
    """

    def __init__(self, examples: Pairs) -> None:
        super().__init__()
        seen = np.where(np.isfinite(examples).any(axis=0), examples, 0.0)  # what nobody has tells nothing
        self.mean = nn.Buffer(torch.from_numpy(np.nanmean(seen, axis=0).astype(np.float32)))
        self.scale = nn.Buffer(torch.from_numpy(np.nanstd(seen, axis=0).astype(np.float32) + 1e-3))
        self.members = nn.ModuleList(_member() for _ in range(MEMBERS))

    def forward(self, pairs: Float[Tensor, "pair input"]) -> Float[Tensor, "pair 1"]:
        """Potassium in mEq/L."""
        return self.each(pairs).mean(dim=1, keepdim=True)

    def each(self, pairs: Float[Tensor, "pair input"]) -> Float[Tensor, "pair member"]:
        """Potassium in mEq/L as each member sees it."""
        scaled = (torch.where(torch.isnan(pairs), self.mean, pairs) - self.mean) / self.scale
        return pairs[:, :1] + torch.cat([member(scaled) for member in self.members], dim=1)

    def estimates(self, pairs: Pairs) -> Float[np.ndarray, " pair"]:
        """The same for arrays, where nothing is to be learned."""
        with torch.inference_mode():
            estimates: Float[np.ndarray, " pair"] = self(torch.from_numpy(pairs))[:, 0].double().numpy()
        return estimates


def _member() -> nn.Module:
    return nn.Sequential(
        nn.Linear(INPUTS, HIDDEN[0]), nn.ReLU(), nn.Dropout(DROPOUT),
        nn.Linear(HIDDEN[0], HIDDEN[1]), nn.ReLU(),
        nn.Linear(HIDDEN[1], 1),
    )  # fmt: skip


def train_personal(pairs: Pairs, potassium: Float[np.ndarray, " pair"], seed: int) -> PersonalNetwork:
    """Fit the network to pairs (see `kalemia.personal.pair`) and today's measured potassium in mEq/L."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = PersonalNetwork(pairs)
        optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        steps = EPOCHS * -(-len(pairs) // BATCH)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps)
        inputs, wanted = torch.from_numpy(pairs), torch.from_numpy(potassium.astype(np.float32))
        for _ in range(EPOCHS):
            for batch in torch.split(torch.randperm(len(inputs)), BATCH):
                each = network.each(inputs[batch])
                loss = functional.huber_loss(each, wanted[batch, None].expand_as(each), delta=HUBER_DELTA)
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                schedule.step()
    return network.eval()


def pairs_of(
    seen: list[Seen], potassium: Float[np.ndarray, " recording"], patients: Shaped[np.ndarray, " recording"]
) -> tuple[Pairs, Int[np.ndarray, " pair"]]:
    """Every recording with every other one of the same patient as its reference, and which recording each is of."""
    of_patient: dict[str, list[int]] = defaultdict(list)
    for place, patient in enumerate(patients):
        of_patient[str(patient)].append(place)
    chosen = [(one, other) for places in of_patient.values() for one in places for other in places if one != other]
    pairs = [pair(seen[one], Reference(seen[other], float(potassium[other]))) for one, other in chosen]
    inputs = np.stack(pairs) if pairs else np.zeros((0, INPUTS), np.float32)
    return inputs, np.array([one for one, _ in chosen], dtype=np.int64)
