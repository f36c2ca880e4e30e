import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kalemia.reading import read
from kalemia.recording import Recording

AGREED = {
    "file",
    "layout",
    "speed_mm_per_s",
    "gain_mm_per_mv",
    "evidence",
    "confidence",
    "warnings",
    "refused",
    "reason",
}


def difference_mv(path, recording, lead="II"):
    """Root mean square difference of a strip and what was printed, at the best lag of some samples."""
    strip, printed = read(path, lead=lead).signal[0], recording.lead(lead)

    def rms(lag):
        n = min(len(strip), len(printed) - lag)
        rest = strip[:n] - printed[lag : lag + n]
        return np.sqrt(np.nanmean((rest - np.nanmean(rest)) ** 2))

    return min(rms(lag) for lag in range(20))


def test_the_strip_is_written_as_agreed(kalemia, pages, tmp_path, twelve_leads):
    status, out, err = kalemia("digitize", pages["strip"], "-o", tmp_path / "strip.csv")
    header, *rows = (tmp_path / "strip.csv").read_text().splitlines()
    assert (status, err) == (0, "")
    assert header == "time_s,ii_mv"
    times = [float(row.split(",")[0]) for row in rows]
    np.testing.assert_allclose(times, np.arange(len(rows)) / 500, atol=1e-6)
    assert len(rows) / 500 == pytest.approx(10, abs=0.1)
    assert difference_mv(tmp_path / "strip.csv", twelve_leads) < 0.005
    assert "strip.pdf: lead II, " in out
    assert all(word in out for word in ("layout 1", "25 mm/s (", "10 mm/mV (", "confidence"))


def test_a_picture_of_a_page(kalemia, pages, tmp_path, twelve_leads):
    status, _, _ = kalemia("digitize", pages["scan"], "-o", tmp_path / "s.csv", "--overlay", tmp_path / "o.png")
    assert status == 0
    assert difference_mv(tmp_path / "s.csv", twelve_leads) < 0.05
    with Image.open(tmp_path / "o.png") as overlay:
        assert min(overlay.size) > 500


def test_for_machines(kalemia, pages):
    status, out, err = kalemia("digitize", pages["full"], "--json")
    (line,) = out.splitlines()
    found = json.loads(line)
    assert (status, err) == (0, "")
    assert found.keys() >= AGREED
    assert found["file"] == str(pages["full"])
    assert (found["layout"], found["speed_mm_per_s"], found["gain_mm_per_mv"]) == ("3x4+II", 25.0, 10.0)
    assert found["evidence"].keys() == {"grid", "speed", "gain", "lead"}
    assert 0.5 < found["confidence"] <= 1
    assert (found["refused"], found["reason"], found["warnings"], found["csv"]) == (False, None, [], None)
    assert np.shape(found["strip_box_px"]) == (4, 2)
    assert found["traced"] == 1


REFUSED = {"blank": ("NoGrid", "no millimetre grid"), "graph paper": ("NoTrace", "no curve"), "without II": ("", "II")}


@pytest.mark.parametrize("page", REFUSED)
def test_a_refused_page(kalemia, pages, tmp_path, page):
    strip, overlay = tmp_path / "strip.csv", tmp_path / "overlay.png"
    status, out, err = kalemia("digitize", pages[page], "-o", strip, "--overlay", overlay)
    assert (status, out) == (1, "")
    (line,) = err.splitlines()
    assert line.startswith(f"{pages[page].name}: ")
    assert REFUSED[page][1] in line
    assert not strip.exists()
    assert overlay.exists()


def test_a_refused_page_for_machines(kalemia, pages):
    status, out, err = kalemia("digitize", pages["blank"], "--json")
    found = json.loads(out)
    assert (status, err) == (1, "")
    assert found.keys() >= AGREED
    assert found["refused"]
    assert found["refusal"] == "NoGrid"
    assert found["reason"].startswith("blank.png: no millimetre grid")
    assert found["layout"] is found["confidence"] is found["evidence"] is None


def test_both_answers_have_the_same_keys(kalemia, pages):
    _, out, _ = kalemia("digitize", pages["blank"], pages["strip"], "--json")
    refused, read_ = (json.loads(line) for line in out.splitlines())
    assert refused.keys() == read_.keys()


def test_a_strip_from_before_does_not_pass_for_a_refused_page(kalemia, pages, tmp_path):
    kalemia("digitize", pages["strip"], "-o", tmp_path / "strip.csv")
    kalemia("digitize", pages["blank"], "-o", tmp_path / "strip.csv")
    assert not (tmp_path / "strip.csv").exists()


def test_what_is_no_page(kalemia, tmp_path):
    (tmp_path / "notes.jpg").write_text("no picture")
    (tmp_path / "photo.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100))
    (tmp_path / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(30))
    given = (tmp_path / "notes.jpg", tmp_path / "photo.heic", tmp_path / "cut.png", tmp_path / "absent.png")
    status, out, err = kalemia("digitize", *given, "-o", tmp_path / "strips")
    assert (status, out) == (1, "")
    assert [line.split(":")[0] for line in err.splitlines()] == [file.name for file in given]
    assert "export it as JPEG" in err


def test_a_folder_stands_for_its_pages(kalemia, pages, tmp_path):
    folder = tmp_path / "pages"
    folder.mkdir()
    for name in ("strip", "blank"):
        shutil.copy(pages[name], folder)
    shutil.copy(pages["full"], folder / "blank.pdf")
    (folder / "ecg.csv").write_text("time_s,ii_mv\n0,0\n")
    status, out, err = kalemia("digitize", folder, "-o", tmp_path / "csv", "--overlay", tmp_path / "overlays", "--json")
    results = [json.loads(line) for line in out.splitlines()]
    assert (status, err) == (1, "")
    assert [result["refused"] for result in results] == [False, True, False]
    assert sorted(file.name for file in (tmp_path / "csv").iterdir()) == ["blank.pdf.csv", "strip.csv"]
    overlays = ["blank.pdf.png", "blank.png.png", "strip.png"]
    assert sorted(file.name for file in (tmp_path / "overlays").iterdir()) == overlays
    assert [result["csv"] for result in results] == [
        str(tmp_path / "csv/blank.pdf.csv"),
        None,
        str(tmp_path / "csv/strip.csv"),
    ]


def test_a_folder_with_one_page(kalemia, pages, tmp_path):
    (tmp_path / "in").mkdir()
    shutil.copy(pages["strip"], tmp_path / "in")
    assert kalemia("digitize", tmp_path / "in", "-o", tmp_path / "out")[0] == 0
    assert (tmp_path / "out" / "strip.csv").is_file()


def test_a_folder_without_pages(kalemia, tmp_path):
    status, _, err = kalemia("digitize", tmp_path)
    assert status == 1
    assert err.startswith(f"{tmp_path.name}: a folder without pages")


def test_all_leads(kalemia, pages, tmp_path, twelve_leads):
    status, _, _ = kalemia("digitize", pages["full"], "--all-leads", "-o", tmp_path / "leads.csv")
    header = (tmp_path / "leads.csv").read_text().splitlines()[0].split(",")
    assert status == 0
    assert header[:2] == ["time_s", "ii_mv"]
    assert set(header[2:]) == {f"{lead.lower()}_mv" for lead in twelve_leads.leads if lead != "II"}
    assert difference_mv(tmp_path / "leads.csv", twelve_leads) < 0.005


def test_scales_given_by_hand(kalemia, pages):
    _, out, _ = kalemia("digitize", pages["strip"], "--speed", 50, "--gain", 20, "--json")
    found = json.loads(out)
    assert found["refused"] or (found["speed_mm_per_s"], found["gain_mm_per_mv"]) == (50, 20)


def test_a_page_that_is_turned_by_hand(kalemia, pages, tmp_path, twelve_leads):
    with Image.open(pages["scan"]) as scan:
        scan.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "side.png")  # anticlockwise
    status, out, _ = kalemia("digitize", tmp_path / "side.png", "--rotate", 90, "--json", "-o", tmp_path / "strip.csv")
    assert (status, json.loads(out)["rotation_deg"]) == (0, 90)
    assert difference_mv(tmp_path / "strip.csv", twelve_leads) < 0.05


def test_a_strip_that_is_pointed_at(kalemia, pages, tmp_path, twelve_leads):
    status, _, err = kalemia("digitize", pages["without II"])
    assert status == 1
    assert err.endswith("or say which curve is lead II: --strip 1, as numbered in the overlay\n")
    status, out, _ = kalemia("digitize", pages["without II"], "--strip", 1, "-o", tmp_path / "strip.csv")
    assert status == 0
    assert "lead        II (given)" in out
    assert "warning: By the page this is lead V1; lead II was given." in out
    strip = read(tmp_path / "strip.csv").signal
    printed = Recording(twelve_leads.lead("V1")[None], 500, ("II",))
    assert np.ptp(strip) == pytest.approx(np.ptp(printed.signal), rel=0.05)
    assert difference_mv(tmp_path / "strip.csv", printed) < 0.005


def test_machines_are_told_the_strips(kalemia, pages):
    _, out, _ = kalemia("digitize", pages["full"], pages["without II"], pages["blank"], "--json")
    read_, refused, blank = (json.loads(line)["strips"] for line in out.splitlines())
    assert read_[0] == {"number": 1, "row": 1, "lead": "I", "seconds": pytest.approx(2.5, abs=0.05)}
    assert read_[-1] == {"number": 16, "row": 4, "lead": "II", "seconds": pytest.approx(10, abs=0.05)}
    assert refused == [{"number": 1, "row": 1, "lead": "V1", "seconds": None}]
    assert blank == []


@pytest.mark.parametrize("wrong", [("--rotate", 181), ("--rotate", "nan"), ("--strip", 0), ("--strip", 17)])
def test_corrections_that_cannot_be(kalemia, pages, wrong):
    status, out, err = kalemia("digitize", pages["full"], *wrong)
    assert status in (1, 2)
    assert out == ""
    assert err


def test_a_page_of_a_document(kalemia, pages):
    status, _, err = kalemia("digitize", pages["strip"], "--page", 7)
    assert status == 1
    assert err.startswith("strip.pdf: ")
    assert "page" in err


def test_words_are_blanked_in_the_overlay(kalemia, tmp_path, twelve_leads):
    from kalemia.simulation.paper import PageStyle, write_page

    page = write_page(tmp_path / "page.pdf", twelve_leads, PageStyle(header=("Muster, Alex   ID 12345",)))
    for name, options in (("plain.png", ()), ("redacted.png", ("--redact",))):
        assert kalemia("digitize", page, "--overlay", tmp_path / name, *options)[0] == 0
    plain, redacted = (np.asarray(Image.open(tmp_path / name).convert("L")) for name in ("plain.png", "redacted.png"))
    assert plain.shape == redacted.shape
    top = slice(0, plain.shape[0] // 12)
    assert (plain[top] < 100).sum() > (redacted[top] < 100).sum()


def test_redaction_without_an_overlay_is_wrong_usage(kalemia, pages):
    status, _, err = kalemia("digitize", pages["strip"], "--redact")
    assert status == 2
    assert "--overlay" in err


@pytest.mark.parametrize("option", ["-o", "--overlay"])
def test_an_input_is_not_overwritten(kalemia, pages, option):
    before = pages["scan"].read_bytes()
    status, _, err = kalemia("digitize", pages["scan"], option, pages["scan"])
    assert status == 1
    assert err == "scan.png: an input, which the output would replace. Name another file\n"
    assert pages["scan"].read_bytes() == before


def test_an_overlay_that_cannot_be_written_is_refused_before_a_page_is_read(kalemia, tmp_path):
    status, _, err = kalemia("digitize", tmp_path / "absent.pdf", "--overlay", tmp_path / "a.gif")
    assert status == 1
    assert err.startswith('a.gif: an overlay cannot be written as ".gif"')


def test_an_old_strip_that_cannot_be_removed_does_not_hide_the_refusal(kalemia, pages, tmp_path, monkeypatch):
    def refuse(_):
        raise PermissionError(13, "Permission denied")

    (tmp_path / "strip.csv").write_text("time_s,ii_mv\n0,0\n")
    monkeypatch.setattr(Path, "unlink", refuse)
    status, out, err = kalemia("digitize", pages["blank"], "-o", tmp_path / "strip.csv")
    (line,) = err.splitlines()
    assert (status, out) == (1, "")
    assert line.startswith("blank.png: no millimetre grid")
    assert line.endswith("strip.csv: there already, and cannot be removed: Permission denied. Remove it")


def test_the_name_of_a_file_does_not_get_on_its_overlay(kalemia, pages, tmp_path, monkeypatch):
    reasons = []

    def draw(findings, reason, notes):
        reasons.append((reason, notes))
        return findings.picture

    monkeypatch.setattr("kalemia.digitization.overlay.draw_overlay", draw)
    page = shutil.copy(pages["blank"], tmp_path / "Jane Doe.png")
    kalemia("digitize", page, "--overlay", tmp_path / "overlay.png", "--redact")
    ((reason, notes),) = reasons
    assert reason.startswith("no millimetre grid")
    assert notes == ()


@pytest.mark.parametrize("command", ["digitize", "estimate"])
def test_a_name_that_no_file_can_have(kalemia, command):
    status, out, err = kalemia(command, "x" * 300 + ".pdf")
    assert (status, out) == (1, "")
    assert err.startswith("x" * 300 + ".pdf: not a name that a file can have")


def test_strip_and_overlay_in_one_file(kalemia, pages, tmp_path):
    status, _, err = kalemia("digitize", pages["strip"], "-o", tmp_path / "x.png", "--overlay", tmp_path / "x.png")
    assert status == 1
    assert err == "x.png: named for two outputs. Name two files\n"


def test_a_file_where_a_folder_is_needed(kalemia, pages, tmp_path):
    (tmp_path / "strip.csv").touch()
    status, _, err = kalemia("digitize", pages["strip"], pages["full"], "-o", tmp_path / "strip.csv")
    assert status == 1
    assert err.startswith("strip.csv: a file, but the output of several needs a folder")


def test_estimate_reads_pages(kalemia, pages, tmp_path):
    status, out, _ = kalemia("estimate", pages["full"], pages["blank"], "--json", "--report", tmp_path / "reports")
    read_, refused = (json.loads(line) for line in out.splitlines())
    assert status == 1
    assert 1 < read_["potassium"] < 11
    assert read_["error"] is None
    assert refused["error"].startswith("blank.png: no millimetre grid")
    assert [file.name for file in (tmp_path / "reports").iterdir()] == ["full.pdf.html"]


def test_estimate_shows_what_was_noticed_on_the_page(kalemia, tmp_path, twelve_leads):
    from kalemia.simulation.paper import PageStyle, write_page

    page = write_page(tmp_path / "page.pdf", twelve_leads, PageStyle(layout="6x2"))
    status, out, _ = kalemia("estimate", page)
    assert status == 0
    assert "warning: There is no long strip of lead II" in out
