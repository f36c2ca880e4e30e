"""Simulate the strands of a chunk, and keep what the library needs of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Float32

from kalemia.errors import OutputError
from kalemia.experiments.templates.axes import COUPLED_BEATS, GEOMETRY, ISOLATED_BEATS, Axes, Chunk
from kalemia.progress import Progress
from kalemia.simulation.cell import Conductances, cells
from kalemia.simulation.pacing import CELL_PROTOCOL, isolated, pace, record_beat
from kalemia.simulation.strand import STRAND_PROTOCOL, pseudo_ecg, repolarisation_ms, strands
from kalemia.simulation.t_wave import without_baseline
from kalemia.simulation.template_file import FIRST_MS, LAST_MS, STEP_MS
from kalemia.simulation.wall import LAYERS, Wall
from kalemia.writing import whole_or_nothing, write_text

AXES = "axes.json"


@dataclass(frozen=True)
class Beats:
    """The beats of strands.

    Attributes:
        phi: pseudo-ECG without its baseline, on the library's raster.
        activated_ms: when the first and the last node were activated.
        repolarised_ms: when the first and the last node were repolarised.
    """

    phi: Float32[np.ndarray, "strand sample"]
    activated_ms: Float[np.ndarray, "strand 2"]
    repolarised_ms: Float[np.ndarray, "strand 2"]


def simulate(chunk: Chunk, potassium_mm: Sequence[float], walls: Sequence[Wall]) -> Beats:
    """The last beat of a strand for each potassium and wall, the wall varying fastest.

    Raises:
        ConfigError: the cell model is not used with such values.
        MissingExtra: Numba is not installed.
    """
    levels = len(potassium_mm)
    layer_cells = cells(
        LAYERS * levels,
        np.repeat(np.asarray(potassium_mm, float), len(LAYERS)),
        chunk.calcium_mm,
        Conductances(ks=np.tile(chunk.ks, levels), kr=chunk.kr),
    )
    alone = isolated(layer_cells)
    pace(alone, ISOLATED_BEATS, chunk.protocol(CELL_PROTOCOL))
    protocol = chunk.protocol(STRAND_PROTOCOL)
    tissue = strands(
        np.repeat(alone.states.reshape(levels, len(LAYERS), -1), len(walls), axis=0),
        np.repeat(alone.cells.reshape(levels, len(LAYERS), -1), len(walls), axis=0),
        list(walls) * levels,
        GEOMETRY,
    )
    pace(tissue, COUPLED_BEATS - 1, protocol)
    beat = record_beat(tissue, protocol, until_ms=LAST_MS + STEP_MS)
    phi = without_baseline(beat.time_ms, pseudo_ecg(beat.v_mv, GEOMETRY))
    raster = np.searchsorted(beat.time_ms, np.arange(FIRST_MS, LAST_MS + STEP_MS, STEP_MS))
    return Beats(
        phi=phi[:, raster].astype(np.float32),
        activated_ms=_first_and_last(beat.activation_ms),
        repolarised_ms=_first_and_last(repolarisation_ms(beat.time_ms, beat.v_mv)),
    )


def simulate_all(axes: Axes, folder: Path) -> None:
    """Simulate the chunks that are not in the folder yet.

    Raises:
        OutputError: the folder holds chunks of other axes, or cannot be written.
        MissingExtra: Numba is not installed.
    """
    _claim(folder, axes)
    chunks = list(axes.chunks())
    missing = [chunk for chunk in chunks if not (folder / chunk.file_name).is_file()]
    with Progress(shown=True) as progress:
        task = progress.begin("strands", len(chunks), completed=len(chunks) - len(missing))
        for chunk in missing:
            _write(simulate(chunk, axes.potassium_mm, axes.walls()), folder / chunk.file_name)
            progress.advance(task, chunk.file_name)


def read(folder: Path, chunk: Chunk) -> Beats:
    """The beats of a chunk that was simulated."""
    with np.load(folder / chunk.file_name, allow_pickle=False) as arrays:
        return Beats(arrays["phi"], arrays["activated_ms"], arrays["repolarised_ms"])


def _claim(folder: Path, axes: Axes) -> None:
    """Write down what the folder's chunks are made of, or see that they are made of the same."""
    text = json.dumps(axes.as_text(), indent=2) + "\n"
    path = folder / AXES
    if path.is_file() and path.read_text(encoding="utf-8") != text:
        raise OutputError(f"{folder}: holds strands of other axes. Name a new folder, or remove this one first.")
    write_text(path, text)


def _write(beats: Beats, path: Path) -> None:
    with whole_or_nothing(path) as draft:
        np.savez_compressed(draft, **vars(beats))


def _first_and_last(times_ms: Float[np.ndarray, "strand node"]) -> Float[np.ndarray, "strand 2"]:
    """NaN where a node was not."""
    return np.stack([times_ms.min(axis=1), times_ms.max(axis=1)], axis=1)
