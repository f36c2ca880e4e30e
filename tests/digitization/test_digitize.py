"""From the file to the signal: pages whose every sample is known."""

from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from PIL import Image

from kalemia.digitization import Digitization, digitize, strips_of
from kalemia.digitization.overlay import draw_overlay
from kalemia.digitization.turning import turned
from kalemia.errors import InputError, NoGrid, NoSuchStrip, NoTrace, PageRefused, ScalesDisagree
from kalemia.recording import STANDARD_LEADS, Recording
from kalemia.simulation import simulate_recording
from kalemia.simulation.paper import PageStyle, degrade, print_page, write_image, write_page
from kalemia.simulation.paper.warping import quarter_turns

CLEAN_DB, SPOILED_DB, EXACT_DB = 22.0, 17.0, 40.0
"""What a perfect reader of one value per pixel column reaches at 200 dpi is 22 dB on real ECGs; these are smoother."""
GAIN_SHARE, START_S = 0.05, 0.1
STRIP = {"layout": "1", "paper": "strip"}


def as_picture(folder, page, turns=0):
    image, _ = quarter_turns(page.image, turns)
    return write_image(folder / "page.png", replace(page, image=image))


def printed(folder, recording, condition=None, turns=0, seed=1, **style):
    page = print_page(recording, PageStyle(**{"dpi": 200, **style}))
    page = degrade(page, condition, seed) if condition else page
    return page, as_picture(folder, page, turns)


def gain_of(strip, truth, most=50):
    """How much larger a strip is than the truth, at the lag where they are most alike; and that lag in samples."""
    best = (-1.0, 0.0, 0)
    for lag in range(-most, most + 1):
        moved, still = (strip, truth[lag:]) if lag >= 0 else (strip[-lag:], truth)
        count = min(len(moved), len(still))
        both = np.isfinite(moved[:count]) & np.isfinite(still[:count])
        a, b = moved[:count][both], still[:count][both]
        a, b = a - a.mean(), b - b.mean()
        best = max(best, (float(a @ b / np.sqrt((a @ a) * (b @ b))), float(a @ b / (b @ b)), lag))
    return best[1], best[2]


def assert_is_read(found, page, snr_db, least_db):
    style = page.style
    assert (found.speed_mm_per_s, found.gain_mm_per_mv) == (style.speed_mm_per_s, style.gain_mm_per_mv)
    assert found.recording.leads[0] == "II"
    assert found.recording.fs == 500
    strip = found.recording.signal[0]
    assert snr_db(strip, page.reference) > least_db
    gain, lag = gain_of(strip, page.reference)
    assert gain == pytest.approx(1, abs=GAIN_SHARE)
    assert abs(lag) / 500 < START_S
    assert len(strip) == pytest.approx(len(page.reference), abs=50)


# ---- what is read


PAGES = {
    "3x4+II": (None, {}, CLEAN_DB),
    "6x2 at 50 mm/s": (None, {"layout": "6x2", "speed_mm_per_s": 50.0, "dpi": 150}, CLEAN_DB),
    "scan of 3x4 in Cabrera's order": ("scan", {"layout": "3x4", "cabrera": True, "dpi": 150}, SPOILED_DB),
    "12x1": (None, {"layout": "12x1", "grid_colour": "blue", "dpi": 150}, SPOILED_DB),
    "grey": ("grey", STRIP, SPOILED_DB),
    "photograph": ("phone", {**STRIP, "grid_area": "page"}, SPOILED_DB),
    "photocopy": ("photocopy", STRIP, 12.0),
    "creased": ("crease", {**STRIP, "grid_area": "page", "grid_colour": "green"}, SPOILED_DB),
    "strip at 150 dpi": (None, {**STRIP, "dpi": 150}, CLEAN_DB),
    "strip of 5 mm/mV": (None, {**STRIP, "gain_mm_per_mv": 5.0}, SPOILED_DB),
    "strip of 20 mm/mV": (None, {**STRIP, "gain_mm_per_mv": 20.0, "pulse": "right"}, CLEAN_DB),
}


@pytest.fixture(scope="module", params=PAGES)
def read(request, tmp_path_factory, twelve_leads):
    condition, style, least_db = PAGES[request.param]
    page, path = printed(tmp_path_factory.mktemp("page"), twelve_leads, condition, **style)
    return SimpleNamespace(page=page, found=digitize(path), least_db=least_db)


def test_lead_ii_is_what_was_printed(read, snr_db):
    assert_is_read(read.found, read.page, snr_db, read.least_db)


def test_the_layout_is_that_of_the_page(read):
    assert read.found.layout == read.page.style.layout


def test_confidence_and_evidence(read):
    found = read.found
    assert found.confidence.shape == found.recording.signal.shape
    assert ((found.confidence >= 0) & (found.confidence <= 1)).all()
    assert found.mean_confidence > 0.7
    assert (found.confidence[np.isnan(found.recording.signal)] == 0).all()
    assert found.evidence.keys() == {"grid", "speed", "gain", "lead"}
    assert all(found.evidence.values())


def test_the_strip_lies_where_it_was_printed(read):
    page = read.page
    left, top, right, bottom = page.strip_box_px
    corners = np.array([[left, top, 1], [right, top, 1], [right, bottom, 1], [left, bottom, 1]]) @ page.homography.T
    corners = corners[:, :2] / corners[:, 2:]
    middle = read.found.strip_box.mean(axis=0)
    scale = np.hypot(*(corners[1] - corners[0])) / (right - left) * page.px_per_mm
    assert np.abs(middle - corners.mean(axis=0)).max() < 12 * scale


def test_it_can_be_looked_at(read):
    overlay = read.found.overlay()
    assert overlay.dtype == np.uint8
    assert overlay.shape[2] == 3


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_turned_by_quarters(tmp_path, twelve_leads, snr_db, turns):
    page, path = printed(tmp_path, twelve_leads, turns=turns, **STRIP)
    assert_is_read(digitize(path), page, snr_db, CLEAN_DB)


def test_a_speed_that_is_printed_far_below_the_grid_is_seen(tmp_path, twelve_leads):
    style = {"layout": "3x4", "speed_mm_per_s": 50.0, "pulse": "none"}
    assert digitize(printed(tmp_path, twelve_leads, **style)[1]).speed_mm_per_s == 50


def test_a_strip_at_50_mm_per_s_is_read_to_its_end(tmp_path, twelve_leads, snr_db):
    page, path = printed(tmp_path, twelve_leads, speed_mm_per_s=50.0, **STRIP)
    found = digitize(path)
    assert_is_read(found, page, snr_db, CLEAN_DB)


def test_a_photocopy_of_a_whole_page_is_read_or_doubted(tmp_path, twelve_leads, snr_db):
    """What must never be: another strip than lead II without a word."""
    page, path = printed(tmp_path, twelve_leads, "photocopy")
    try:
        found = digitize(path)
    except PageRefused:
        return
    assert found.warnings or snr_db(found.recording.signal[0], page.reference) > 10


@pytest.mark.parametrize(
    "style",
    [
        {},
        {"layout": "6x2", "gain_mm_per_mv": 5.0},
        {"layout": "12x1", "pulse": "right"},
        {**STRIP, "speed_mm_per_s": 50.0},
        {"layout": "3x4", "cabrera": True, "labels": "below"},
    ],
    ids=str,
)
def test_a_drawn_page_is_exact(tmp_path, twelve_leads, snr_db, style):
    style = PageStyle(**style)
    page = print_page(twelve_leads, replace(style, dpi=50))
    found = digitize(write_page(tmp_path / "page.pdf", twelve_leads, style))
    assert_is_read(found, page, snr_db, EXACT_DB)
    assert found.mean_confidence == pytest.approx(1, abs=0.01)


# ---- all leads


@pytest.mark.parametrize("suffix", [".pdf", ".png"])
def test_all_leads(tmp_path, twelve_leads, snr_db, suffix):
    style = PageStyle(dpi=200)
    path = write_page(tmp_path / f"page{suffix}", twelve_leads, style)
    found = digitize(path, all_leads=True)
    assert found.recording.leads[0] == "II"
    assert sorted(found.recording.leads) == sorted(STANDARD_LEADS)
    page = print_page(twelve_leads, replace(style, dpi=50))
    start = page.reference_segment.x_mm
    for segment in page.segments:
        if segment.lead == "II" and not segment.rhythm:
            continue
        first, last = (round((segment.x_mm - start) / 25 * 500 + at * segment.seconds * 500) for at in (0, 1))
        strip = found.recording.lead(segment.lead)[max(first - 20, 0) : last + 20]
        truth = twelve_leads.lead(segment.lead)[round(segment.start_s * 500) :][: round(segment.seconds * 500)]
        assert snr_db(strip, truth[20:-20]) > (EXACT_DB if suffix == ".pdf" else 15)
        outside = np.r_[
            found.recording.lead(segment.lead)[: max(first - 75, 0)], found.recording.lead(segment.lead)[last + 75 :]
        ]
        assert np.isnan(outside).all()


def test_a_short_strip_is_said_to_be_short(tmp_path, twelve_leads):
    found = digitize(write_page(tmp_path / "page.pdf", twelve_leads, PageStyle(layout="3x4")))
    assert any("2.5 s" in warning for warning in found.warnings)
    assert found.warnings == found.recording.warnings


# ---- what the caller knows better


def test_scales_given_by_hand(tmp_path, twelve_leads):
    path = write_page(tmp_path / "page.pdf", twelve_leads.only("II"), PageStyle(**STRIP, pulse="none", footer=""))
    assumed, given = digitize(path), digitize(path, speed_mm_per_s=50, gain_mm_per_mv=20)
    assert (given.speed_mm_per_s, given.gain_mm_per_mv) == (50, 20)
    assert len(assumed.warnings) > len(given.warnings)
    np.testing.assert_allclose(np.ptp(given.recording.signal) * 2, np.ptp(assumed.recording.signal), rtol=1e-2)
    assert given.recording.duration_s == pytest.approx(assumed.recording.duration_s / 2, abs=0.01)


def test_nothing_printed_about_the_scales_warns(tmp_path, twelve_leads):
    path = write_page(tmp_path / "page.pdf", twelve_leads.only("II"), PageStyle(**STRIP, pulse="none", footer=""))
    warnings = " ".join(digitize(path).warnings)
    assert "25 mm/s was assumed" in warnings
    assert "10 mm/mV was assumed" in warnings


@pytest.fixture(scope="module")
def strip_page(twelve_leads):
    return print_page(twelve_leads.only("II"), PageStyle(**STRIP, dpi=150))


@pytest.mark.parametrize("degrees", [90, 180, -90])
def test_quarter_turns_by_hand_undo_those_of_the_scanner(tmp_path, strip_page, degrees):
    upright = digitize(as_picture(tmp_path, strip_page))
    found = digitize(as_picture(tmp_path, strip_page, turns=-degrees // 90), rotation_deg=degrees)
    np.testing.assert_array_equal(found.recording.signal, upright.recording.signal)
    np.testing.assert_array_equal(found.findings.picture, strip_page.image)
    assert (found.findings.rotation_deg, upright.findings.rotation_deg) == (degrees, 0)


@pytest.mark.parametrize("degrees", [90, 180, -90])
def test_quarter_turns_by_its_words_are_told(tmp_path, strip_page, degrees):
    assert digitize(as_picture(tmp_path, strip_page, turns=-degrees // 90)).findings.rotation_deg == degrees


def test_what_is_turned_by_hand_is_not_turned_again(tmp_path, strip_page):
    with pytest.raises(PageRefused) as caught:
        digitize(as_picture(tmp_path, strip_page), rotation_deg=90)
    np.testing.assert_array_equal(caught.value.findings.picture, quarter_turns(strip_page.image, 1)[0])
    assert caught.value.findings.rotation_deg == 90


@pytest.mark.parametrize("labels", ["above", "none"])
def test_a_page_that_was_turned_upside_down_by_hand_says_so(tmp_path, twelve_leads, labels):
    """By its words, or else by its calibration pulse."""
    style = {**STRIP, "labels": labels, "dpi": 150, "footer": "{speed} mm/s" if labels == "above" else ""}
    _, path = printed(tmp_path, twelve_leads.only("II"), **style)
    assert not any("upside down" in warning for warning in digitize(path).warnings)
    found = digitize(path, rotation_deg=180, strip=1)
    assert "By its words or its pulses the page lies upside down; it was read as it was turned." in found.warnings


def test_a_page_that_lies_askew(tmp_path, strip_page, snr_db):
    Image.fromarray(turned(strip_page.image, -12)).save(tmp_path / "page.png")
    found = digitize(tmp_path / "page.png", rotation_deg=12)
    assert_is_read(found, strip_page, snr_db, SPOILED_DB)
    edges = found.strip_box[1] - found.strip_box[0]
    assert np.rad2deg(np.arctan2(edges[1], edges[0])) == pytest.approx(0, abs=0.2)


def test_a_drawn_page_that_lies_askew_is_read_as_a_picture(tmp_path, twelve_leads, snr_db):
    path = write_page(tmp_path / "page.pdf", twelve_leads, PageStyle(**STRIP))
    found = digitize(path, rotation_deg=3)
    assert_is_read(found, print_page(twelve_leads, PageStyle(**STRIP, dpi=50)), snr_db, SPOILED_DB)
    edge = found.strip_box[1] - found.strip_box[0]
    assert np.rad2deg(np.arctan2(edge[1], edge[0])) == pytest.approx(3, abs=0.2)
    assert digitize(path).evidence["grid"] != found.evidence["grid"]


@pytest.mark.parametrize("suffix", [".pdf", ".png"])
def test_a_strip_that_no_label_names_can_be_pointed_at(tmp_path, twelve_leads, snr_db, suffix):
    style = PageStyle(labels="none", dpi=150)
    path = write_page(tmp_path / f"page{suffix}", twelve_leads, style)
    with pytest.raises(NoSuchStrip, match="--strip 1 to 4"):
        digitize(path)
    found = digitize(path, strip=4)
    assert_is_read(found, print_page(twelve_leads, style), snr_db, EXACT_DB if suffix == ".pdf" else SPOILED_DB)
    assert found.evidence["lead"] == "given"
    assert found.warnings == ()


def test_a_strip_is_the_lead_whatever_its_label_says(tmp_path, twelve_leads, snr_db):
    path = write_page(tmp_path / "page.pdf", twelve_leads, PageStyle())
    found = digitize(path, strip=8, all_leads=True)
    assert found.recording.leads[0] == "II"
    truth = twelve_leads.lead("V2")[2500:3750]
    there = np.isfinite(found.recording.signal[0])
    assert snr_db(found.recording.signal[0][there], truth) > EXACT_DB
    assert sorted(found.recording.leads) == sorted(set(STANDARD_LEADS) - {"V2"})
    assert "By the page this is lead V2; lead II was given." in found.warnings
    assert "The stretch that was given has only 2.5 s." in found.warnings


@pytest.mark.parametrize("number", [-1, 0, 17])
def test_a_strip_that_is_not_there(tmp_path, twelve_leads, number):
    path = write_page(tmp_path / "page.pdf", twelve_leads, PageStyle())
    with pytest.raises(NoSuchStrip, match=f"strip {number} was asked for, but there are 16") as caught:
        digitize(path, strip=number)
    assert "\n" not in str(caught.value)
    assert len(strips_of(caught.value.findings)) == 16


# ---- how far it is


STAGES = ["grid", "curves", "leads", "scales"]


@pytest.mark.parametrize("suffix", [".pdf", ".png"])
def test_stages_in_their_order(tmp_path, twelve_leads, suffix):
    stages = []
    path = write_page(tmp_path / f"page{suffix}", twelve_leads.only("II"), PageStyle(**STRIP, dpi=150))
    digitize(path, on_stage=stages.append)
    assert stages == STAGES


@pytest.mark.parametrize(
    ("kind", "last"), [("blank", "grid"), ("graph paper", "curves"), ("chest leads alone", "leads")]
)
def test_a_refused_page_ends_with_the_stage_that_failed(tmp_path, kind, last):
    stages = []
    with pytest.raises(PageRefused):
        digitize(REFUSED[kind][0](tmp_path), on_stage=stages.append)
    assert stages == STAGES[: STAGES.index(last) + 1]


def test_stages_begin_again_with_each_page(tmp_path, strip_page):
    text = Image.new("RGB", (1000, 700), "white")
    text.save(tmp_path / "pages.tif", save_all=True, append_images=[Image.fromarray(strip_page.image)])
    stages = []
    digitize(tmp_path / "pages.tif", on_stage=stages.append)
    assert stages == ["grid", *STAGES]


# ---- which page


def test_the_first_page_with_a_grid_is_taken(tmp_path, twelve_leads):
    page = print_page(twelve_leads.only("II"), PageStyle(**STRIP, dpi=150))
    text = Image.new("RGB", (1000, 700), "white")
    text.save(tmp_path / "pages.tif", save_all=True, append_images=[Image.fromarray(page.image)])
    found = digitize(tmp_path / "pages.tif")
    assert found.findings.number == 2
    with pytest.raises(NoGrid):
        digitize(tmp_path / "pages.tif", page=1)
    with pytest.raises(InputError):
        digitize(tmp_path / "pages.tif", page=3)


# ---- what is refused


def blank(folder):
    return save(folder, np.full((800, 1200, 3), 250, np.uint8))


def noise(folder):
    return save(folder, np.random.default_rng(0).integers(0, 256, (800, 1200, 3), np.uint8))


def text_page(folder):
    picture = np.full((1000, 1400, 3), 255, np.uint8)
    rng = np.random.default_rng(0)
    for line in range(36):
        words = "".join(rng.choice(list("abcdefghij klmnop rstuv"), 90))
        cv2.putText(picture, words, (40, 40 + 26 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.55, (0, 0, 0), 1, cv2.LINE_AA)
    return save(folder, picture)


def save(folder, picture):
    Image.fromarray(picture).save(folder / "page.png")
    return folder / "page.png"


def graph_paper(folder):
    nothing = Recording(np.full((1, 3000), np.nan), 500, ("II",))
    style = {**STRIP, "pulse": "none", "labels": "none", "footer": ""}
    return printed(folder, nothing, "scan", **style)[1]


def beats(leads):
    """Lead II of a few patients under other names."""
    signals = [simulate_recording(5.0, seed=seed).recording.signal[0] for seed in range(len(leads))]
    return Recording(np.array(signals, float), 500, leads)


def pulse_of_7_mm(folder):
    """A page whose grid is not in millimetres: 7 squares for a millivolt."""
    page = print_page(beats(("II",)), PageStyle(**STRIP, dpi=200, footer="", grid_pattern="none"))
    stretched = cv2.resize(page.image, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)
    nothing = Recording(np.full((1, 5000), np.nan), 500, ("II",))
    style = PageStyle(**STRIP, dpi=200, footer="", labels="none", pulse="none", grid_area="page")
    grid = print_page(nothing, style).image
    height, width = min(grid.shape[0], stretched.shape[0]), min(grid.shape[1], stretched.shape[1])
    grid[:height, :width] = np.minimum(grid[:height, :width], stretched[:height, :width])
    return save(folder, grid)


def chest_leads(folder):
    return printed(folder, beats(("V4",)), **STRIP)[1]


REFUSED = {
    "blank": (blank, NoGrid),
    "noise": (noise, NoGrid),
    "text": (text_page, NoGrid),
    "graph paper": (graph_paper, NoTrace),
    "a pulse of 7 mm": (pulse_of_7_mm, ScalesDisagree),
    "chest leads alone": (chest_leads, NoSuchStrip),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_refusals_say_why_and_show_what_was_seen(tmp_path, kind):
    make, error = REFUSED[kind]
    with pytest.raises(error) as caught:
        digitize(make(tmp_path))
    message, findings = str(caught.value), caught.value.findings
    assert "\n" not in message
    assert len(message) > 30
    assert findings is not None
    assert findings.picture.ndim == 3
    overlay = draw_overlay(findings, message)
    assert overlay.shape[0] > 200
    if error is not NoGrid:
        assert findings.map is not None
        assert findings.grid_box is not None


def test_a_page_that_is_too_small_does_not_end_the_search(tmp_path, twelve_leads):
    page = print_page(twelve_leads.only("II"), PageStyle(**STRIP, dpi=150))
    first, second = Image.new("RGB", (120, 80), "white"), Image.fromarray(page.image)
    first.save(tmp_path / "pages.tif", save_all=True, append_images=[second])
    assert digitize(tmp_path / "pages.tif").findings.number == 2
    with pytest.raises(PageRefused, match="at least 200"):
        digitize(tmp_path / "pages.tif", page=1)


@pytest.mark.parametrize("scale", [{"speed_mm_per_s": 0.0}, {"gain_mm_per_mv": -5.0}, {"gain_mm_per_mv": np.nan}])
def test_scales_that_cannot_be_are_refused(tmp_path, twelve_leads, scale):
    path = write_page(tmp_path / "page.png", twelve_leads.only("II"), PageStyle(**STRIP, dpi=150))
    with pytest.raises(InputError, match="positive"):
        digitize(path, **scale)


def test_another_lead_can_be_taken(tmp_path, twelve_leads):
    _, path = printed(tmp_path, twelve_leads, layout="3x4+II", dpi=150)
    found = digitize(path, lead="V1")
    assert found.recording.leads == ("V1",)
    assert found.findings.chosen.lead == "V1"
    assert any("V1" in warning for warning in found.warnings)
    with pytest.raises(NoSuchStrip, match="V7"):
        digitize(path, lead="V7")


def test_a_pdf_whose_print_contradicts_its_pulse_is_refused(tmp_path, twelve_leads):
    style = PageStyle(**STRIP, gain_mm_per_mv=10.0, footer="{speed} mm/s   20 mm/mV")
    with pytest.raises(ScalesDisagree, match="20 mm/mV") as caught:
        digitize(write_page(tmp_path / "page.pdf", twelve_leads.only("II"), style))
    findings = caught.value.findings
    assert findings.chosen is not None
    assert findings.chosen.lead == "II"
    assert draw_overlay(findings, str(caught.value)).size


def test_a_drawn_page_of_chest_leads_is_refused_and_shows_them(tmp_path):
    with pytest.raises(NoSuchStrip, match="V4") as caught:
        digitize(write_page(tmp_path / "page.pdf", beats(("V4",)), PageStyle(**STRIP)))
    assert caught.value.findings.layout is not None
    assert [segment.lead for segment in caught.value.findings.layout.segments] == ["V4"]


def test_what_is_read_is_a_digitization(tmp_path, twelve_leads):
    found = digitize(write_page(tmp_path / "page.pdf", twelve_leads, PageStyle()))
    assert isinstance(found, Digitization)
    again = digitize(tmp_path / "page.pdf")
    np.testing.assert_array_equal(found.recording.signal, again.recording.signal)


@pytest.mark.parametrize("dpi", [120, 130, 150])
@pytest.mark.parametrize("lead", ["V1", "aVF"])
def test_a_label_among_remains_of_a_coarse_grid_is_read(tmp_path, lead, dpi):
    recording = replace(simulate_recording(5.0, seed=3).recording, leads=(lead,))
    page = write_page(tmp_path / "page.png", recording, PageStyle(layout="1", dpi=dpi))
    with pytest.raises(NoSuchStrip, match=f"seen: {lead}"):
        digitize(page)
