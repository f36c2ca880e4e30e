"""`kalemia demo`: one example from photograph to report."""

import json
from pathlib import Path

from kalemia.digitization import digitize
from kalemia.digitization.overlay import save_overlay
from kalemia.digitization.strip_csv import write_strip
from kalemia.estimation import Estimator
from kalemia.report.lines import notice
from kalemia.report.page import as_html
from kalemia.shipped import EXAMPLE, EXAMPLE_TRUTH
from kalemia.writing import whole_or_nothing, write_text


def run_demo(folder: Path, program: str = "kalemia") -> str:
    """Write the embedded photograph to a folder, and beside it what kalemia makes of it.

    Args:
        folder: where to.
        program: how the command line is called here.

    Returns:
        What to show: the estimate beside the truth, what was written, and what to try next.

    Raises:
        OutputError: the folder cannot be written.
    """
    truth = json.loads(EXAMPLE_TRUTH.read_text(encoding="utf-8"))
    photo = folder / EXAMPLE.name
    with whole_or_nothing(photo) as draft:
        draft.write_bytes(EXAMPLE.read_bytes())
    found = digitize(photo)
    estimator = Estimator.load()
    estimate = estimator.estimate_recording(found.recording)
    strip = write_strip(folder / "strip.csv", found.recording)
    overlay = save_overlay(folder / "overlay.png", found.overlay())
    page = write_text(folder / "report.html", as_html(photo.name, found.recording, estimate, estimator, found))
    return f"""\
A photograph of an average simulated patient's ECG: lead II, {found.recording.duration_s:.1f} s read from paper.

  estimate    {estimate}
  truth       {truth["potassium_true"]:.1f} mEq/L (known, because the patient is simulated)

Some patients are harder, some easier: BENCHMARKS.md has the errors over many of them.
{notice(estimator)}

In {folder}:
  {photo.name:<24}the photograph
  {overlay.name:<24}what was read, lying on it
  {strip.name:<24}lead II in mV
  {page.name:<24}the estimate with every step

Try next:
  {program} digitize {photo} -o strip.csv --overlay overlay.png --redact
  {program} estimate YOUR_ECG_OR_PHOTO --report report.html
  {program} print {strip} -o page.pdf
  {program} simulate -o cohort --patients 200"""
