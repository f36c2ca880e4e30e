"""ECG strips on a grid like that of ECG paper: 25 mm/s and 10 mm/mV, scaled to the width of the page."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from kalemia.delineation.beat import Beat, Wave
from kalemia.figures import style
from kalemia.recording import Recording

SHOWN_S = 10.0  # the length of a printed rhythm strip; what comes after it is not drawn
WAVE_COLOURS = {"P": style.BLUE, "QRS": "#4d4d4d", "T": style.ORANGE}

_LARGE_SQUARE_S, _LARGE_SQUARE_MV = 0.2, 0.5  # 5 mm of paper
_PAPER_MM_PER_S, _PAPER_MM_PER_MV = 25.0, 10.0
_LEAST_MV, _MOST_MV = 1.5, 4.0  # height of a strip, whatever the signal does
_LEAST_S = 2.5  # width of a strip: a shorter recording leaves paper empty, or its strip would be taller than wide
_MARGIN_INCHES = 0.55  # what axis labels and titles take


def filter_steps(steps: Sequence[tuple[str, Recording]]) -> Figure:
    """The strip after each filtering step, one below the other on one scale.

    Args:
        steps: name and recording, in the order they were applied; each recording's first lead is drawn. The height is
            that of the liveliest strip; each strip is drawn around its own middle, so that an offset does not push it
            out of sight.
    """
    height_mv = max((_height_mv(recording) for _, recording in steps), default=_LEAST_MV)
    strip_inches = _strip_inches(height_mv, max((_shown_s(recording) for _, recording in steps), default=SHOWN_S))
    figure = style.empty_figure(style.PAGE_INCHES, len(steps) * (strip_inches + 0.22) + 0.3)
    panels = figure.subplots(len(steps), sharex=True, squeeze=False)[:, 0]
    for number, (axes, (name, recording)) in enumerate(zip(panels, steps, strict=True), start=1):
        _draw_paper(axes, recording, height_mv)
        axes.set_title(f"{number}. {name}", loc="left", fontsize=style.MEDIUM, pad=2.5)
        axes.tick_params(labelbottom=number == len(steps))
    panels[-1].set_xlabel("Time (s)")
    figure.supylabel(f"Lead {steps[0][1].leads[0]} (mV)", fontsize=style.MEDIUM, color=style.INK)
    return figure


def annotated_strip(recording: Recording, beats: Sequence[Beat]) -> Figure:
    """The strip with the waves of its beats shaded from onset to offset and lettered at the peak.

    Args:
        recording: its first lead is drawn, the first ten seconds of it.
        beats: in samples of this recording; a wave without onset or offset gets its letter only.
    """
    height_mv = _height_mv(recording) + _LARGE_SQUARE_MV  # the letters stand above the waves
    figure, axes = style.new_figure(style.PAGE_INCHES, _strip_inches(height_mv, _shown_s(recording)) + 0.5)
    _draw_paper(axes, recording, height_mv)
    signal, shown = recording.signal[0], round(_shown_s(recording) * recording.fs)
    for beat in beats:
        for letter, wave in (("P", beat.p), ("QRS", beat.qrs), ("T", beat.t)):
            if wave is not None and wave.peak is not None and wave.peak < shown:
                _draw_wave(axes, letter, wave, signal, recording.fs)
    axes.set_xlabel("Time (s)")
    axes.set_ylabel(f"Lead {recording.leads[0]} (mV)")
    return figure


def _draw_paper(axes: Axes, recording: Recording, height_mv: float) -> None:
    """The first lead on paper."""
    style.calm(axes)
    seconds = _shown_s(recording)
    signal = recording.signal[0, : round(seconds * recording.fs)]
    bottom = round((_middle_mv(signal) - height_mv / 2) / _LARGE_SQUARE_MV) * _LARGE_SQUARE_MV
    axes.set_xlim(0, max(seconds, _LEAST_S))
    axes.set_ylim(bottom, bottom + height_mv)
    axes.set_aspect(_PAPER_MM_PER_MV / _PAPER_MM_PER_S)
    for axis, large, small in ((axes.xaxis, _LARGE_SQUARE_S, 0.04), (axes.yaxis, _LARGE_SQUARE_MV, 0.1)):
        axis.set_minor_locator(MultipleLocator(small))
        axis.set_major_locator(MultipleLocator(large))
    axes.set_axisbelow(True)
    axes.grid(which="minor", color=style.GRID_MINOR, linewidth=0.25)
    axes.grid(which="major", color=style.GRID_MAJOR, linewidth=0.4)
    axes.tick_params(which="both", length=0)
    axes.xaxis.set_major_formatter(lambda time, _: f"{time:g}" if np.isclose(time, round(time)) else "")
    axes.spines[:].set_visible(False)
    axes.plot(np.arange(len(signal)) / recording.fs, signal, color=style.INK, linewidth=0.7)


def _draw_wave(axes: Axes, letter: str, wave: Wave, signal: Float[np.ndarray, " time"], fs: float) -> None:
    colour = WAVE_COLOURS[letter]
    if wave.onset is not None and wave.offset is not None:
        axes.axvspan(wave.onset / fs, wave.offset / fs, color=colour, alpha=0.18, linewidth=0)
    if wave.peak is None or not np.isfinite(signal[wave.peak]):
        return
    axes.annotate(
        letter,
        (wave.peak / fs, max(signal[wave.peak], 0.0)),
        xytext=(0, 3),
        textcoords="offset points",
        ha="left" if wave.peak < 0.2 * fs else "center",  # not over the numbers of the axis
        fontsize=style.SMALL,
        color=colour,
        fontweight="bold",
    )


def _shown_s(recording: Recording) -> float:
    return min(recording.duration_s, SHOWN_S)


def _middle_mv(signal: Float[np.ndarray, " time"]) -> float:
    seen = signal[np.isfinite(signal)]
    if seen.size == 0:
        return 0.0
    low, high = float(seen.min()), float(seen.max())
    # An artefact that does not fit on the paper must not push the beats off it.
    return (low + high) / 2 if high - low <= _MOST_MV else float(np.median(seen))


def _height_mv(recording: Recording) -> float:
    signal = recording.signal[0, : round(_shown_s(recording) * recording.fs)]
    seen = signal[np.isfinite(signal)]
    span = 0.0 if seen.size == 0 else float(seen.max() - seen.min())
    whole_squares = np.ceil(span / _LARGE_SQUARE_MV) + 1
    return float(np.clip(whole_squares * _LARGE_SQUARE_MV, _LEAST_MV, _MOST_MV))


def _strip_inches(height_mv: float, seconds: float) -> float:
    """Height that keeps the squares of the paper square at the width of the page."""
    inches_per_mm = (style.PAGE_INCHES - _MARGIN_INCHES) / (_PAPER_MM_PER_S * max(seconds, _LEAST_S))
    return height_mv * _PAPER_MM_PER_MV * inches_per_mm
