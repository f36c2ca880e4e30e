"""An estimate as one self-contained HTML page, for people."""

from html import escape
from importlib import resources
from string import Template

from kalemia import __version__
from kalemia.answers import Estimate
from kalemia.attribution import Attribution, attribute
from kalemia.digitization.digitization import Digitization
from kalemia.estimation import Estimator
from kalemia.features import measure_features
from kalemia.figures.aligned_cycles import aligned_cycles
from kalemia.figures.potassium_scale import potassium_scale
from kalemia.figures.strip import SHOWN_S, annotated_strip, filter_steps
from kalemia.recording import Recording
from kalemia.report.attribution import as_section as attributed_section
from kalemia.report.excerpt import Excerpt, excerpt_of
from kalemia.report.lines import basis_of, notice
from kalemia.report.markup import drawing, rows, sentence
from kalemia.report.measures import as_table
from kalemia.report.printed_page import as_section as printed_section


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
    excerpt, lead = excerpt_of(recording, estimator.config.preprocessing), estimator.config.preprocessing.lead
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
        facts=rows(facts_of(recording, estimate, estimator)),
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


def _figures(excerpt: Excerpt, recording: Recording, lead: str, attribution: Attribution | None) -> str:
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


def _measures(excerpt: Excerpt) -> str:
    """Intervals and waves of the usable beats shown, as a table; nothing where there is none."""
    if excerpt.cycles is None:
        return ""
    measured = measure_features(excerpt.as_read, excerpt.as_read.leads[0], excerpt.beats)
    return f"<h2>Intervals and waves: medians of the usable beats shown</h2>\n{as_table(measured)}"


def facts_of(recording: Recording, estimate: Estimate, estimator: Estimator) -> dict[str, str]:
    """What was done, by which model, and where that comes from: labels and sentences."""
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
