import re
from pathlib import Path

import pytest

from kalemia import __version__
from kalemia.cohorts import Cohort
from kalemia.simulation import simulate_recording

ROOT = Path(__file__).parent.parent


def python_in(document):
    return "\n".join(re.findall(r"```python\n(.*?)```", (ROOT / document).read_text(encoding="utf-8"), re.DOTALL))


def test_the_readme_runs(tmp_path, monkeypatch, capsys):
    signal = simulate_recording(5.0, seed=1).recording.signal[0]
    rows = "".join(f"{i / 500:.3f},{mv:.4f}\n" for i, mv in enumerate(signal))
    (tmp_path / "ecg.edf").write_text("time_s,ii_mv\n" + rows)  # the content decides, not the name
    monkeypatch.chdir(tmp_path)
    exec(compile(python_in("README.md"), "README.md", "exec"), {})  # noqa: S102
    printed = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"[\d.]+ mEq/L \(90 % interval [\d.]+ to [\d.]+\)", printed[0])
    assert printed[1].startswith("(")


def test_a_cohort_as_the_documentation_makes_it_opens(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(python_in("docs/cohorts.md"), "cohorts.md", "exec"), {})  # noqa: S102
    assert len(Cohort.open("cohort")) == 2


def test_the_template_library_is_used_as_documented(capsys):
    exec(compile(python_in("docs/cell_model.md"), "cell_model.md", "exec"), {})  # noqa: S102
    assert 200 < float(capsys.readouterr().out.split()[0]) < 400


def test_what_a_model_looks_at_is_asked_as_documented(capsys):
    exec(compile(python_in("docs/attribution.md"), "attribution.md", "exec"), {})  # noqa: S102
    assert -340 < float(capsys.readouterr().out) < 684


@pytest.mark.parametrize("document", ["README.md", *(str(p.relative_to(ROOT)) for p in (ROOT / "docs").glob("*.md"))])
def test_links_lead_somewhere(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert (ROOT / document).parent.joinpath(target).exists(), target


def test_one_version_everywhere():
    assert f"version: {__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
