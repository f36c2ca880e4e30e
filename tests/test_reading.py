import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kalemia.digitization import Corrections
from kalemia.errors import (
    CorruptFile,
    EmptyFile,
    FileMissing,
    InputError,
    InvalidSignal,
    MissingLead,
    MissingSamplingRate,
    NoGrid,
    UnknownFormat,
)
from kalemia.reading import files_in, pages_in, read, read_with_page
from kalemia.recording import STANDARD_LEADS, Recording
from kalemia.simulation import simulate_recording
from kalemia.simulation.paper import PageStyle, write_page


def ecg(height_mv=1.0, seconds=5.0, fs=500.0):
    time_s = np.arange(round(seconds * fs)) / fs
    return height_mv * np.exp(-(((time_s % 0.8 - 0.4) / 0.015) ** 2))


def saved(folder, **arrays):
    np.savez(folder / "ecg.npz", **arrays)
    return folder / "ecg.npz"


def test_a_missing_file(tmp_path):
    with pytest.raises(FileMissing, match=r"^ecg\.csv: no such file"):
        read(tmp_path / "ecg.csv")


def test_a_folder(tmp_path):
    with pytest.raises(FileMissing, match=rf"^{tmp_path.name}: a folder\."):
        read(tmp_path)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs a device file")
def test_a_device():
    with pytest.raises(FileMissing, match=r"^zero: not a regular file"):
        read("/dev/zero")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path):
    path = tmp_path / "ecg.csv"
    path.write_text("ii\n1\n")
    path.chmod(0)
    with pytest.raises(FileMissing, match=r"^ecg\.csv: cannot be opened"):
        read(path)


@pytest.mark.parametrize("name", ["a\0b.csv", "x" * 5000])
def test_a_name_that_no_file_can_have(name):
    with pytest.raises(FileMissing):
        read(name)


@pytest.mark.parametrize("path", [None, 12, b"ecg.csv", ["ecg.csv"]])
def test_what_is_not_a_path(path):
    with pytest.raises(InputError, match="a path was needed"):
        read(path)


def test_an_empty_file(tmp_path):
    (tmp_path / "ecg.edf").touch()
    with pytest.raises(EmptyFile, match=r"^ecg\.edf: empty"):
        read(tmp_path / "ecg.edf")


@pytest.mark.parametrize("content", [b"\x00\x01\x02" * 99, b"A letter.\nNothing to measure in it.\n"])
def test_an_unknown_format(content, tmp_path):
    path = tmp_path / "ecg.xyz"
    path.write_bytes(content)
    with pytest.raises(UnknownFormat, match=r"^ecg\.xyz: of no format that can be read\. Known are: .*WFDB"):
        read(path)


@pytest.fixture(scope="module")
def leads():
    signals = [simulate_recording(5.0, seed=seed).recording.signal[0] for seed in range(len(STANDARD_LEADS))]
    return Recording(np.array(signals, dtype=float), 500.0, STANDARD_LEADS)


@pytest.fixture(scope="module")
def page(tmp_path_factory, leads):
    """A drawn page, which is read fastest, under a name that says nothing."""
    path = tmp_path_factory.mktemp("page") / "page.pdf"
    return write_page(path, leads, PageStyle()).rename(path.with_name("ecg.csv"))


def likeness(found, printed):
    """Correlation at the best lag of up to 3 mm of paper."""
    n = min(len(found), len(printed)) - 60
    return max(np.corrcoef(found[:n], printed[lag : lag + n])[0, 1] for lag in range(60))


def test_a_page_gives_lead_ii_whatever_it_is_called(page, leads):
    recording = read(page)
    assert (recording.leads, recording.fs, recording.warnings) == (("II",), 500, ())
    assert likeness(recording.signal[0], leads.lead("II")) > 0.999


def test_another_lead_of_a_page_is_cut_to_where_it_is_shown(page, leads):
    recording = read(page, lead="V1")
    assert recording.leads == ("V1",)
    assert np.isfinite(recording.signal[0, [0, -1]]).all()
    assert recording.duration_s == pytest.approx(2.5, abs=0.2)
    assert likeness(recording.signal[0], leads.lead("V1")[2500:]) > 0.999


def test_a_page_tells_how_it_was_read(page):
    recording, digitization = read_with_page(page)
    assert digitization.layout == "3x4+II"
    np.testing.assert_array_equal(recording.signal, digitization.recording.signal)


def test_a_signal_file_has_no_page(tmp_path):
    assert read_with_page(saved(tmp_path, signal=ecg(), leads=["II"], fs=500)).digitization is None


def test_a_page_has_its_own_scales(page):
    recording = read(page, fs=250, unit="uV")
    assert recording.fs == 500
    assert recording.warnings == ("A page has its own scales; the sampling rate and the unit had no effect.",)


def test_a_page_is_read_as_corrected(page, leads):
    corrections = Corrections(strip=16, speed_mm_per_s=50, gain_mm_per_mv=20)
    plain, corrected = read(page), read_with_page(page, corrections=corrections)
    assert corrected.digitization.evidence["lead"] == "given"
    assert corrected.recording.duration_s == pytest.approx(plain.duration_s / 2, abs=0.01)
    assert np.nanmax(corrected.recording.signal) == pytest.approx(np.nanmax(plain.signal) / 2, abs=0.02)
    with pytest.raises(InputError, match=r"^ecg\.csv: page 2 was asked for"):
        read_with_page(page, corrections=Corrections(page=2))


def test_corrections_of_a_signal_file_are_said_to_be_none(tmp_path):
    path = saved(tmp_path, signal=ecg(), leads=["II"], fs=500)
    warning = "A signal file is no page; its corrections had no effect."
    plain = read(path, unit="mV").warnings
    given, none = (
        read_with_page(path, unit="mV", corrections=corrections).recording.warnings
        for corrections in (Corrections(rotation_deg=90), Corrections())
    )
    assert given == (*plain, warning)
    assert none == plain


def test_the_stages_of_a_file(page, tmp_path):
    of_page, of_signal = [], []
    read_with_page(page, on_stage=of_page.append)
    read_with_page(saved(tmp_path, signal=ecg(), leads=["II"], fs=500), on_stage=of_signal.append)
    assert of_page == ["file", "grid", "curves", "leads", "scales"]
    assert of_signal == ["file"]


def test_a_refused_page_says_its_name_and_what_was_seen(tmp_path):
    Image.new("L", (800, 600), 255).save(tmp_path / "white.png")
    with pytest.raises(NoGrid, match=r"^white\.png: no millimetre grid") as caught:
        read(tmp_path / "white.png")
    assert caught.value.findings.picture.shape == (600, 800, 3)


def test_a_damaged_picture(tmp_path):
    (tmp_path / "page.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(100))
    with pytest.raises(CorruptFile, match=r"^page\.jpg: "):
        read(tmp_path / "page.jpg")


def test_heic_is_refused_with_how_to_convert_it(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100))
    with pytest.raises(UnknownFormat, match=r"^photo\.jpg: a HEIC image, .*export it as JPEG"):
        read(tmp_path / "photo.jpg")


def test_a_pdf_of_text_alone_is_no_table(tmp_path):
    (tmp_path / "ecg.csv").write_text("%PDF-1.4\n1 0 obj\n" + "0.1 0.2 0.3\n0.4 0.5 0.6\n" * 20)
    with pytest.raises(CorruptFile, match=r"^ecg\.csv: "):
        read(tmp_path / "ecg.csv")


def test_the_only_unnamed_signal_is_the_lead_asked_for(tmp_path):
    np.save(tmp_path / "ecg.npy", ecg())
    recording = read(tmp_path / "ecg.npy", lead="II", fs=500, unit="mV")
    assert recording.leads == ("II",)
    assert recording.warnings == (
        'The only signal, "signal 1", does not say which lead it is; it was taken as lead II.',
    )


def test_the_only_signal_with_another_name_is_not(tmp_path):
    with pytest.raises(MissingLead, match=r"^ecg\.npz: no lead II\. The recording has: V1"):
        read(saved(tmp_path, signal=ecg(), leads=["V1"], fs=500), lead="II")


def test_a_modified_lead_stands_in_with_a_warning(tmp_path):
    recording = read(saved(tmp_path, signal=[ecg(), ecg(2)], leads=["V5", "MLII"], fs=500), lead="II")
    np.testing.assert_allclose(recording.lead("II"), ecg(2))
    assert "MLII, a modified (Holter) lead, was taken as lead II" in recording.warnings[-1]


@pytest.mark.parametrize(
    ("lead", "there", "heights", "expected"),
    [
        ("I", ("II", "III"), (3, 1), 2),
        ("II", ("I", "III"), (2, 1), 3),
        ("III", ("I", "II"), (2, 3), 1),
        ("aVR", ("I", "II"), (2, 3), -2.5),
        ("aVL", ("I", "II"), (2, 3), 0.5),
        ("aVL", ("I", "III"), (2, 1), 0.5),
        ("aVF", ("I", "II"), (2, 3), 2),
        ("aVF", ("II", "III"), (3, 1), 2),
    ],
)
def test_limb_leads_follow_from_each_other(lead, there, heights, expected, tmp_path):
    path = saved(tmp_path, signal=[ecg(h) for h in heights], leads=there, fs=500, unit="mV")
    recording = read(path, lead=lead)
    np.testing.assert_allclose(recording.lead(lead), ecg(expected), atol=1e-12)
    assert recording.warnings == (f"Lead {lead} is not in the file; it was computed from {there[0]} and {there[1]}.",)


def test_gaps_go_into_derived_leads(tmp_path):
    first = ecg()
    first[100:200] = np.nan
    recording = read(saved(tmp_path, signal=[first, ecg()], leads=["I", "III"], fs=500), lead="II")
    assert np.isnan(recording.signal[0, 100:200]).all()
    assert np.isfinite(recording.signal[0, 200:]).all()


@pytest.mark.parametrize("fs", [0, -500, float("nan"), float("inf")])
def test_a_rate_that_cannot_be(fs, tmp_path):
    np.save(tmp_path / "ecg.npy", ecg())
    with pytest.raises(InvalidSignal, match=r"^ecg\.npy: a sampling rate of .* Hz was given"):
        read(tmp_path / "ecg.npy", fs=fs)


def test_a_missing_rate(tmp_path):
    np.save(tmp_path / "ecg.npy", ecg())
    with pytest.raises(MissingSamplingRate, match=r"^ecg\.npy: no sampling rate\. An NPY needs one: add --fs 500"):
        read(tmp_path / "ecg.npy")


def test_a_unit_that_is_none(tmp_path):
    np.save(tmp_path / "ecg.npy", ecg())
    with pytest.raises(InvalidSignal, match=r'^ecg\.npy: "kg" is not a unit of voltage'):
        read(tmp_path / "ecg.npy", fs=500, unit="kg")


@pytest.mark.parametrize(("unit", "mv"), [("V", 1e-3), ("mV", 1), ("uV", 1e3), ("µV", 1e3), ("μV", 1e3)])
def test_units_become_millivolts(unit, mv, tmp_path):
    np.save(tmp_path / "ecg.npy", ecg(mv))
    recording = read(tmp_path / "ecg.npy", fs=500, unit=unit)
    np.testing.assert_allclose(recording.signal[0], ecg(), atol=1e-12)
    assert recording.warnings == ()


@pytest.mark.parametrize(
    ("height", "suspicion"),
    [
        (1000.0, "microvolts read as millivolts: 1000 times too large"),
        (0.001, "volts read as millivolts: 1000 times too small"),
    ],
)
def test_units_1000_times_off_are_suspected_not_rescaled(height, suspicion, tmp_path):
    signal = ecg(height)
    signal[700:900] = np.nan
    np.save(tmp_path / "ecg.npy", signal)
    recording = read(tmp_path / "ecg.npy", fs=500, unit="mV")
    assert suspicion in recording.warnings[-1]
    assert "--unit" in recording.warnings[-1]
    assert np.nanmax(recording.signal) == pytest.approx(height)


@pytest.mark.parametrize("signal", [np.zeros(5000), np.full(5000, np.nan), ecg(0.3), ecg(5), np.full(5000, 900.0)])
def test_flat_missing_low_and_high_signals_are_not_suspected(signal, tmp_path):
    np.save(tmp_path / "ecg.npy", signal)
    assert read(tmp_path / "ecg.npy", fs=500, unit="mV").warnings == ()


def test_one_artefact_does_not_make_a_suspect(tmp_path):
    signal = ecg()
    signal[1000:1010] = 3000
    np.save(tmp_path / "ecg.npy", signal)
    assert read(tmp_path / "ecg.npy", fs=500, unit="mV").warnings == ()


def test_infinities_become_gaps(tmp_path):
    signal = ecg()
    signal[[10, 20]] = np.inf, -np.inf
    np.save(tmp_path / "ecg.npy", signal)
    recording = read(tmp_path / "ecg.npy", fs=500, unit="mV")
    assert np.flatnonzero(np.isnan(recording.signal[0])).tolist() == [10, 20]


def test_a_folder_stands_for_the_recordings_in_it(tmp_path):
    for name in ("2.hea", "1.csv", "2.dat", "LICENSE.txt", "notes.md", "3.XML", "4.JPG", "5.pdf"):
        (tmp_path / name).touch()
    (tmp_path / "more.csv").mkdir()
    assert [file.name for file in files_in(tmp_path)] == ["1.csv", "2.hea", "3.XML", "4.JPG", "5.pdf"]
    assert [file.name for file in pages_in(tmp_path)] == ["4.JPG", "5.pdf"]
    assert files_in(tmp_path / "LICENSE.txt") == (tmp_path / "LICENSE.txt",)
    assert files_in(tmp_path / "more.csv") == (tmp_path / "more.csv",)
    assert pages_in(tmp_path / "1.csv") == (tmp_path / "1.csv",)


@pytest.mark.parametrize("listed", [files_in, pages_in])
def test_a_name_that_no_folder_can_have(listed):
    with pytest.raises(FileMissing, match=r"^x{300}\.pdf: not a name that a file can have"):
        listed(Path("x" * 300 + ".pdf"))


@pytest.mark.parametrize("listed", [files_in, pages_in])
def test_a_folder_that_cannot_be_read(listed, tmp_path, monkeypatch):
    def refuse(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(FileMissing, match=rf"^{tmp_path.name}: a folder that cannot be read"):
        listed(tmp_path)
