import numpy as np
import pytest
from writers import LEADS, counts, ecg_mv, write_wfdb

from kalemia.errors import CorruptFile, FileMissing, InputError, UnknownFormat
from kalemia.reading import read


def record(folder, header, data=b""):
    (folder / "r.hea").write_text(header)
    (folder / "r.dat").write_bytes(data)
    return folder / "r.hea"


@pytest.mark.parametrize("name", ["r.hea", "r.dat", "r"])
def test_by_header_signal_file_or_record_name(name, tmp_path):
    write_wfdb(tmp_path / "r.hea", ecg_mv(), 500, LEADS)
    np.testing.assert_allclose(read(tmp_path / name).signal, ecg_mv(), atol=1e-9)


def test_invalid_samples_become_gaps(tmp_path):
    values = np.array([10, -32768, 30], dtype="<i2")
    recording = read(record(tmp_path, "r 1 500 3\nr.dat 16 1000/mV 16 0 10 0 0 II\n", values.tobytes()))
    np.testing.assert_allclose(recording.signal, [[0.01, np.nan, 0.03]])


def test_invalid_samples_in_format_212(tmp_path):
    # Two samples of 12 bits: -2048, then 100.
    recording = read(record(tmp_path, "r 1 500 2\nr.dat 212 200/mV 12 0 0\n", bytes([0x00, 0x08, 100])))
    np.testing.assert_allclose(recording.signal, [[np.nan, 0.5]])


@pytest.mark.parametrize("fs", ["0", "0.0", "-500"])
def test_a_rate_that_is_stated_but_impossible_is_not_replaced_by_the_default(fs, tmp_path):
    values = np.array([0, 200, 400], dtype="<i2")
    with pytest.raises(CorruptFile, match=r"states a sampling rate that is not positive"):
        read(record(tmp_path, f"r 1 {fs} 3\nr.dat 16 200 16 0 0\n", values.tobytes()))


def test_gain_zero_means_the_default_gain(tmp_path):
    values = np.array([0, 200, 400], dtype="<i2")
    recording = read(record(tmp_path, "r 1 500 3\nr.dat 16 0 16 0 0\n", values.tobytes()))
    np.testing.assert_allclose(recording.signal, [[0, 1, 2]])
    assert recording.warnings[0] == "The header states no gain; the format's default of 200 per mV was used."


def test_baseline_and_other_units(tmp_path):
    values = np.array([100, 1100], dtype="<i2")
    recording = read(record(tmp_path, "r 1 500 2\nr.dat 16 1(100)/uV 16 0 0 0 0 II\n", values.tobytes()))
    np.testing.assert_allclose(recording.signal, [[0, 1]])


def test_a_header_without_rate_gets_the_default_or_what_the_caller_says(tmp_path):
    path = record(tmp_path, "r 1\nr.dat 16 1000/mV 16 0 0 0 0 II\n", bytes(2000))
    assert read(path).fs == 250
    assert "default of 250 Hz" in read(path).warnings[0]
    assert read(path, fs=500).fs == 500
    assert read(path, fs=500).warnings == ()


def test_a_frequency_of_many_decimals(tmp_path):
    path = record(tmp_path, "r 1 128.0003 3\nr.dat 16 1000/mV 16 0 0 0 0 II\n", bytes(6))
    assert read(path).fs == 128.0003


def test_signals_of_other_kinds_are_left_out(tmp_path):
    header = (
        "r 3 500 2\nr.dat 16 1000/mV 16 0 0 0 0 II\nr.dat 16 10/mmHg 16 0 0 0 0 ABP\nr.dat 16 10/mV 16 0 0 0 0 RESP\n"
    )
    assert read(record(tmp_path, header, bytes(12))).leads == ("II",)


def test_segments_are_joined_and_null_segments_are_gaps(tmp_path):
    signal = ecg_mv(2)
    for name, part in (("a", signal[:, :1000]), ("b", signal[:, 1000:])):
        write_wfdb(tmp_path / f"{name}.hea", part, 500, LEADS[:2])
    recording = read(record(tmp_path, f"r/3 2 500 {2000 + 700}\na 1000\n~ 700\nb 1000\n"))
    expected = np.concatenate([signal[:, :1000], np.full((2, 700), np.nan), signal[:, 1000:]], axis=1)
    np.testing.assert_allclose(recording.signal, expected, atol=1e-9)


def test_a_damaged_checksum_is_said(tmp_path):
    path = write_wfdb(tmp_path / "r.hea", ecg_mv(1), 500, ("II",))
    values = counts(ecg_mv(1)).astype("<i2")
    values[0, 5] += 1
    (tmp_path / "r.dat").write_bytes(values.tobytes())
    assert read(path).warnings == ("A checksum in the file does not fit its samples; some may be damaged.",)


def test_a_truncated_signal_file(tmp_path):
    path = write_wfdb(tmp_path / "r.hea", ecg_mv(), 500, LEADS)
    data = (tmp_path / "r.dat").read_bytes()
    (tmp_path / "r.dat").write_bytes(data[: len(data) // 3])
    with pytest.raises(CorruptFile, match=r"^r\.hea: truncated: the header claims 2000 samples, \d+ are there"):
        read(path)


def test_a_header_without_its_signal_file(tmp_path):
    path = write_wfdb(tmp_path / "r.hea", ecg_mv(), 500, LEADS)
    (tmp_path / "r.dat").unlink()
    with pytest.raises(FileMissing, match=r"^r\.hea: a file that it names is not there"):
        read(path)


def test_a_signal_file_without_its_header(tmp_path):
    path = tmp_path / "r.dat"
    path.write_bytes(bytes(range(256)) * 10)
    with pytest.raises(FileMissing, match=r'^r\.dat: its header "r\.hea" is not there'):
        read(path)


@pytest.mark.parametrize("name", ["../secret.dat", "/dev/zero", "sub/r.dat"])
def test_signal_files_of_other_folders_are_not_opened(name, tmp_path):
    (tmp_path / "sub").mkdir()
    for path in (tmp_path / "sub" / "r.dat", tmp_path.parent / "secret.dat"):
        path.write_bytes(bytes(1000))
    with pytest.raises(FileMissing, match="not there"):
        read(record(tmp_path, f"r 1 500 10\n{name} 16 1000/mV 16 0 0 0 0 II\n"))


@pytest.mark.parametrize(
    "header",
    [
        "r 1 500 1000000000000\nr.dat 16 1000/mV 16 0 0 0 0 II\n",
        "r 1 500 100000000000\n~ 0 1000/mV 16 0 0 0 0 II\n",
        "r/2 1 500 100000000000\n~ 50000000000\n~ 50000000000\n",
        f"r 1 500 {'9' * 5000}\nr.dat 16 1000/mV 16 0 0 0 0 II\n",
        "r 1000000000 500 10\nr.dat 16 1000/mV 16 0 0 0 0 II\n",
        "r 1 500 10\nr.dat 16x1000000000 1000/mV 16 0 0 0 0 II\n",
    ],
)
def test_claims_that_no_file_can_hold(header, tmp_path):
    with pytest.raises(CorruptFile, match=r"^r\.hea: "):
        read(record(tmp_path, header, bytes(20)))


def test_a_header_that_is_none(tmp_path):
    with pytest.raises(InputError, match=r"^r\.hea: "):
        read(record(tmp_path, "this is\nnot a header\n", bytes(20)))


def test_flac_compressed_signals(tmp_path):
    with pytest.raises(UnknownFormat, match=r"^r\.hea: a variant of WFDB that this version cannot read"):
        read(record(tmp_path, "r 1 500 10\nr.dat 516 1000/mV 16 0 0 0 0 II\n", bytes(20)))
