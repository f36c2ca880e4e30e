"""What a worker does with a job: the library called, its answer in the form that was asked for."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

from kalemia.answers import Estimate
from kalemia.digitization import Digitization, digitize, summary
from kalemia.digitization.overlay import draw_overlay, picture_to_bytes
from kalemia.digitization.page import Picture
from kalemia.digitization.redaction import redact
from kalemia.digitization.strip_csv import strip_as_csv
from kalemia.errors import KalemiaError, ModelMissing, PageRefused
from kalemia.estimation import Estimator
from kalemia.leads import take_lead
from kalemia.preprocessing import find_beats
from kalemia.quality import judge_quality
from kalemia.reading import named, read
from kalemia.report import delineation, lines
from kalemia.report.page import as_html
from kalemia.service import problems
from kalemia.service.asked import (
    SAMPLES,
    Asked,
    asked_with_files,
    asked_with_samples,
    corrections_of,
    path_of,
    recording_of,
)
from kalemia.service.fhir import as_observation
from kalemia.service.fields import (
    DelineateFields,
    DelineateSamples,
    DigitizeFields,
    EstimateFields,
    EstimateSamples,
    ModelFields,
    of_form,
    of_json,
)
from kalemia.service.logs import fault_of
from kalemia.service.media import CSV, FHIR, HTML, JPEG, JSON, PNG, encoded
from kalemia.service.page_view import refused_view
from kalemia.service.problems import Problem
from kalemia.service.view import details, numbers
from kalemia.service.wire import Answer, Job, Tell
from kalemia.shipped import EXAMPLE

_NO_MEMORY = (
    "Insufficient memory",
    "bad_alloc",
    "ailed to allocate",
    "annot allocate memory",
    "new thread",
    "Resource temp",
)


class Desk:
    """Answers jobs with models that are loaded once.

    Args:
        models: folders by name, the default first.
    """

    def __init__(self, models: Mapping[str, str]) -> None:
        self._folders = {name: Path(folder) for name, folder in models.items()}
        self._loaded: dict[str, Estimator] = {}

    def warm_up(self) -> None:
        """Do once what is slow the first time.

        Raises:
            ModelError: a model that requests may name cannot be used.
        """
        for name in self._folders:
            self._estimator(name)
        found, estimator = digitize(EXAMPLE), self._estimator(None)
        details(found.recording, estimator.estimate_recording(found.recording), estimator, found)

    def models(self) -> bytes:
        """What each model is, as JSON."""
        known = [_described(name, self._estimator(name)) for name in self._folders]
        return encoded({"default": next(iter(self._folders)), "models": known})

    def answer(self, job: Job, tell: Tell) -> Answer:
        """The answer, also where it is a problem.

        Args:
            job: what is asked.
            tell: is told each stage of an estimate as it begins.
        """
        try:
            return self._answered(job, tell)
        except Exception as error:  # whatever it is, the next job is another one
            if _is_want_of_memory(error):
                return _problem(problems.needs_too_much_memory(name_of(job)), job)
            answer = _problem(problems.unexpected(error, name_of(job)), job)
            return replace(answer, fault=fault_of(error))

    def _answered(self, job: Job, tell: Tell) -> Answer:
        try:
            if job.task == "estimate":
                return self._estimate(job, tell)
            return _digitize(job) if job.task == "digitize" else _delineate(job)
        except KalemiaError as error:
            wants_all = job.fields.get("detail") == ("full",)
            seen = refused_view(error) if wants_all and isinstance(error, PageRefused) else None
            return _problem(problems.problem_of(error, page=seen), job)

    def _estimator(self, name: str | None) -> Estimator:
        name = name or next(iter(self._folders))
        if name not in self._folders:
            raise ModelMissing(f"{name}: no such model. There are: {', '.join(self._folders)}")
        if name not in self._loaded:
            self._loaded[name] = Estimator.load(self._folders[name])
        return self._loaded[name]

    def _estimate(self, job: Job, tell: Tell) -> Answer:
        fields: ModelFields
        if job.json_file is not None:
            fields = from_json = of_json(EstimateSamples, Path(job.json_file).read_bytes())
            estimator = self._estimator(fields.model)
            asked = asked_with_samples(from_json, estimator)
        else:
            fields = from_form = of_form(EstimateFields, job.fields)
            estimator = self._estimator(fields.model)
            asked = asked_with_files(job, from_form, estimator, tell)
        tell("estimate")
        estimate = estimator.estimate_recording(asked.recording, asked.references, asked.prior)
        is_full = fields.detail == "full"
        if is_full:
            tell("pictures")
        return _shown(job.media_type, asked, estimate, estimator, full=is_full)


def _described(name: str, estimator: Estimator) -> dict[str, object]:
    config = estimator.config
    return {
        "name": name,
        "architecture": config.architecture.name,
        "parameters": config.architecture.parameters,
        "lead": config.preprocessing.lead,
        "simulated": estimator.simulated,
        "patients": config.cohort.patients,
        "recordings": config.cohort.recordings,
        "priors": list(estimator.priors),
        "references": estimator.reads_references,
        "notice": lines.notice(estimator),
    }


def name_of(job: Job) -> str:
    """What the recording of a job is called."""
    return job.upload.names[0] if job.upload and job.upload.names else SAMPLES


def _is_want_of_memory(error: Exception) -> bool:
    """Whether memory is what was missing; libraries say so in their own ways."""
    return isinstance(error, MemoryError) or any(words in str(error) for words in _NO_MEMORY)


def _problem(problem: Problem, job: Job) -> Answer:
    told = problem.with_id(job.request_id)
    return Answer(problem.status, problems.MEDIA_TYPE, problem.error, told.to_bytes())


def _shown(media_type: str, asked: Asked, estimate: Estimate, estimator: Estimator, *, full: bool) -> Answer:
    """An estimate as it was asked for."""
    outcome = "abstained" if estimate.abstained else "estimate"
    stem = Path(asked.file).stem
    if media_type == HTML:
        page = as_html(asked.file, asked.recording, estimate, estimator, asked.digitization)
        return Answer(200, HTML, outcome, page.encode(), f"{stem}-report.html")
    if media_type == CSV:
        strip = strip_as_csv(take_lead(asked.recording, estimator.config.preprocessing.lead))
        return Answer(200, CSV, outcome, strip.encode(), f"{stem}-strip.csv")
    if media_type == FHIR:
        return Answer(200, FHIR, outcome, encoded(as_observation(estimate, estimator)))
    said = {**lines.as_json(asked.file, estimate), "unit": "mEq/L", "notice": lines.notice(estimator)}
    shown = details(asked.recording, estimate, estimator, asked.digitization) if full else None
    return Answer(200, JSON, outcome, encoded({**said, "details": shown}))


def _digitize(job: Job) -> Answer:
    fields = of_form(DigitizeFields, job.fields)
    path = path_of(job.upload, "file")
    with named(path):
        found = digitize(path, lead=fields.lead, all_leads=fields.all_leads, **asdict(corrections_of(fields)))
    if job.media_type == CSV:
        return Answer(200, CSV, "digitized", strip_as_csv(found.recording).encode(), f"{path.stem}-strip.csv")
    if job.media_type in (PNG, JPEG):
        picture = picture_to_bytes(_overlay(found, fields), ".png" if job.media_type == PNG else ".jpg")
        return Answer(200, job.media_type, "digitized", picture)
    signal = {lead: numbers(row) for lead, row in zip(found.recording.leads, found.recording.signal, strict=True)}
    return Answer(200, JSON, "digitized", encoded({**summary.as_json(path.name, found), "signal_mv": signal}))


def _overlay(found: Digitization, fields: DigitizeFields) -> Picture:
    findings, notes = redact(found.findings) if fields.redact else (found.findings, ())
    return draw_overlay(findings, None, notes)


def _delineate(job: Job) -> Answer:
    if job.json_file is not None:
        samples = of_json(DelineateSamples, Path(job.json_file).read_bytes())
        name, recording = SAMPLES, recording_of(SAMPLES, samples, samples.lead)
    else:
        fields = of_form(DelineateFields, job.fields)
        path = path_of(job.upload, "file")
        name, recording = path.name, read(path, fields.lead, fields.fs, fields.unit)
    with named(Path(name)):
        beats = find_beats(recording)
        quality = judge_quality(recording, recording.leads[0], beats)
    return Answer(200, JSON, "delineated", encoded(delineation.as_json(name, recording, beats, quality)))
