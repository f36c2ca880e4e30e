"""How well waves are found in patients whom training never saw."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kalemia.delineation.beat import Beat
from kalemia.delineation.network import load
from kalemia.delineation.search import find_waves
from kalemia.experiments.delineation.augmentation import Noise
from kalemia.experiments.delineation.export import export
from kalemia.experiments.delineation.ludb import MarkedLead
from kalemia.experiments.delineation.training import fit
from kalemia.writing import write_text

LEAD = "II"
"""The lead whose estimates are written for scoring."""
ESTIMATES = "ESTIMATES.json"

Found = tuple[tuple[MarkedLead, tuple[Beat, ...]], ...]
"""Leads, and the beats that were found in each."""


def cross_validate(leads: Sequence[MarkedLead], noise: Noise, folds: int, epochs: int, seed: int, out: Path) -> Found:
    """The beats of every lead, found by a network that was trained on other records.

    Args:
        leads: all that there are.
        noise: to add in training.
        folds: parts into which the records are split.
        epochs: of training.
        seed: of the split and of training.
        out: folder for checkpoints and networks.
    """
    fold_of = split([lead.record for lead in leads], folds, seed)
    found: list[tuple[MarkedLead, tuple[Beat, ...]]] = []
    for fold in range(folds):
        others = tuple(lead for lead in leads if fold_of[lead.record] != fold)
        name = f"fold_{fold + 1}_of_{folds}"
        export(fit(others, noise, epochs, seed, out / f"{name}.pt"), out / name)
        network = load(out / name)
        found += [
            (lead, find_waves(lead.signal_mv.astype(np.float64), network=network))
            for lead in leads
            if fold_of[lead.record] == fold
        ]
    return tuple(found)


def split(records: Sequence[str], folds: int, seed: int) -> dict[str, int]:
    """The fold of each record; one record is one patient."""
    names = sorted(set(records))
    order = np.random.default_rng(seed).permutation(len(names))
    return {names[index]: place % folds for place, index in enumerate(order)}


def write_estimates(found: Found, out: Path) -> Path:
    """Write what was found in lead II: per record and kind of wave, `[onset, peak, offset]` of each in samples."""
    estimates = {
        lead.record: {
            kind: [[wave.onset, wave.peak, wave.offset] for wave in waves if wave]
            for kind, waves in (
                ("P", [beat.p for beat in beats]),
                ("QRS", [beat.qrs for beat in beats]),
                ("T", [beat.t for beat in beats]),
            )
        }
        for lead, beats in found
        if lead.name == LEAD
    }
    return write_text(out / ESTIMATES, json.dumps(estimates) + "\n")
