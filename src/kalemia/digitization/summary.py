"""What a user is told of a page: lines of text for people, JSON for machines."""

from kalemia.digitization.digitization import Digitization, Findings
from kalemia.digitization.doubts import doubts_about, strip_seconds, traced_share
from kalemia.digitization.strips import Strip, strips_of


def as_text(file: str, digitization: Digitization) -> str:
    """What was found, how it is known, how sure it is, and one line for each warning."""
    found, known = digitization, digitization.evidence
    leads = ", ".join(found.recording.leads)
    lines = [
        f"{file}: lead {leads}, {strip_seconds(found):.2f} s, layout {found.layout}",
        f"  speed       {found.speed_mm_per_s:g} mm/s ({known['speed']})",
        f"  gain        {found.gain_mm_per_mv:g} mm/mV ({known['gain']})",
        f"  grid        {known['grid']}",
        f"  lead        {found.recording.leads[0]} ({known['lead']})",
        f"  confidence  {found.mean_confidence:.2f} of 1, {traced_share(found):.0%} of the strip traced",
    ]
    return "\n".join([*lines, *(f"  warning: {warning}" for warning in warnings_of(found))])


def as_json(file: str, digitization: Digitization) -> dict[str, object]:
    """The agreed keys of `kalemia digitize --json`, and some more.

    `strip_box_px` has the strip's corners (x, y) in the upright page, from the top left clockwise.
    """
    return {
        "file": file,
        "layout": digitization.layout,
        "speed_mm_per_s": digitization.speed_mm_per_s,
        "gain_mm_per_mv": digitization.gain_mm_per_mv,
        "evidence": digitization.evidence,
        "confidence": round(digitization.mean_confidence, 3),
        "warnings": list(warnings_of(digitization)),
        "refused": False,
        "reason": None,
        "refusal": None,
        "page": digitization.findings.number,
        "rotation_deg": digitization.findings.rotation_deg,
        "leads": list(digitization.recording.leads),
        "fs": digitization.recording.fs,
        "seconds": round(strip_seconds(digitization), 3),
        "traced": round(traced_share(digitization), 4),
        "strip_box_px": [[round(float(x), 1), round(float(y), 1)] for x, y in digitization.strip_box],
        "strips": _strips_as_json(digitization.findings),
    }


def refusal_as_json(file: str, reason: str, refusal: str, findings: Findings | None) -> dict[str, object]:
    """The same keys for a page that gave no strip, with its layout if that was found; the rest is null.

    Args:
        file: as it was named.
        reason: one line.
        refusal: the kind of error, such as `NoGrid`.
        findings: how far the reading got.
    """
    layout = findings.layout if findings else None
    return {
        "file": file,
        "layout": layout.name if layout else None,
        "speed_mm_per_s": None,
        "gain_mm_per_mv": None,
        "evidence": None,
        "confidence": None,
        "warnings": [*(findings.warnings if findings else ()), *(layout.warnings if layout else ())],
        "refused": True,
        "reason": reason,
        "refusal": refusal,
        "page": findings.number if findings else None,
        "rotation_deg": findings.rotation_deg if findings else None,
        "leads": [],
        "fs": None,
        "seconds": None,
        "traced": None,
        "strip_box_px": None,
        "strips": _strips_as_json(findings) if findings else [],
    }


def _strips_as_json(findings: Findings) -> list[dict[str, object]]:
    """What `--strip` can name."""
    return [strip_as_json(strip, findings) for strip in strips_of(findings)]


def strip_as_json(strip: Strip, findings: Findings) -> dict[str, object]:
    """A stretch of a page that could be the lead; its seconds where the paper speed is known."""
    speed = findings.calibration.speed_mm_per_s if findings.calibration else None
    return {
        "number": strip.number,
        "row": strip.row,
        "lead": strip.lead,
        "seconds": round((strip.right - strip.left) / speed, 3) if speed else None,
    }


def warnings_of(digitization: Digitization) -> tuple[str, ...]:
    """All that a reader should know before using the strip, one sentence each."""
    return (*digitization.warnings, *doubts_about(digitization))
