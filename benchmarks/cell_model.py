"""How near our cells and strands come to the reference of the ten Tusscher-Panfilov 2006 model.

    python benchmarks/cell_model.py DATA

DATA is a folder with `tp06_reference.npz`: test vectors of the right-hand side and action potentials computed with
Myokit 1.39.2 (CVODES, tolerance 1e-8) from the CellML encoding of the model, and strands of a C program made from it.
Prints tables in Markdown. Takes about five minutes on one core, nearly all of it for the strands in the steps of the
reference.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import numpy as np

from kalemia.experiments.templates.axes import COUPLED_BEATS, GEOMETRY, STEPS
from kalemia.simulation.action_potentials import measure_action_potentials
from kalemia.simulation.cell import KINDS, STATES, Conductances, cells, derivatives
from kalemia.simulation.pacing import CELL_PROTOCOL, Protocol, Steps, Tissue, isolated, pace, record_beat
from kalemia.simulation.strand import Geometry, pseudo_ecg, strands
from kalemia.simulation.t_wave import measure_t_wave, transmural_ms, without_baseline
from kalemia.simulation.wall import ENDO, EPI, LAYERS, MID, Wall

STRAND_FEATURES = {
    "T amplitude, %": ("t_amplitude", "T_amp"),
    "T width at half height, ms": ("t_fwhm_ms", "T_FWHM_ms"),
    "slope / amplitude, %": ("slope_over_amplitude_per_s", "slope_over_amp_per_s"),
    "QT10, ms": ("qt10_ms", "QT10_ms"),
    "QT tangent, ms": ("qt_tangent_ms", "QT_tangent_ms"),
}
OUR_KIND = {"epi": EPI, "M": MID, "endo": ENDO}
MODIFIED_KS = {EPI: 2.0, MID: 1.5, ENDO: 1.0}
BEATS = 100
REFERENCE_GEOMETRY, REFERENCE_STEPS = Geometry(spacing_mm=0.1), Steps(active_ms=0.01, quiet_ms=0.01)
REFERENCE_BEATS = 5
LIMITS = {
    "right-hand side": 1e-8,
    "rest, mV": 0.2,
    "APD90, ms": 1.0,
    "T amplitude, %": 2.0,
    "T width at half height, ms": 1.0,
    "slope / amplitude, %": 2.0,
    "QT10, ms": 1.0,
    "QT tangent, ms": 1.0,
    "transmural time, ms": 1.0,
}
Reference = dict[str, np.ndarray]


@dataclass(frozen=True)
class Check:
    """The largest difference from the reference over potassium."""

    what: str
    quantity: str
    largest: float

    def __str__(self) -> str:
        limit = LIMITS[self.quantity]
        verdict = "pass" if self.largest <= limit else "miss"
        return f"| {self.what} | {self.quantity} | {self.largest:.2g} | {limit:g} | {verdict} |"


def right_hand_side(reference: Reference) -> Iterator[Check]:
    """Each state's derivative, relative."""
    kinds = [OUR_KIND[str(kind)] for kind in reference["tv_celltype"]]
    ours = derivatives(reference["tv_state"].T, cells(kinds, reference["tv_Ko"]), reference["tv_Istim"])
    theirs = reference["tv_derivative"].T
    difference = np.abs(ours - theirs) / np.where(theirs == 0, 1, np.abs(theirs))
    for state, row in zip(STATES, difference, strict=True):
        yield Check(f"d{state}/dt, {len(kinds)} vectors", "right-hand side", float(row.max()))


def action_potentials(reference: Reference, table: str, ks: dict[str, float]) -> Iterator[Check]:
    """Isolated cells at beat 100, in the steps of the template library."""
    potassium_mm = reference["K_mM"].astype(float)
    kinds = np.repeat(KINDS, len(potassium_mm))
    scaling = Conductances(ks=np.array([ks[kind] for kind in kinds]))
    tissue = isolated(cells(kinds.tolist(), np.tile(potassium_mm, len(KINDS)), conductances=scaling))
    protocol = replace(CELL_PROTOCOL, steps=STEPS)
    pace(tissue, BEATS - 1, protocol)
    ours = measure_action_potentials(record_beat(tissue, protocol, sample_ms=0.5))
    columns = reference["single_table_columns"].tolist()
    theirs = reference[table].reshape(len(kinds), -1)
    for kind in KINDS:
        here = kinds == kind
        for quantity, measured, column in (
            ("rest, mV", ours.rest_mv, "rest_mV"),
            ("APD90, ms", ours.apd90_ms, "APD90_ms"),
        ):
            difference = np.abs(measured - theirs[:, columns.index(column)])[here]
            yield Check(f"{kind}, IKs x {ks[kind]:g}, {len(potassium_mm)} potassium levels", quantity, difference.max())


def strand(reference: Reference, prefix: str, geometry: Geometry, steps: Steps, beats: int) -> Iterator[Check]:
    """Strands from the reference's own start."""
    tissue = reference_strands(reference, prefix, geometry)
    protocol = Protocol(steps=steps)
    start_s = perf_counter()
    pace(tissue, beats - 1, protocol)
    beat = record_beat(tissue, protocol, until_ms=690.0)
    each_s = (perf_counter() - start_s) / len(tissue.states)
    how = f"{geometry.spacing_mm:g} mm, {steps.active_ms:g} and {steps.quiet_ms:g} ms, beat {beats}"
    name = f"{prefix}, {how} ({each_s:.2f} s each)"
    phi = without_baseline(beat.time_ms, pseudo_ecg(beat.v_mv, geometry))
    waves = [measure_t_wave(beat.time_ms, *row) for row in zip(phi, beat.activation_ms.max(axis=1), strict=True)]
    columns = reference["strand_feature_columns"].tolist()
    theirs = dict(zip(columns, reference[f"{prefix}_features"].T, strict=True))
    for quantity, (ours, column) in STRAND_FEATURES.items():
        difference = np.array([getattr(wave, ours) for wave in waves]) - theirs[column]
        relative = 100 * difference / theirs[column]
        yield Check(name, quantity, float(np.abs(relative if quantity.endswith("%") else difference).max()))
    slower = transmural_ms(beat.activation_ms) - theirs["transmural_ms"]
    yield Check(name, "transmural time, ms", float(np.abs(slower).max()))


def reference_strands(reference: Reference, prefix: str, geometry: Geometry) -> Tissue:
    """One strand per potassium level, each node in the state of its layer."""
    levels = len(reference["K_mM"])
    ks = [1.0] * len(LAYERS) if prefix == "strandctl" else [MODIFIED_KS[layer] for layer in LAYERS]
    potassium_mm = np.repeat(reference["K_mM"].astype(float), len(LAYERS))
    parameters = cells(LAYERS * levels, potassium_mm, conductances=Conductances(ks=np.tile(ks, levels)))
    begin = reference[f"{prefix}_init"][:, [0, 2, 1]]  # theirs count endo, epi, M
    return strands(begin, parameters.T.reshape(levels, len(LAYERS), -1), [Wall()] * levels, geometry)


def all_checks(reference: Reference) -> Iterator[Check]:
    """What is compared, in the order in which an implementation is best checked."""
    yield from right_hand_side(reference)
    yield from action_potentials(reference, "single_table", dict.fromkeys(KINDS, 1.0))
    yield from action_potentials(reference, "singlemod_table", MODIFIED_KS)
    for beats in (REFERENCE_BEATS, 3, COUPLED_BEATS):
        yield from strand(reference, "strand", GEOMETRY, STEPS, beats)
    yield from strand(reference, "strand", REFERENCE_GEOMETRY, REFERENCE_STEPS, REFERENCE_BEATS)
    yield from strand(reference, "strandctl", REFERENCE_GEOMETRY, REFERENCE_STEPS, REFERENCE_BEATS)


def main() -> None:
    """Parse the arguments, compare and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with tp06_reference.npz")
    with np.load(parser.parse_args().data / "tp06_reference.npz", allow_pickle=False) as file:
        reference = dict(file)
    print("| what | quantity | largest difference | limit | |\n| --- | --- | --- | --- | --- |")
    for check in all_checks(reference):
        print(check, flush=True)


if __name__ == "__main__":
    main()
