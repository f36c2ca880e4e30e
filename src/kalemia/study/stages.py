"""Figures of the way from paper to cycle, drawn from one recording of the cohort, and of the network behind it."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from matplotlib.figure import Figure

from kalemia.cycles import CYCLE_FS, CYCLE_SAMPLES, R_INDEX, Cycles, extract_cycles
from kalemia.delineation import Beats, delineate
from kalemia.digitization import digitize
from kalemia.errors import KalemiaError
from kalemia.features import FEATURES
from kalemia.figures import style
from kalemia.figures.aligned_cycles import aligned_cycles
from kalemia.figures.architecture import architecture
from kalemia.figures.strip import annotated_strip, filter_steps
from kalemia.filtering import cleaning_steps
from kalemia.leads import take_lead
from kalemia.models import build
from kalemia.models.layers import Layer, layers_of
from kalemia.preprocessing import Preprocessing
from kalemia.recording import Recording
from kalemia.simulation.paper import PageStyle, degrade, print_page, write_image
from kalemia.study.drawing import Columns, Drawing
from kalemia.study.workbench import Workbench

SCAN_SEED = 1
PAGE_PX = 1200
"""Width of the page in the figure: enough for a printed column."""
CALM_RR_MS = (750, 1100)
"""No neighbouring beat in the window of a cycle."""


def draw_stages(bench: Workbench, model: str) -> Iterator[Drawing]:
    """Signal extraction, filtering, PQRST detection, signal cycles, and the layers of a network."""
    row = example_row(bench)
    ((_, recording),) = bench.cohort.recordings([row])
    lead = take_lead(recording, bench.plan.lead)
    steps = cleaning_steps(lead)
    beats = delineate(steps[-1][1], bench.plan.lead)
    cycles = extract_cycles(steps[-1][1], beats, Preprocessing().normalisation)
    shown = f"One ECG of the cohort (measured potassium {bench.potassium[row]:.1f} mEq/L)"
    extraction = _extraction(lead, shown)
    if extraction is not None:
        yield extraction
    yield Drawing(
        "filtering", f"{shown} after each filter.", "The strip after each filter", filter_steps(steps), _strips(steps)
    )
    yield Drawing(
        "pqrst_detection",
        "P, QRS and T as they were found in it, from onset to offset.",
        f"The cleaned strip with {len(beats)} beats marked",
        annotated_strip(steps[-1][1], beats),
        _waves(beats),
    )
    yield Drawing(
        "signal_cycle",
        "Its single cycles, aligned at R, and their mean: what the networks read.",
        f"{len(cycles)} cycles on top of each other",
        aligned_cycles(cycles),
        _cycles(cycles),
    )
    layers = layers_of(build(model))
    total = sum(layer.parameters for layer in layers)
    yield Drawing(
        "architecture",
        f"The layers of the network ({model}, {total:,} parameters), and where its parameters are.",
        "The layers from left to right",
        architecture(layers, leads=1, samples=CYCLE_SAMPLES),
        _layers(layers),
    )


def example_row(bench: Workbench) -> int:
    """A recording of good quality at a calm rate, in the middle of the cohort's potassium; any where there is none."""
    usable = bench.inputs.usable
    rr_ms = bench.inputs.waves(usable)[:, list(FEATURES).index("rr_ms")]
    calm = (rr_ms > CALM_RR_MS[0]) & (rr_ms < CALM_RR_MS[1])
    good = usable[(bench.inputs.verdicts(usable) == "good") & calm]
    among = good if len(good) else usable
    middle = np.median(bench.potassium[usable])
    return int(among[np.argmin(np.abs(bench.potassium[among] - middle))])


def _extraction(lead: Recording, shown: str) -> Drawing | None:
    """The lead printed, scanned and read again; nothing where the page cannot be read."""
    try:
        with tempfile.TemporaryDirectory() as scratch:
            page = degrade(print_page(lead, PageStyle(layout="1", paper="strip")), "scan", SCAN_SEED)
            path = Path(scratch) / "page.png"
            write_image(path, page)
            found = digitize(path, lead=lead.leads[0])
    except KalemiaError:
        return None
    strip = found.recording
    return Drawing(
        "signal_extraction",
        f"{shown}, printed and scanned by program, and its curve as the Viterbi algorithm has read it back (coloured).",
        "The printed page with the traced curve lying on it",
        _picture(found.overlay()),
        {"time_s": np.arange(strip.signal.shape[1]) / strip.fs, "mv": strip.signal[0]},
    )


def _picture(page: UInt8[np.ndarray, "row column 3"]) -> Figure:
    thinned = page[:: max(1, page.shape[1] // PAGE_PX), :: max(1, page.shape[1] // PAGE_PX)]
    figure = style.empty_figure(style.PAGE_INCHES, style.PAGE_INCHES * thinned.shape[0] / thinned.shape[1])
    figure.set_layout_engine("none")  # the page fills it
    axes = figure.add_axes((0, 0, 1, 1))
    axes.imshow(thinned, interpolation="antialiased")
    axes.set_axis_off()
    return figure


def _strips(steps: Sequence[tuple[str, Recording]]) -> Columns:
    time_s = np.arange(steps[0][1].signal.shape[1]) / steps[0][1].fs
    return {"time_s": time_s, **{f"{name} (mV)": recording.signal[0] for name, recording in steps}}


def _waves(beats: Beats) -> Columns:
    rows = [
        (number, name, *(None if at is None else at / beats.fs for at in (wave.onset, wave.peak, wave.offset)))
        for number, beat in enumerate(beats, start=1)
        for name, wave in (("P", beat.p), ("QRS", beat.qrs), ("T", beat.t))
        if wave is not None
    ]
    names = ("beat", "wave", "onset_s", "peak_s", "offset_s")
    return dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())


def _cycles(cycles: Cycles) -> Columns:
    time_s = (np.arange(CYCLE_SAMPLES) - R_INDEX) / CYCLE_FS
    singles = {f"cycle {number} (mV)": signal for number, signal in enumerate(cycles.signal[:, 0], start=1)}
    return {"time_from_r_s": time_s, "mean (mV)": cycles.signal[:, 0].mean(axis=0), **singles}


def _layers(layers: Sequence[Layer]) -> Columns:
    return {
        "layer": [layer.kind for layer in layers],
        "detail": [layer.detail for layer in layers],
        "output": [" x ".join(map(str, layer.shape)) for layer in layers],
        "parameters": [layer.parameters for layer in layers],
    }
