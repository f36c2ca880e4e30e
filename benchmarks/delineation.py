"""P, QRS and T beside neurokit2 and sleepecg: accuracy on LUDB, time, P waves in fibrillation, invariances.

Accuracy is that on lead II of LUDB: a wave is found if its peak lies within 150 ms of a marked one; standard deviations
are of found less marked. What kalemia found there comes from a file that `python -m kalemia.experiments.delineation`
leaves behind (ESTIMATES.json): each record was looked at by a network that had not been trained on it. Everything else
is measured with the network that is shipped, which has seen these records.

All run on one core, strip by strip in turn, so that a slow moment of the machine hits all of them. neurokit2 is no
dependency of kalemia: pip install neurokit2. Without it, its lines are missing.
"""

import argparse
import json
import os
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from importlib import metadata
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402  (after the number of threads is set)
from scipy import signal as dsp  # noqa: E402

from kalemia import Recording, delineate  # noqa: E402
from kalemia.delineation import Beat, Wave  # noqa: E402
from kalemia.delineation.network import QRS, P, T  # noqa: E402
from kalemia.delineation.search import find_waves  # noqa: E402
from kalemia.errors import SignalError  # noqa: E402
from kalemia.experiments.default_model.ptbxl import PTBXL  # noqa: E402
from kalemia.experiments.delineation.ludb import MarkedLead, read_ludb  # noqa: E402
from kalemia.experiments.delineation.measure import NAMES, measure, nearest_pairs, waves_of  # noqa: E402
from markdown_table import show  # noqa: E402

FS = 500
KALEMIA = "kalemia"
Strip = np.ndarray
System = Callable[[Strip], Sequence[Beat]]
"""From 10 s of one lead in mV to beats."""


def kalemia(strip: Strip) -> Sequence[Beat]:
    """Ours; nothing where it refuses."""
    try:
        return delineate(Recording(strip[None], FS, ("II",)))
    except SignalError:
        return ()


def sleepecg(strip: Strip) -> Sequence[Beat]:
    """R peaks alone."""
    from sleepecg import detect_heartbeats

    return [Beat(Wave(None, int(peak), None)) for peak in detect_heartbeats(strip, FS)]


def neurokit(method: str) -> System:
    """neurokit2 as its users call it: clean, find R peaks, delineate by one of its methods."""
    import neurokit2 as nk

    def found_by_neurokit(strip: Strip) -> Sequence[Beat]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cleaned = nk.ecg_clean(strip, sampling_rate=FS)
            _, peaks = nk.ecg_peaks(cleaned, sampling_rate=FS)
            _, found = nk.ecg_delineate(cleaned, peaks["ECG_R_Peaks"], sampling_rate=FS, method=method)
        return [
            Beat(
                Wave(_at(found, "R_Onsets", n), int(peak), _at(found, "R_Offsets", n)),
                p=_wave(found, "P", n),
                t=_wave(found, "T", n),
            )
            for n, peak in enumerate(peaks["ECG_R_Peaks"])
        ]

    return found_by_neurokit


def _at(found: dict[str, Sequence[float]], name: str, number: int) -> int | None:
    value = found[f"ECG_{name}"][number]
    return None if np.isnan(value) else int(value)


def _wave(found: dict[str, Sequence[float]], letter: str, number: int) -> Wave | None:
    peak = _at(found, f"{letter}_Peaks", number)
    if peak is None:
        return None
    return Wave(_at(found, f"{letter}_Onsets", number), peak, _at(found, f"{letter}_Offsets", number))


def systems() -> dict[str, System]:
    """All that are installed, by name and version."""
    found: dict[str, System] = {KALEMIA: kalemia}
    try:
        version = metadata.version("neurokit2")
        found |= {f"neurokit2 {version} {method}": neurokit(method) for method in ("dwt", "prominence")}
    except metadata.PackageNotFoundError:
        print("neurokit2 is not installed: its lines are missing\n")
    return found | {f"sleepecg {metadata.version('sleepecg')}, R peaks": sleepecg}


def beats_or_none(system: System, strip: Strip) -> Sequence[Beat]:
    """What a system finds; nothing where it raises, as neurokit2 does on some records, and kalemia must not."""
    try:
        return system(strip)
    except Exception:
        if system is kalemia:
            raise
        return ()


def from_file(path: Path) -> dict[str, Sequence[Beat]]:
    """Waves of each record as beats of one wave each, which is all that scoring needs."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    nothing = Wave(None, None, None)
    return {
        record: [
            *(Beat(Wave(*wave)) for wave in waves["QRS"]),
            *(Beat(nothing, p=Wave(*wave)) for wave in waves["P"]),
            *(Beat(nothing, t=Wave(*wave)) for wave in waves["T"]),
        ]
        for record, waves in stored.items()
    }


def accuracy(leads: Sequence[MarkedLead], estimates: Path, peers: dict[str, System]) -> list[list[str]]:
    """F1, and standard deviations of onset and offset, of each kind of wave."""
    given = from_file(estimates)
    found = {f"{KALEMIA}, records it was not trained on": [given[lead.record] for lead in leads]}
    found |= {
        name: [beats_or_none(system, lead.signal_mv.astype(float)) for lead in leads] for name, system in peers.items()
    }
    return [[name, *_measured(leads, beats)] for name, beats in found.items()]


def _measured(leads: Sequence[MarkedLead], beats: Sequence[Sequence[Beat]]) -> Iterable[str]:
    for kind in (P, QRS, T):
        found = [
            (lead.marks, [beat for beat in of_lead if any(w.peak is not None for w in waves_of([beat], kind))])
            for lead, of_lead in zip(leads, beats, strict=True)
        ]
        measures = measure(found, kind)
        onset, _, offset = measures.sd_ms
        spread = "-" if np.isnan(onset) else f"{onset:.1f} / {offset:.1f}"
        yield f"{measures.f1:.4f} ({measures.sensitivity:.3f}, {measures.predictive_value:.3f})" if measures.f1 else "-"
        yield spread


def times(strips: Sequence[Strip], contenders: dict[str, System], runs: int) -> list[list[str]]:
    """Milliseconds per strip, best of some runs, and how many times slower than ours."""
    for system in contenders.values():
        beats_or_none(system, strips[0])
    taken = {name: np.full((len(strips), runs), np.nan) for name in contenders}
    for run in range(runs):
        for number, strip in enumerate(strips):
            for name, system in contenders.items():
                start = time.perf_counter()
                beats_or_none(system, strip)
                taken[name][number, run] = 1e3 * (time.perf_counter() - start)
    best = {name: values.min(axis=1) for name, values in taken.items()}
    return [
        [name, f"{np.median(ms):.2f}", f"{np.percentile(ms, 95):.2f}", f"{np.median(ms / best[KALEMIA]):.1f}"]
        for name, ms in best.items()
    ]


def p_claims(strips: dict[str, Sequence[Strip]], contenders: dict[str, System]) -> list[list[str]]:
    """Share of the beats in which a P wave is claimed, by the rhythm that cardiologists saw."""
    rows = []
    for name, system in contenders.items():
        beats = {
            rhythm: [beat for strip in some for beat in beats_or_none(system, strip)] for rhythm, some in strips.items()
        }
        shares = [np.mean([beat.p is not None for beat in of_rhythm]) for of_rhythm in beats.values()]
        rows.append([name, *(f"{share:.1%}" for share in shares)])
    return rows


def invariances(strips: Sequence[Strip]) -> list[list[str]]:
    """How far marks move when nothing but the recording of the heart changes."""
    changes: dict[str, tuple[Callable[[Strip], Strip], float]] = {
        "scaled by 0.1": (lambda x: 0.1 * x, FS),
        "scaled by 10": (lambda x: 10 * x, FS),
        "raised by 1 mV": (lambda x: x + 1, FS),
        "upside down": (lambda x: -x, FS),
        "at 250 Hz": (lambda x: dsp.resample_poly(x, 1, 2, padtype="line"), 250),
        "at 1000 Hz": (lambda x: dsp.resample_poly(x, 2, 1, padtype="line"), 1000),
    }
    return [[name, *_moved(strips, change, fs)] for name, (change, fs) in changes.items()]


def _moved(strips: Sequence[Strip], change: Callable[[Strip], Strip], fs: float) -> list[str]:
    moved: list[float] = []
    waves, lost = 0, 0
    for strip in strips:
        before, after = find_waves(strip, FS), find_waves(change(strip), fs)
        for kind in (P, QRS, T):
            old, new = _points(before, kind), _points(after, kind) * FS / fs
            pairs = nearest_pairs(old[:, 1], new[:, 1])
            waves, lost = waves + len(old) + len(new), lost + len(old) + len(new) - 2 * len(pairs)
            moved += list(np.abs(new[pairs[:, 1]] - old[pairs[:, 0]]).ravel())
    ms = np.array(moved) / FS * 1e3
    seen = ms[np.isfinite(ms)]  # a wave that the strip cuts off has a boundary less
    return [f"{np.percentile(seen, 95):.1f}", f"{np.percentile(seen, 99):.1f}", f"{lost / waves:.2%}"]


def _points(beats: Sequence[Beat], kind: int) -> np.ndarray:
    return np.array([(w.onset, w.peak, w.offset) for w in waves_of(beats, kind)], float).reshape(-1, 3)


def ptbxl(data: Path) -> dict[str, Sequence[Strip]]:
    """Lead II of the records with atrial fibrillation, and of normal ones."""
    records = PTBXL.open(data / "ptbxl")
    return {
        code: [records.recording(place).signal[0] for place in range(len(records)) if records.has(place, code)]
        for code in ("AFIB", "NORM")
    }


def main() -> None:
    """Parse the arguments, measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with ludb/ and ptbxl/")
    parser.add_argument("--estimates", type=Path, help="ESTIMATES.json of the cross-validation; without it no accuracy")
    parser.add_argument("--strips", type=int, default=60, help="strips of LUDB to time (default 60)")
    parser.add_argument("--runs", type=int, default=3, help="runs per strip, of which the fastest counts (default 3)")
    arguments = parser.parse_args()

    contenders = systems()
    peers = {name: system for name, system in contenders.items() if name != KALEMIA}
    leads = [lead for lead in read_ludb(arguments.data / "ludb") if lead.name == "II"]
    strips = [lead.signal_mv.astype(float) for lead in leads]
    if arguments.estimates is not None:
        columns = [title for kind in (P, QRS, T) for title in (f"{NAMES[kind]} F1 (Se, PPV)", "onset / offset SD ms")]
        rows = accuracy(leads, arguments.estimates, peers)
        show(f"Lead II of {len(leads)} records of LUDB", ["system", *columns], rows)
    rows = times(strips[: arguments.strips], contenders, arguments.runs)
    show("10 s of lead II on one core", ["system", "median ms", "p95 ms", "times slower"], rows)
    rhythms = ptbxl(arguments.data)
    counted = [f"{code}, {len(some)} records" for code, some in rhythms.items()]
    waving = {name: system for name, system in contenders.items() if "R peaks" not in name}
    show("Beats of PTB-XL in which a P wave is claimed", ["system", *counted], p_claims(rhythms, waving))
    columns = ["change", "95 % of marks move by at most, ms", "99 %", "waves lost or new"]
    show("How far kalemia's marks move", columns, invariances(strips))


if __name__ == "__main__":
    main()
