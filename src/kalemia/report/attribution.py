"""The section of a report on what the model looks at."""

from kalemia.attribution import Attribution
from kalemia.figures.attribution import attributed_cycle
from kalemia.report.markup import drawing

_WHAT_IT_SHOWS = (
    "How much each part of the median cycle raises or lowers the estimate: the difference made by covering it with a "
    "short straight line. It shows what this model reads in this ECG, not what potassium has done to it."
)


def as_section(attribution: Attribution) -> str:
    """Heading, what the figure shows and does not show, and the figure."""
    shown = attributed_cycle(attribution.cycle[0], attribution.normalisation, attribution.window_ms, attribution.change)
    most = abs(attribution.change).argmax()
    described = (
        "The median cycle, and by how much each part of it moves the estimate: "
        f"most {attribution.window_ms[most]:+.0f} ms from R, by {attribution.change[most]:+.1f} mEq/L"
    )
    return f"<h2>What the model looks at</h2>\n<p>{_WHAT_IT_SHOWS}</p>\n{drawing(shown, described, 'narrow')}"
