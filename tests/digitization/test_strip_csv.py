import numpy as np

from kalemia.digitization.strip_csv import remove_strip, strip_as_csv, write_strip
from kalemia.reading import read
from kalemia.recording import Recording


def test_the_fixed_form():
    recording = Recording(np.array([[0.1, np.nan, -0.25]]), 500, ("II",))
    assert strip_as_csv(recording) == "time_s,ii_mv\n0.0000,0.1000\n0.0020,\n0.0040,-0.2500\n"


def test_further_leads_are_further_columns():
    recording = Recording(np.array([[0.1], [np.nan], [1.0]]), 500, ("II", "I", "aVR"))
    assert strip_as_csv(recording) == "time_s,ii_mv,i_mv,avr_mv\n0.0000,0.1000,,1.0000\n"


def test_it_is_read_back(tmp_path):
    signal = np.sin(np.arange(2000) / 50) * np.array([[1.0], [0.5]])
    signal[0, 300:400] = np.nan
    again = read(write_strip(tmp_path / "strip.csv", Recording(signal, 500, ("II", "-aVR"))))
    assert (again.fs, again.leads, again.warnings) == (500, ("II", "-aVR"), ())
    np.testing.assert_allclose(again.signal, signal, atol=1e-4)


def test_only_a_strip_is_removed(tmp_path):
    strip = write_strip(tmp_path / "strip.csv", Recording(np.zeros((1, 9)), 500, ("II",)))
    (tmp_path / "letter.txt").write_text("time flies")
    for path in (strip, tmp_path / "letter.txt", tmp_path / "absent.csv", tmp_path):
        remove_strip(path)
    assert [file.name for file in tmp_path.iterdir()] == ["letter.txt"]
