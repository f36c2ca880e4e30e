"""What a request asks about: its recordings, read."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kalemia.digitization import Corrections, Digitization
from kalemia.errors import ConfigError, InputError, SignalError
from kalemia.estimation import Estimator
from kalemia.personal import Reference
from kalemia.reading import named, of_samples, read, read_with_page
from kalemia.recording import Recording
from kalemia.service.fields import EstimateFields, EstimateSamples, PageFields, Samples
from kalemia.service.wire import Job, Tell, Upload

SAMPLES = "samples"
"""What a recording is called that came as numbers."""


@dataclass(frozen=True, eq=False)
class Asked:
    """A question about potassium, whether it came as a form or as JSON."""

    file: str
    recording: Recording
    digitization: Digitization | None
    references: tuple[Reference, ...]
    prior: str | None


def asked_with_files(job: Job, fields: EstimateFields, estimator: Estimator, tell: Tell) -> Asked:
    """From a form.

    Raises:
        InputError: a file cannot be read, or there is none.
        ConfigError: earlier ECGs without their blood tests, or the other way round.
        SignalError: an earlier ECG is no use.
    """
    if len(job.references) != len(fields.reference_potassium):
        raise ConfigError(
            f"{len(job.references)} earlier ECGs but {len(fields.reference_potassium)} blood tests. Send "
            "reference_file and reference_potassium in pairs"
        )
    path = path_of(job.upload, "file")
    lead = estimator.config.preprocessing.lead
    found = read_with_page(path, lead, fields.fs, fields.unit, corrections=corrections_of(fields), on_stage=tell)
    pairs = zip(job.references, fields.reference_potassium, strict=True)
    earlier = tuple(_reference(upload, potassium, fields, estimator) for upload, potassium in pairs)
    return Asked(path.name, found.recording, found.digitization, earlier, fields.prior)


def _reference(upload: Upload, potassium: float, fields: EstimateFields, estimator: Estimator) -> Reference:
    path = path_of(upload, "reference_file")
    try:
        recording = read(path, estimator.config.preprocessing.lead, fields.fs, fields.unit)
    except InputError as error:  # without what was seen of it, which must not pass for the page that is asked about
        raise InputError(f"{error}. So it is no use as a reference") from None
    return _as_reference(path.name, recording, potassium, estimator)


def _as_reference(name: str, recording: Recording, potassium: float, estimator: Estimator) -> Reference:
    try:
        return estimator.reference(recording, potassium)
    except SignalError as error:
        raise type(error)(f"{name}: no use as a reference: {error}") from None


def asked_with_samples(fields: EstimateSamples, estimator: Estimator) -> Asked:
    """From JSON.

    Raises:
        InputError, SignalError: as `asked_with_files`.
    """
    lead = estimator.config.preprocessing.lead
    recording = recording_of(SAMPLES, fields, lead)
    named_references = {f"reference {number}": sent for number, sent in enumerate(fields.references, start=1)}
    earlier = tuple(
        _as_reference(name, recording_of(name, sent, lead), sent.potassium, estimator)
        for name, sent in named_references.items()
    )
    return Asked(SAMPLES, recording, None, earlier, fields.prior)


def recording_of(name: str, fields: Samples, lead: str) -> Recording:
    """A lead that came as numbers.

    Raises:
        InputError: nothing gives that lead, or the numbers cannot be an ECG's.
    """
    with named(Path(name)):
        sent = fields.samples if isinstance(fields.samples, dict) else {fields.lead or "": fields.samples}
        leads = {title: np.array(samples, dtype=np.float64) for title, samples in sent.items()}
        return of_samples(leads, fields.fs, fields.unit, lead)


def path_of(upload: Upload | None, field: str) -> Path:
    """The file to read: the only one, or a WFDB header among its signal files.

    Raises:
        InputError: there is none, or it is not known which.
    """
    names = upload.names if upload else ()
    headers = [name for name in names if name.lower().endswith(".hea")]
    if not names or upload is None:
        raise InputError(f'no file. Send the recording in the form field "{field}", with a file name')
    if len(names) != len(set(names)):
        raise InputError("two files of one name. Send each once")
    if len(names) > 1 and len(headers) != 1:
        raise InputError(f"{len(names)} files. Send one, or a WFDB header (.hea) with its signal files")
    return Path(upload.folder) / (headers[0] if headers else names[0])


def corrections_of(fields: PageFields) -> Corrections:
    """What the user knows better than the page."""
    return Corrections(
        page=fields.page,
        rotation_deg=fields.rotation_deg,
        strip=fields.strip,
        speed_mm_per_s=fields.speed_mm_per_s,
        gain_mm_per_mv=fields.gain_mm_per_mv,
    )
