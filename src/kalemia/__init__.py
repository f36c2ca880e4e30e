"""kalemia: serum potassium from an ECG that is already there.

The names below load their modules when they are first used, so that `import kalemia` is quick.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kalemia.answers import Estimate
    from kalemia.cycles import Cycle, Cycles, extract_cycles
    from kalemia.delineation import Beat, Beats, Wave, delineate, detect_r_peaks
    from kalemia.digitization import Digitization, digitize
    from kalemia.errors import KalemiaError
    from kalemia.estimation import Estimator, estimate
    from kalemia.features import measure_features
    from kalemia.filtering import clean
    from kalemia.quality import Quality, judge_quality
    from kalemia.reading import read
    from kalemia.recording import Recording

__version__ = "0.1.0"

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # ONNX Runtime would report its use to its makers

_HOME = {
    "Beat": "kalemia.delineation",
    "Beats": "kalemia.delineation",
    "Cycle": "kalemia.cycles",
    "Cycles": "kalemia.cycles",
    "Digitization": "kalemia.digitization",
    "Estimate": "kalemia.answers",
    "Estimator": "kalemia.estimation",
    "KalemiaError": "kalemia.errors",
    "Quality": "kalemia.quality",
    "Recording": "kalemia.recording",
    "Wave": "kalemia.delineation",
    "clean": "kalemia.filtering",
    "delineate": "kalemia.delineation",
    "detect_r_peaks": "kalemia.delineation",
    "digitize": "kalemia.digitization",
    "estimate": "kalemia.estimation",
    "extract_cycles": "kalemia.cycles",
    "judge_quality": "kalemia.quality",
    "measure_features": "kalemia.features",
    "read": "kalemia.reading",
}

__all__ = [
    "Beat",
    "Beats",
    "Cycle",
    "Cycles",
    "Digitization",
    "Estimate",
    "Estimator",
    "KalemiaError",
    "Quality",
    "Recording",
    "Wave",
    "clean",
    "delineate",
    "detect_r_peaks",
    "digitize",
    "estimate",
    "extract_cycles",
    "judge_quality",
    "measure_features",
    "read",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'kalemia' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
