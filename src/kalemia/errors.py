"""Everything that kalemia raises on purpose.

::

    KalemiaError
    ├── InputError               what was given cannot be read as an ECG
    │   ├── FileMissing          no file there, or a folder, or no permission
    │   ├── EmptyFile            the file has no bytes, or no samples
    │   ├── UnknownFormat        no reader knows this content
    │   ├── CorruptFile          the format is known, the content is broken or truncated
    │   ├── MissingLead          the lead asked for is not in the recording
    │   ├── MissingSamplingRate  the file does not say how fast it was sampled
    │   ├── InvalidSignal        samples, units or rate that cannot be an ECG's
    │   ├── PageTooLarge         more pixels, pages or bytes than a printed ECG has
    │   ├── PageLocked           a PDF that asks for a password
    │   └── PageRefused          a picture was seen, but no ECG can be taken from it for sure
    │       ├── NoGrid           no millimetre grid
    │       ├── NoTrace          a grid, but no curve on it
    │       ├── NoSuchStrip      curves, but not the lead that is needed
    │       └── ScalesDisagree   grid, calibration pulse and printed scales contradict each other
    ├── SignalError              it was read, but nothing can be concluded from it
    │   ├── TooShort             less signal than the step needs
    │   ├── FlatSignal           a flat line, or nothing but gaps
    │   ├── SamplingRateTooLow   too coarse in time to see the waves
    │   ├── NoBeats              no QRS complex found
    │   ├── TooFewCycles         beats found, but too few alike and whole
    │   └── UnknownShape         cycles unlike any that the model has learned from
    ├── ModelError               a trained model cannot be used
    │   ├── ModelMissing         no such model
    │   └── ModelInvalid         a file is missing, damaged, or of another version
    ├── CohortError              a cohort folder is missing, incomplete or contradicts itself
    ├── RunError                 a training run cannot be started, resumed or read
    ├── ConfigError              an unknown key or a value out of range
    ├── OutputError              the result cannot be written where it was asked for
    └── MissingExtra             an optional part of kalemia is not installed

Each message is one line: what was found, what was needed, what to do. The command line prints it and exits with
status 1. `kalemia.estimate` turns a `SignalError` into an abstention: the file was read, the answer is "not from this".
"""

from typing import Any


class KalemiaError(Exception):
    """Base of all errors that kalemia raises on purpose."""


class InputError(KalemiaError):
    """What was given cannot be read as an ECG."""


class FileMissing(InputError):
    """No file there, or a folder, or no permission to read it."""


class EmptyFile(InputError):
    """The file has no bytes, or no samples."""


class UnknownFormat(InputError):
    """No reader knows this content."""


class CorruptFile(InputError):
    """The format is known, but the content is broken or truncated."""


class MissingLead(InputError):
    """The lead asked for is not in the recording."""


class MissingSamplingRate(InputError):
    """The file does not say how fast it was sampled."""


class InvalidSignal(InputError):
    """Samples, units or a sampling rate that cannot be an ECG's."""


class PageTooLarge(InputError):
    """More pixels, pages or bytes than a printed ECG has."""


class PageLocked(InputError):
    """A PDF that asks for a password."""


class PageRefused(InputError):
    """A picture was seen, but no ECG can be taken from it for sure.

    Attributes:
        findings: how far the reading got, a `kalemia.digitization.Findings`; `None` where nothing was seen.
    """

    def __init__(self, message: str, findings: Any = None) -> None:  # noqa: ANN401 the type lies further down the house
        super().__init__(message)
        self.findings = findings


class NoGrid(PageRefused):
    """The picture has no millimetre grid."""


class NoTrace(PageRefused):
    """There is a grid, but no curve on it."""


class NoSuchStrip(PageRefused):
    """There are curves, but not the lead that is needed."""


class ScalesDisagree(PageRefused):
    """Grid, calibration pulse and printed scales contradict each other."""


class SignalError(KalemiaError):
    """The signal was read, but nothing can be concluded from it."""


class TooShort(SignalError):
    """Less signal than the step needs."""


class FlatSignal(SignalError):
    """A flat line, or nothing but gaps."""


class SamplingRateTooLow(SignalError):
    """Too coarse in time to see the waves."""


class NoBeats(SignalError):
    """No QRS complex found."""


class TooFewCycles(SignalError):
    """Beats were found, but too few of them are whole and alike."""


class UnknownShape(SignalError):
    """Its cycles are unlike any that the model has learned from."""


class ModelError(KalemiaError):
    """A trained model cannot be used."""


class ModelMissing(ModelError):
    """No model of that name or in that folder."""


class ModelInvalid(ModelError):
    """A file of the model is missing, damaged, or of another version."""


class CohortError(KalemiaError):
    """A cohort folder is missing, incomplete or contradicts itself."""


class RunError(KalemiaError):
    """A training run cannot be started, resumed or read."""


class ConfigError(KalemiaError):
    """An unknown key in a configuration, or a value out of range."""


class OutputError(KalemiaError):
    """The result cannot be written where it was asked for."""


class MissingExtra(KalemiaError):
    """An optional part of kalemia is not installed."""

    def __init__(self, purpose: str, extra: str) -> None:
        super().__init__(f'{purpose} needs an optional part of kalemia. Install it: pip install "kalemia[{extra}]"')
