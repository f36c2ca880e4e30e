import numpy as np
import pytest
from PIL import Image

from kalemia.digitization import digitize


@pytest.fixture
def full(tmp_path, twelve_leads):
    np.savez(tmp_path / "full.npz", signal=twelve_leads.signal, leads=twelve_leads.leads, fs=500, unit="mV")
    return tmp_path / "full.npz"


@pytest.fixture
def strip(tmp_path, twelve_leads):
    np.savez(tmp_path / "strip.npz", signal=twelve_leads.lead("II"), leads=["II"], fs=500, unit="mV")
    return tmp_path / "strip.npz"


@pytest.mark.parametrize(("name", "kind"), [("page.png", "PNG"), ("page.jpg", "JPEG"), ("page.tif", "TIFF")])
def test_pictures(kalemia, full, tmp_path, name, kind):
    status, out, err = kalemia("print", full, "-o", tmp_path / name, "--dpi", 60)
    assert (status, err) == (0, "")
    assert out == f"{tmp_path / name}: layout 3x4+II, 25 mm/s, 10 mm/mV\n"
    with Image.open(tmp_path / name) as image:
        assert image.format == kind


def test_what_is_printed_is_read_again(kalemia, full, tmp_path, twelve_leads):
    options = ("--layout", "6x2+II", "--speed", 50, "--gain", 5, "--grid", "green")
    assert kalemia("print", full, "-o", tmp_path / "page.pdf", *options)[0] == 0
    found = digitize(tmp_path / "page.pdf")
    assert (found.layout, found.speed_mm_per_s, found.gain_mm_per_mv) == ("6x2+II", 50, 5)
    signal = found.recording.signal[0][:2400]
    likeness = [np.corrcoef(signal, twelve_leads.lead("II")[lag : lag + 2400])[0, 1] for lag in range(20)]
    assert max(likeness) > 0.999


def test_limb_leads_are_derived_for_the_usual_layout(kalemia, tmp_path, twelve_leads):
    eight = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")
    np.savez(tmp_path / "eight.npz", signal=[twelve_leads.lead(lead) for lead in eight], leads=eight, fs=500, unit="mV")
    _, out, _ = kalemia("print", tmp_path / "eight.npz", "-o", tmp_path / "page.pdf")
    assert "layout 3x4+II" in out


def test_a_recording_of_one_lead_is_printed_as_a_strip(kalemia, strip, tmp_path):
    _, out, _ = kalemia("print", strip, "-o", tmp_path / "page.pdf")
    assert "layout 1," in out


def test_a_layout_that_needs_more_leads(kalemia, strip, tmp_path):
    status, _, err = kalemia("print", strip, "-o", tmp_path / "page.pdf", "--layout", "12x1")
    assert status == 1
    assert err.startswith("layout 12x1 needs I, III")
    assert not (tmp_path / "page.pdf").exists()


def test_a_seed_gives_the_same_page(kalemia, strip, tmp_path):
    pictures = []
    for number, seed in enumerate((1, 1, 2)):
        options = ("--dpi", 60, "--degrade", "scan", "--seed", seed, "--header", "Muster, Alex")
        kalemia("print", strip, "-o", tmp_path / f"{number}.png", *options)
        pictures.append((tmp_path / f"{number}.png").read_bytes())
    assert pictures[0] == pictures[1] != pictures[2]


def test_paper_without_a_grid(kalemia, strip, tmp_path):
    kalemia("print", strip, "-o", tmp_path / "page.png", "--dpi", 60, "--grid", "none")
    picture = np.asarray(Image.open(tmp_path / "page.png").convert("RGB")).astype(int)
    assert np.abs(picture - picture.mean(axis=2, keepdims=True)).max() < 10


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--speed", 30), "speed_mm_per_s is 30"),
        (("--gain", 7), "gain_mm_per_mv is 7"),
        (("--grid", "purple"), "grid_colour is purple"),
        (("--layout", "5x5"), 'layout "5x5"'),
        (("--degrade", "mud"), 'condition "mud" is unknown'),
    ],
)
def test_what_cannot_be_printed(kalemia, strip, tmp_path, options, complaint):
    status, _, err = kalemia("print", strip, "-o", tmp_path / "page.png", *options)
    assert status == 1
    assert err.startswith(complaint)
    assert len(err.splitlines()) == 1


def test_a_recording_that_does_not_state_its_rate(kalemia, tmp_path, twelve_leads):
    np.save(tmp_path / "ecg.npy", twelve_leads.lead("II") * 1000)
    status, _, err = kalemia("print", tmp_path / "ecg.npy", "-o", tmp_path / "page.pdf")
    assert status == 1
    assert "add --fs 500" in err
    options = ("--fs", 500, "--unit", "uV")
    status, out, err = kalemia("print", tmp_path / "ecg.npy", "-o", tmp_path / "page.pdf", *options)
    assert (status, err) == (0, "")
    assert "layout 1, 25 mm/s, 10 mm/mV" in out


def test_another_suffix(kalemia, strip, tmp_path):
    status, _, err = kalemia("print", strip, "-o", tmp_path / "page.gif")
    assert status == 1
    assert 'cannot be written as ".gif"' in err


def test_the_recording_is_not_overwritten(kalemia, strip):
    status, _, err = kalemia("print", strip, "-o", strip)
    assert status == 1
    assert err.startswith("strip.npz: an input")
