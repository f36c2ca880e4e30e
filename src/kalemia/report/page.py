"""An estimate as one self-contained HTML page, for people."""

from dataclasses import dataclass, replace
from html import escape
from importlib import resources
from string import Template

import numpy as np

from kalemia import __version__
from kalemia.answers import Estimate
from kalemia.attribution import Attribution, attribute
from kalemia.cycles import Cycles, extract_cycles
from kalemia.delineation import Beats, delineate
from kalemia.digitization.digitization import Digitization
from kalemia.errors import SignalError
from kalemia.estimation import Estimator
from kalemia.features import measure_features
from kalemia.figures.aligned_cycles import aligned_cycles
from kalemia.figures.potassium_scale import potassium_scale
from kalemia.figures.strip import SHOWN_S, annotated_strip, filter_steps
from kalemia.filtering import cleaning_steps
from kalemia.leads import take_lead
from kalemia.preprocessing import Preprocessing
from kalemia.recording import Recording
from kalemia.report.attribution import as_section as attributed_section
from kalemia.report.lines import basis_of, notice
from kalemia.report.markup import drawing, rows, sentence
from kalemia.report.measures import as_table
from kalemia.report.printed_page import as_section as printed_section

SEARCHED_EXCERPTS = 30
"""How far into a long recording the page looks for an excerpt that has cycles."""


def as_html(
    file: str,
    recording: Recording,
    estimate: Estimate,
    estimator: Estimator,
    digitization: Digitization | None = None,
) -> str:
    """A page that stands alone: no script, no request, figures inside.

    Args:
        file: what to call the recording.
        recording: as read; its first ten seconds with usable cycles are shown.
        estimate: what `estimator` made of it.
        estimator: the model.
        digitization: where the recording was read from a printed page, that page.
    """
    excerpt, lead = _excerpt(recording, estimator.config.preprocessing), estimator.config.preprocessing.lead
    attribution = attribute(estimator, excerpt.cycles) if excerpt.cycles and not estimate.abstained else None
    page = Template(resources.files("kalemia.report").joinpath("page.html").read_text(encoding="utf-8"))
    return page.substitute(
        version=__version__,
        file=escape(file),
        notice=escape(notice(estimator)),
        answer=_answer(estimate),
        warnings="".join(f'<p class="notice">{escape(sentence(warning))}</p>' for warning in estimate.warnings),
        printed=printed_section(digitization) if digitization is not None else "",
        figures=_figures(excerpt, recording, lead, attribution),
        measures=_measures(excerpt),
        facts=rows(_facts(recording, estimate, estimator)),
    )


def _answer(estimate: Estimate) -> str:
    if estimate.potassium is None or estimate.interval is None:
        return f'<p class="answer">No estimate</p><p>{escape(sentence(estimate.reason or ""))}</p>'
    low, high = estimate.interval
    scale = potassium_scale(estimate.potassium, estimate.interval)
    return (
        f'<p class="answer">{estimate.potassium:.1f} <small>mEq/L</small></p>'
        f"<p>90 % interval {low:.1f} to {high:.1f} mEq/L; {basis_of(estimate)}</p>"
        + drawing(scale, f"{estimate.potassium:.1f} mEq/L on the scale of the six ranges of the study")
    )


@dataclass(frozen=True)
class _Excerpt:
    """What the page shows of a recording."""

    start_s: float
    steps: tuple[tuple[str, Recording], ...]
    beats: Beats
    cycles: Cycles | None

    @property
    def strip(self) -> Recording:
        """As clean as it got."""
        return self.steps[-1][1]


def _excerpt(recording: Recording, preprocessing: Preprocessing) -> _Excerpt:
    """The first stretch with cycles, of the length of a printed strip; the very first one where there is none."""
    lead = take_lead(recording, preprocessing.lead)
    starts_s = np.arange(0, max(lead.duration_s - SHOWN_S / 2, SHOWN_S / 2), SHOWN_S)[:SEARCHED_EXCERPTS]
    excerpts = (_stages(lead, start_s, preprocessing) for start_s in starts_s)
    first = next(excerpts)
    return first if first.cycles else next((excerpt for excerpt in excerpts if excerpt.cycles), first)


def _stages(lead: Recording, start_s: float, preprocessing: Preprocessing) -> _Excerpt:
    """One stretch, as far through the stages as the signal goes."""
    start = round(start_s * lead.fs)
    raw = replace(lead, signal=lead.signal[:, start : start + round(SHOWN_S * lead.fs)])
    excerpt = _Excerpt(start_s, (("as read", raw),), Beats((), raw.fs), None)
    try:
        excerpt = replace(excerpt, steps=tuple(cleaning_steps(raw)))
        excerpt = replace(excerpt, beats=delineate(excerpt.strip, preprocessing.lead))
        return replace(excerpt, cycles=extract_cycles(excerpt.strip, excerpt.beats, preprocessing.normalisation))
    except SignalError:
        return excerpt


def _figures(excerpt: _Excerpt, recording: Recording, lead: str, attribution: Attribution | None) -> str:
    is_part = recording.duration_s > SHOWN_S
    shown = f"{SHOWN_S:g} s of lead {lead}, from {excerpt.start_s:g} s on" if is_part else f"Lead {lead}"
    parts = [
        f"<h2>{escape(shown)}, cleaned, with its beats</h2>",
        drawing(annotated_strip(excerpt.strip, excerpt.beats), f"Lead {lead}, {len(excerpt.beats)} beats marked"),
    ]
    if excerpt.cycles is not None:
        parts += [
            f"<h2>Single cycles{' of this part' if is_part else ''} and their mean: what the model reads</h2>",
            drawing(
                aligned_cycles(excerpt.cycles), f"{len(excerpt.cycles)} cycles aligned at R, with their mean", "narrow"
            ),
        ]
    if attribution is not None:
        parts.append(attributed_section(attribution))
    names = "; ".join(name for name, _ in excerpt.steps)
    parts += ["<h2>The strip after each filter</h2>", drawing(filter_steps(excerpt.steps), f"The strip: {names}")]
    return "\n".join(parts)


def _measures(excerpt: _Excerpt) -> str:
    """Intervals and waves of the usable beats shown, as a table; nothing where there is none."""
    if excerpt.cycles is None:
        return ""
    as_read = excerpt.steps[0][1]
    measured = measure_features(as_read, as_read.leads[0], excerpt.beats)
    return f"<h2>Intervals and waves: medians of the usable beats shown</h2>\n{as_table(measured)}"


def _facts(recording: Recording, estimate: Estimate, estimator: Estimator) -> dict[str, str]:
    config, cohort = estimator.config, estimator.config.cohort
    patients = f"{cohort.patients} {'simulated ' if cohort.simulated else ''}patients"
    return {
        "Recording": f"{recording.duration_s:.1f} s at {recording.fs:g} Hz; leads: {', '.join(recording.leads)}",
        "Lead read": config.preprocessing.lead,
        "Cycles used": str(estimate.n_cycles),
        "Beats left out": "; ".join(f"{n} {why}" for why, n in estimate.rejected.items()) or "none",
        "Model": f"{estimate.model}: {config.architecture.name}, {config.architecture.parameters:,} parameters",
        "Learned from": f"{patients}, {cohort.recordings} ECGs",
        "Interval": f"90 %, from {'simulated ' if cohort.simulated else ''}patients that the model was not trained on",
        "Made by": f"kalemia {__version__}",
    }
