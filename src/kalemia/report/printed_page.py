"""The part of the page that shows what a strip was read from."""

from kalemia.digitization.close_up import draw_close_up
from kalemia.digitization.digitization import Digitization
from kalemia.digitization.doubts import strip_seconds, traced_share
from kalemia.digitization.summary import warnings_of
from kalemia.report.markup import photograph, rows, sentence


def as_section(digitization: Digitization) -> str:
    """The overlay, the strip from near, and a table of what was found and how it is known."""
    lead = digitization.recording.leads[0]
    parts = [
        "<h2>The printed page, and what was read from it</h2>",
        "<p class='soft'>If the coloured curve does not lie on the printed one, the estimate is worth nothing.</p>",
        photograph(digitization.overlay(), f"The page, with the curve of lead {lead} as it was read lying on it"),
    ]
    close_up = draw_close_up(digitization.findings)
    if close_up is not None:
        parts += [f"<h2>Lead {lead} from near</h2>", photograph(close_up, f"The strip of lead {lead}, laid flat")]
    return "\n".join([*parts, f"<table>\n{rows(_facts(digitization))}\n</table>"])


def _facts(found: Digitization) -> dict[str, str]:
    known = found.evidence
    return {
        "Layout": found.layout,
        "Lead": f"{found.recording.leads[0]}, {strip_seconds(found):.2f} s; known by: {known['lead']}",
        "Paper speed": f"{found.speed_mm_per_s:g} mm/s; {known['speed']}",
        "Gain": f"{found.gain_mm_per_mv:g} mm/mV; {known['gain']}",
        "Grid": known["grid"],
        "Confidence": f"{found.mean_confidence:.2f} of 1; {traced_share(found):.0%} of the strip traced",
        "Warnings": " ".join(sentence(warning) for warning in warnings_of(found)) or "none",
    }
