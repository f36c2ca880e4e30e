"""Splits of a cohort in which no patient stands on two sides.

Several ECGs of one patient on both sides of a split are the most common fault in this field: whole patients are dealt
to the sides here, so that it cannot happen.
"""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Int, Real, Shaped

from kalemia.errors import CohortError, ConfigError


def split_by_patient(
    patient_ids: Shaped[np.ndarray, " row"],
    fractions: Mapping[str, float],
    seed: int,
    stratify_by: Real[np.ndarray, " row"] | None = None,
) -> dict[str, Int[np.ndarray, " row"]]:
    """Deal the rows of a cohort to sides, patient by patient.

    Patients are sorted by their highest `stratify_by` value and dealt in short blocks in random order, so that every
    side has its share of each part of the scale. The result depends on the patients, not on the order of the rows.

    Args:
        patient_ids: one id per row.
        fractions: share of the patients for each side, by name; they sum to 1.
        seed: the same seed gives the same split.
        stratify_by: one number per row, usually potassium in mEq/L.

    Returns:
        For each side the indices of its rows, rising.

    Raises:
        ConfigError: the fractions are negative or do not sum to 1.
        CohortError: fewer patients than sides that want one.
    """
    _check_fractions(fractions)
    patients, rows = np.unique(np.asarray(patient_ids), return_inverse=True)
    wanted = sum(fraction > 0 for fraction in fractions.values())
    if len(patients) < wanted:
        raise CohortError(f"{len(patients)} patients cannot be split into {wanted} sides; a side needs a patient")
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(patients))
    if stratify_by is not None:
        highest = np.full(len(patients), -np.inf)
        np.maximum.at(highest, rows, stratify_by)
        order = order[np.argsort(highest[order], kind="stable")]
    side_of_patient = np.empty(len(patients), dtype=np.int64)
    side_of_patient[order] = _deal(len(patients), list(fractions.values()), rng)
    return {name: np.flatnonzero(side_of_patient[rows] == side) for side, name in enumerate(fractions)}


def _check_fractions(fractions: Mapping[str, float]) -> None:
    if not fractions or min(fractions.values()) < 0 or abs(sum(fractions.values()) - 1) > 1e-9:
        given = ", ".join(f"{name} {fraction}" for name, fraction in fractions.items()) or "none"
        raise ConfigError(f"split fractions {given}; they must be 0 or more and sum to 1")


def _deal(count: int, fractions: list[float], rng: np.random.Generator) -> Int[np.ndarray, " patient"]:
    """A side for each of a row of patients: every stretch of the row has its share of each side.

    Each side's members stand evenly along the row, from a start of the side's own. Sorting all members of all sides by
    place deals them; every side with a share gets one patient at least.
    """
    sizes = _sizes(count, fractions)
    places = [(np.arange(size) + rng.random(size)) / max(size, 1) for size in sizes]
    sides = np.repeat(np.arange(len(sizes)), sizes)
    return sides[np.argsort(np.concatenate(places), kind="stable")]


def _sizes(count: int, fractions: list[float]) -> list[int]:
    """Patients per side by largest remainder, at least one for each side that wants any."""
    shares = np.array(fractions) * count
    sizes = np.floor(shares).astype(np.int64)
    largest_first = np.argsort(sizes - shares, kind="stable")
    sizes[largest_first[: count - int(sizes.sum())]] += 1
    for side in np.flatnonzero((shares > 0) & (sizes == 0)):
        sizes[np.argmax(sizes)] -= 1
        sizes[side] += 1
    return [int(size) for size in sizes]
