"""From the channels of a file to a `Recording`: the ECG among them, at one rate, in millivolts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Shaped

from kalemia.errors import EmptyFile, InvalidSignal
from kalemia.formats.request import Request
from kalemia.formats.units import MV_PER_UNIT, voltage_unit
from kalemia.leads import (
    is_ecg,
    is_lead,
    is_other_signal,
    listed,
    sources_of,
    standard_name,
    unique_names,
    warnings_of_repeats,
)
from kalemia.recording import Recording


@dataclass(frozen=True)
class Channel:
    """One signal as its file holds it.

    Attributes:
        name: as the file names it.
        samples: stored values; physical value = `samples * gain + offset`, in `unit`.
        fs: sampling rate in Hz.
        unit: as the file writes it; empty if it states none.
        gain: unit per stored value.
        offset: in unit.
    """

    name: str
    samples: Shaped[np.ndarray, " time"]
    fs: float
    unit: str
    gain: float = 1.0
    offset: float = 0.0


_ABSURD_MV = 1e6  # no electrode gives a kilovolt; a wrong unit alone makes at most 1e5 of an ECG


def to_recording(
    channels: Sequence[Channel], request: Request, warnings: Sequence[str] = (), *, assume_mv: bool = False
) -> Recording:
    """The ECG leads among the channels, in mV on one clock; of these, only what `request.lead` needs.

    Args:
        channels: all signals of the file.
        request: lead and unit asked for. A unit that contradicts the file's is used, with a warning.
        warnings: what the reader noticed.
        assume_mv: read numbers without unit as mV, with a warning (formats that have no place for a unit).

    Raises:
        EmptyFile: no samples.
        InvalidSignal: no ECG among the channels, or no voltage unit.
    """
    named = _with_standard_names(channels)
    in_volts, unit_warnings = _with_units(named, request.unit, assume_mv)
    ecg = _ecg_channels(in_volts)
    needed = sources_of(request.lead, [channel.name for channel in ecg])
    repeat_warnings = warnings_of_repeats([channel.name for channel in named])
    kept, rate_warnings = _at_one_rate([channel for channel in ecg if channel.name in needed])
    signal, length_warnings = _stack_mv(kept)
    return Recording(
        signal=signal,
        fs=kept[0].fs,
        leads=tuple(channel.name for channel in kept),
        warnings=tuple(dict.fromkeys((*warnings, *unit_warnings, *repeat_warnings, *rate_warnings, *length_warnings))),
    )


def _with_standard_names(channels: Sequence[Channel]) -> list[Channel]:
    names = unique_names([standard_name(channel.name) for channel in channels])
    return [replace(channel, name=name) for channel, name in zip(channels, names, strict=True)]


def _with_units(
    channels: Sequence[Channel], given: str | None, assume_mv: bool
) -> tuple[list[Channel], tuple[str, ...]]:
    if given is not None:
        return _with_given_unit(channels, given)
    voltages = [channel for channel in channels if voltage_unit(channel.unit)]
    if voltages:
        return voltages, ()
    unitless = [replace(channel, unit="mV") for channel in channels if not channel.unit]
    if assume_mv and unitless:
        return unitless, ("No unit is stated; the numbers were read as mV.",)
    raise InvalidSignal(
        f"no channel states a unit of voltage. It has: {listed([channel.name for channel in channels])}. "
        "If the numbers are microvolts, add --unit uV"
    )


def _with_given_unit(channels: Sequence[Channel], given: str) -> tuple[list[Channel], tuple[str, ...]]:
    taken = [c for c in channels if voltage_unit(c.unit) or not c.unit or is_lead(c.name)]
    contradicted = sorted({unit for c in taken if (unit := voltage_unit(c.unit)) and unit != given})
    warnings = [f"The file states {unit}, but its numbers were read as {given}, as asked." for unit in contradicted]
    return [replace(channel, unit=given) for channel in taken], tuple(warnings)


def _ecg_channels(channels: Sequence[Channel]) -> list[Channel]:
    certain = [channel for channel in channels if is_ecg(channel.name)]
    possible = certain or [channel for channel in channels if not is_other_signal(channel.name)]
    if not possible:
        raise InvalidSignal(f"no ECG in it. It has: {listed([channel.name for channel in channels])}")
    return possible


def _at_one_rate(channels: list[Channel]) -> tuple[list[Channel], tuple[str, ...]]:
    rate, _ = Counter(channel.fs for channel in channels).most_common(1)[0]
    kept = [channel for channel in channels if channel.fs == rate]
    dropped = [channel.name for channel in channels if channel.fs != rate]
    if not dropped:
        return kept, ()
    return kept, (f"Left out, because not sampled at {rate:g} Hz as the other leads: {listed(dropped)}.",)


def _stack_mv(channels: Sequence[Channel]) -> tuple[Float[np.ndarray, "lead time"], tuple[str, ...]]:
    lengths = {len(channel.samples) for channel in channels}
    if max(lengths) == 0:
        raise EmptyFile("no samples in it")
    signal = np.full((len(channels), max(lengths)), np.nan)
    for row, channel in zip(signal, channels, strict=True):
        factor = MV_PER_UNIT[voltage_unit(channel.unit) or "mV"]
        stored = row[: len(channel.samples)]
        # A file may claim gains that overflow; such samples end as gaps, below.
        with np.errstate(over="ignore", invalid="ignore"):
            np.multiply(channel.samples, channel.gain * factor, out=stored, dtype=np.float64)
            stored += channel.offset * factor
    absurd = np.abs(signal) > _ABSURD_MV  # NaN is not
    signal[absurd] = np.nan
    warnings = []
    if absurd.any():
        warnings.append(f"Left out as impossible: {np.count_nonzero(absurd)} sample(s) beyond {_ABSURD_MV:g} mV.")
    if len(lengths) > 1:
        warnings.append("The leads have different lengths; the shorter ones end in a gap.")
    return signal, tuple(warnings)
