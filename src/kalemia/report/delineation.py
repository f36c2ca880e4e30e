"""Waves and their quality for machines."""

from collections.abc import Sequence

from kalemia.delineation import Beat, Beats, Wave
from kalemia.quality import Quality
from kalemia.recording import Recording

_WAVES = {"P": "p", "QRS": "qrs", "T": "t"}


def as_json(file: str, recording: Recording, beats: Beats, quality: Quality) -> dict[str, object]:
    """The agreed keys of `kalemia delineate --json`; marks are in samples of the recording.

    Args:
        file: what to call the recording.
        recording: as read, with the lead alone.
        beats: of that lead, in samples of the recording.
        quality: of that lead.
    """
    return {
        "file": file,
        "fs": recording.fs,
        "method": beats.method,
        "waves": waves_as_json(beats),
        "quality": quality_as_json(quality),
        "warnings": list(recording.warnings),
        "error": None,
    }


def error_as_json(file: str, message: str) -> dict[str, object]:
    """The same keys for a file that could not be read."""
    nothing = dict.fromkeys(("fs", "method", "waves", "quality"))
    return {"file": file, **nothing, "warnings": [], "error": message}


def waves_as_json(beats: Sequence[Beat]) -> dict[str, list[list[int | None]]]:
    """Onset, peak and offset of each wave that is there."""
    return {
        name: [_points(wave) for beat in beats if (wave := getattr(beat, part)) is not None]
        for name, part in _WAVES.items()
    }


def _points(wave: Wave) -> list[int | None]:
    return [wave.onset, wave.peak, wave.offset]


def quality_as_json(quality: Quality) -> dict[str, object]:
    """The quality of the lead, and of each QRS complex in the order of the waves."""
    return {
        "verdict": quality.verdict,
        "reason": quality.reason,
        "doubts": list(quality.doubts),
        "signs": list(quality.signs),
        "noise": None if quality.noise is None else round(quality.noise, 4),
        "per_beat": list(quality.per_beat),
    }
