"""Which stretch of a page is taken as the lead: the longest that shows it, or the one that the user points at."""

from kalemia.digitization.calibration import Calibration
from kalemia.digitization.digitization import Findings
from kalemia.digitization.segments import Layout, Segment
from kalemia.digitization.strips import Strip, strips_of
from kalemia.errors import NoSuchStrip
from kalemia.recording import STANDARD_LEADS

GIVEN = "given"
"""How one knows which lead a stretch is that the user pointed at."""


def choose(findings: Findings, layout: Layout, lead: str, number: int | None) -> Segment:
    """The stretch with a number, or else the longest of a lead.

    Args:
        findings: with traces, pulses and layout.
        layout: of the page.
        lead: which one is wanted.
        number: of the stretch that is that lead, if the user knows; see `strips_of`.

    Raises:
        NoSuchStrip: it is not on the page.
    """
    return _longest(findings, layout, lead) if number is None else _numbered(strips_of(findings), lead, number)


def _numbered(strips: tuple[Strip, ...], lead: str, number: int) -> Segment:
    if not 1 <= number <= len(strips):
        there = "is 1" if len(strips) == 1 else f"are {len(strips)}"
        raise NoSuchStrip(
            f"strip {number} was asked for, but there {there} on this page, numbered in the overlay. "
            "Choose another with --strip"
        )
    strip = strips[number - 1]
    return Segment(lead, strip.row - 1, 0, strip.left, strip.right, strip.is_whole, GIVEN)


def _longest(findings: Findings, layout: Layout, lead: str) -> Segment:
    """The longest strip of a lead, or else the short one."""
    fitting = [segment for segment in layout.segments if segment.lead == lead]
    if fitting and layout.name == "unknown":  # one misread label is enough to name a wrong curve
        raise NoSuchStrip(
            f"the labels fit no known order of leads, so lead {lead} is not sure. Scan it flat and whole, "
            f"{_or_say(findings, lead)}"
        )
    if not fitting:
        names = [name for name in STANDARD_LEADS if any(segment.lead == name for segment in layout.segments)]
        seen = ", ".join(names) or "curves without a readable label"
        raise NoSuchStrip(
            f"no lead {lead} on this page; seen: {seen}. Give a page that shows lead {lead}, labels included, "
            f"{_or_say(findings, lead)}"
        )
    return max(fitting, key=lambda segment: (segment.is_strip, segment.right - segment.left))


def _or_say(findings: Findings, lead: str) -> str:
    """What a user who sees the lead can do."""
    count = len(strips_of(findings))
    which = "1" if count == 1 else f"1 to {count}"
    return f"or say which curve is lead {lead}: --strip {which}, as numbered in the overlay"


def doubts_about_choice(layout: Layout, calibration: Calibration, chosen: Segment) -> tuple[str, ...]:
    """One sentence each where the stretch is short, or is another lead by the page's own words."""
    seconds = (chosen.right - chosen.left) / calibration.speed_mm_per_s
    if chosen.evidence == GIVEN:
        others = [segment.lead for segment in layout.segments if _is_same(segment, chosen)]
        doubts = [f"By the page this is lead {lead}; lead {chosen.lead} was given." for lead in others]
        return (*doubts, *(() if chosen.is_strip else (f"The stretch that was given has only {seconds:.1f} s.",)))
    if chosen.is_strip:
        return ()
    doubt = "is no long strip that is lead {} for sure" if "?" in layout.name else "is no long strip of lead {}"
    return (f"There {doubt.format(chosen.lead)}; its short segment of {seconds:.1f} s was taken.",)


def _is_same(segment: Segment, chosen: Segment) -> bool:
    """Whether a stretch is the chosen one under another name."""
    place, taken = ((at.row, at.left, at.right) for at in (segment, chosen))
    return place == taken and segment.lead != chosen.lead
