import io
import zipfile

import numpy as np
import pytest
from writers import LEADS, ecg_mv

from kalemia.errors import CorruptFile, EmptyFile, InvalidSignal
from kalemia.reading import read


@pytest.fixture
def npy(tmp_path):
    def save(array, **options):
        np.save(tmp_path / "ecg.npy", array, **options)
        return tmp_path / "ecg.npy"

    return save


@pytest.fixture
def npz(tmp_path):
    def save(**arrays):
        np.savez(tmp_path / "ecg.npz", **arrays)
        return tmp_path / "ecg.npz"

    return save


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, ">f8", np.int16, np.uint16])
def test_orientation_and_type(turned, dtype, npy):
    signal = (np.abs(ecg_mv(2)) * 1000).astype(dtype)
    recording = read(npy(signal.T if turned else signal), fs=500, unit="uV")
    np.testing.assert_allclose(recording.signal, signal.astype(float) / 1000)


@pytest.mark.parametrize("array", [np.float64(1), np.zeros((2, 3, 4))])
def test_a_wrong_number_of_dimensions(array, npy):
    with pytest.raises(InvalidSignal, match=rf"^ecg\.npy: an array of {np.ndim(array)} dimensions"):
        read(npy(array), fs=500)


@pytest.mark.parametrize("array", [np.zeros(0), np.zeros((12, 0))])
def test_no_samples(array, npy):
    with pytest.raises(EmptyFile, match=r"^ecg\.npy: no samples"):
        read(npy(array), fs=500)


@pytest.mark.parametrize("array", [np.array(["a", "b"]), np.zeros(9, complex), np.zeros(9, bool), np.zeros(9, "M8[s]")])
def test_not_numbers(array, npy):
    with pytest.raises(InvalidSignal, match=r"^ecg\.npy: the array does not hold real numbers"):
        read(npy(array), fs=500)


def test_pickles_are_refused(npy, npz):
    with pytest.raises(CorruptFile, match=r"^ecg\.npy: .*pickled objects"):
        read(npy(np.array([{}, []], dtype=object), allow_pickle=True), fs=500)
    with pytest.raises(CorruptFile, match=r"^ecg\.npz: .*pickled objects"):
        read(npz(signal=np.array([{}, []], dtype=object)), fs=500)


def test_many_recordings_in_one_array(npy):
    with pytest.raises(InvalidSignal, match="1469 rows are more than an ECG has leads"):
        read(npy(np.zeros((1469, 5000), np.int16)), fs=500)


@pytest.mark.parametrize("shape", ["(1000000000000,)", "(12, 99999999999)", "(-5,)"])
def test_claims_that_the_file_cannot_hold(shape, tmp_path):
    path = tmp_path / "ecg.npy"
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + bytes(80))
    with pytest.raises(CorruptFile, match=r"^ecg\.npy: damaged"):
        read(path, fs=500)
    packed = tmp_path / "ecg.npz"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(path, "signal.npy")
    with pytest.raises(CorruptFile, match=r"^ecg\.npz: "):
        read(packed, fs=500)


def test_an_archive_that_unpacks_to_too_much(tmp_path):
    path = tmp_path / "ecg.npz"
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(10))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("signal.npy", buffer.getvalue())
    data = path.read_bytes()
    claimed = len(buffer.getvalue()).to_bytes(4, "little")
    at = data.rindex(claimed)
    path.write_bytes(data[:at] + (2**32 - 2).to_bytes(4, "little") + data[at + 4 :])
    with pytest.raises(CorruptFile, match=r"^ecg\.npz: it unpacks to more"):
        read(path, fs=500)


@pytest.mark.parametrize(
    "arrays",
    [
        {"signal": ecg_mv(), "fs": 500, "leads": LEADS},
        {"ecg": ecg_mv().T, "sampling_rate": [500.0], "lead_names": list(LEADS), "units": "mV"},
        {"signal_uv": ecg_mv() * 1000, "sampling_frequency": 500, "sig_name": [lead.lower() for lead in LEADS]},
        {"p_signal": ecg_mv(), "fs_hz": np.int16(500)},
        {f"{lead}_uv": row * 1000 for lead, row in zip(LEADS, ecg_mv(), strict=True)} | {"fs": 500},
        {lead.lower(): row for lead, row in zip(LEADS, ecg_mv(), strict=True)} | {"fs": 500, "unit": "mV"},
        {"whatever": ecg_mv(), "fs": 500.0, "note": "text"},
    ],
)
def test_keys(arrays, npz):
    recording = read(npz(**arrays))
    assert recording.fs == 500
    assert recording.leads == LEADS
    np.testing.assert_allclose(recording.signal, ecg_mv(), atol=1e-12)


def test_a_single_lead_named_by_its_key(npz):
    assert read(npz(lead_ii_uv=np.arange(1000, dtype=np.int16), fs=500)).leads == ("II",)


def test_names_that_are_too_few(npz):
    with pytest.raises(InvalidSignal, match=r"^ecg\.npz: 2 rows of signal but 1 lead names"):
        read(npz(signal=ecg_mv(2), leads=["II"], fs=500))


def test_nothing_called_signal(npz):
    with pytest.raises(InvalidSignal, match=r'^ecg\.npz: no array called "signal"\. It has: a, b'):
        read(npz(a=np.zeros(9), b=np.zeros(9), fs=500))


@pytest.mark.parametrize("fs", [0, -1, np.nan])
def test_a_stated_rate_that_cannot_be(fs, npz):
    with pytest.raises(InvalidSignal, match=r'^ecg\.npz: the sampling rate "fs" is'):
        read(npz(signal=ecg_mv(1), fs=fs))
