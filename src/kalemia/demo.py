"""`kalemia demo`: one example from file to report."""

import json
from importlib import resources
from pathlib import Path

from kalemia.estimation import Estimator
from kalemia.reading import read
from kalemia.report.lines import notice
from kalemia.report.page import as_html
from kalemia.writing import write_text

EXAMPLE, TRUTH = "simulated_patient.csv", "simulated_patient.json"


def run_demo(folder: Path, program: str = "kalemia") -> str:
    """Write the embedded example and its report to a folder.

    Args:
        folder: where to.
        program: how the command line is called here.

    Returns:
        What to show: the estimate beside the truth, where the report lies, and what to try next.

    Raises:
        OutputError: the folder cannot be written.
    """
    source = resources.files("kalemia") / "example"
    truth = json.loads((source / TRUTH).read_text(encoding="utf-8"))
    file = write_text(folder / EXAMPLE, (source / EXAMPLE).read_text(encoding="utf-8"))
    recording = read(file)
    estimator = Estimator.load()
    estimate = estimator.estimate_recording(recording)
    page = write_text(folder / "report.html", as_html(file.name, recording, estimate, estimator))
    return f"""\
An average simulated patient: lead II, {recording.duration_s:g} s at {recording.fs:g} Hz.

  estimate    {estimate}
  truth       {truth["potassium_true"]:.1f} mEq/L (known, because the patient is simulated)

Most patients are harder: BENCHMARKS.md has the errors over many of them.
{notice(estimator)}
The report: {page}

Try next:
  {program} estimate {file} --json
  {program} estimate YOUR_ECG --report report.html
  {program} simulate -o cohort --patients 200"""
