"""What holds for every format: the same signal in gives the same signal out, and nothing of the patient with it."""

import numpy as np
import pytest
from writers import FAMILY, LEADS, PRIVATE, WRITERS, ecg_mv, written

from kalemia.errors import CorruptFile, EmptyFile, InvalidSignal, KalemiaError, MissingLead
from kalemia.formats import FORMATS, HEAD_BYTES, format_of
from kalemia.reading import read

QUANTUM_MV = {"wfdb 212": 0.005}
STATED_FS = [name for name in WRITERS if name != "npy"]


def options(name):
    return {"fs": 500.0, "unit": "mV"} if name == "npy" else {}


@pytest.mark.parametrize("name", WRITERS)
def test_the_signal_comes_back(name, tmp_path):
    recording = read(written(name, tmp_path), **options(name))
    assert recording.leads == LEADS
    assert recording.fs == 500.0
    np.testing.assert_allclose(recording.signal, ecg_mv(), atol=QUANTUM_MV.get(name, 0.001) / 2 + 1e-9)
    if name != "npy":
        assert recording.warnings == ()


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("lead", ["ii", "V5"])
def test_one_lead_is_the_same_as_in_all(name, lead, tmp_path):
    path = written(name, tmp_path)
    one, every = read(path, lead=lead, **options(name)), read(path, **options(name))
    assert one.leads == (lead.upper(),)
    np.testing.assert_array_equal(one.signal[0], every.lead(lead.upper()))


@pytest.mark.parametrize("name", WRITERS)
def test_lead_ii_follows_from_i_and_iii(name, tmp_path):
    if name == "philips xli":
        pytest.skip("compressed limb leads are stored relative to I and II")
    if name == "npy":
        pytest.skip("an NPY has no lead names")
    signal = ecg_mv()[[0, 2]]
    recording = read(written(name, tmp_path, signal, leads=("I", "III")), lead="II")
    np.testing.assert_allclose(recording.lead("II"), signal.sum(axis=0), atol=QUANTUM_MV.get(name, 0.001) + 1e-9)
    assert any("computed from I and III" in warning for warning in recording.warnings)


@pytest.mark.parametrize("name", [n for n in WRITERS if n not in ("npy", "philips xli")])
def test_a_lead_that_is_not_there_is_an_error_that_names_those_that_are(name, tmp_path):
    path = written(name, tmp_path, ecg_mv(2), leads=("V1", "V2"))
    with pytest.raises(MissingLead, match=rf"^{path.name}: no lead II\. The recording has: V1, V2"):
        read(path, lead="II")


@pytest.mark.parametrize("name", WRITERS)
def test_nothing_of_the_patient_is_carried(name, tmp_path):
    path = written(name, tmp_path)
    recording = read(path, **options(name))
    told = repr(recording)
    with pytest.raises(MissingLead) as missing:
        read(path, lead="V9", **options(name))
    data = path.read_bytes()
    for size in range(0, len(data), max(1, len(data) // 50)):
        told += message_of(path, data[:size], options(name))
    told += str(missing.value)
    assert not [private for private in PRIVATE if private in told]


@pytest.mark.parametrize("name", ["edf", "hl7", "philips", "muse", "wfdb 16", "csv", "scp", "dicom", "npz"])
def test_a_name_anywhere_in_the_file_does_not_get_into_messages(name, tmp_path):
    path = written(name, tmp_path)
    data = path.read_bytes()
    for at in range(0, min(len(data), 4000), 37):
        path.write_bytes(data[:at] + FAMILY.encode() + data[at + len(FAMILY) :])
        try:
            # Nothing but the name of a lead is taken from a file as text.
            told = " ".join(read(path, **options(name)).warnings)
        except KalemiaError as error:
            told = str(error)
        assert FAMILY not in told


def message_of(path, data, given):
    path.write_bytes(data)
    try:
        return repr(read(path, **given))
    except KalemiaError as error:
        assert error.__cause__ is None and error.__suppress_context__
        return str(error)


@pytest.mark.parametrize("name", WRITERS)
def test_the_content_decides_not_the_suffix(name, tmp_path):
    if name.startswith("wfdb"):
        pytest.skip("a WFDB header is plain text that only its suffix tells from a table")
    path = written(name, tmp_path)
    renamed = path.rename(path.with_suffix(".bin"))
    assert read(renamed, **options(name)).leads == LEADS


@pytest.mark.parametrize("name", STATED_FS)
def test_a_rate_that_contradicts_the_file_is_refused(name, tmp_path):
    path = written(name, tmp_path)
    with pytest.raises(InvalidSignal, match=rf"^{path.name}: sampled at 500 Hz .* 250 Hz"):
        read(path, fs=250)
    assert read(path, fs=500).fs == 500.0


@pytest.mark.parametrize("name", [n for n in STATED_FS if n not in ("philips", "philips xli", "scp", "edf")])
def test_a_fractional_rate_is_kept(name, tmp_path):
    signal = ecg_mv(2, fs=99.5)
    assert read(written(name, tmp_path, signal, fs=99.5, leads=("I", "II"))).fs == pytest.approx(99.5, rel=1e-6)


@pytest.mark.parametrize("name", ["wfdb 16", "edf", "dicom", "scp", "hl7", "philips", "muse"])
def test_a_unit_that_contradicts_the_file_is_used_and_said(name, tmp_path):
    recording = read(written(name, tmp_path), unit="V")
    assert any("read as V, as asked" in warning for warning in recording.warnings)
    assert any("1000 times too large" in warning for warning in recording.warnings)


@pytest.mark.parametrize("name", WRITERS)
def test_an_empty_or_halved_file_is_an_error_or_says_so(name, tmp_path):
    path = written(name, tmp_path)
    data = path.read_bytes()
    path.write_bytes(b"")
    with pytest.raises(EmptyFile, match=rf"^{path.name}: empty"):
        read(path)
    if name in ("csv", "tsv", "semicolons"):
        return
    path.write_bytes(data[: len(data) // 2])
    try:
        recording = read(path, **options(name))
    except CorruptFile as error:
        assert str(error).startswith(f"{path.name}: ")
    else:
        assert name == "edf" or name.startswith("wfdb")
        assert any("truncated" in warning for warning in recording.warnings) or name.startswith("wfdb")


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.NAME)
def test_every_format_has_a_name_and_doubts_other_content(form, tmp_path):
    path = tmp_path / "page.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(500))
    assert form.NAME
    assert not form.recognises(path, path.read_bytes()[:HEAD_BYTES])


@pytest.mark.parametrize("name", WRITERS)
def test_exactly_one_format_recognises_a_file(name, tmp_path):
    path = written(name, tmp_path)
    head = path.read_bytes()[:HEAD_BYTES]
    form = format_of(path, head)
    others = [other.NAME for other in FORMATS if other is not form and other.recognises(path, head)]
    assert others in ([], ["CSV"])
