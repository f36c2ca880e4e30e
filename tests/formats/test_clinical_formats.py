"""What is particular to EDF, DICOM, SCP-ECG and the XML formats."""

import base64
import time

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from writers import (
    LEADS,
    ecg_mv,
    write_dicom,
    write_edf,
    write_ge_muse_xml,
    write_hl7_aecg,
    write_philips_xml,
    write_scp,
    written,
)

from kalemia.errors import CorruptFile, InputError, InvalidSignal, UnknownFormat
from kalemia.reading import read


def test_edf_keeps_the_ecg_of_a_polysomnography(tmp_path):
    others = [("EEG Fpz-Cz", "uV", 100), ("SaO2", "%", 1), ("Resp nasal", "uV", 50), ("EMG chin", "uV", 500)]
    path = write_edf(tmp_path / "night.edf", ecg_mv(1), 500, ("",), more=others)
    recording = read(path, lead="II")
    np.testing.assert_allclose(recording.lead("II"), ecg_mv(1)[0], atol=1e-9)
    assert recording.warnings == ('The only signal, "ECG", does not say which lead it is; it was taken as lead II.',)


def test_edf_leads_of_another_rate_are_left_out_unless_asked_for(tmp_path):
    path = write_edf(tmp_path / "ecg.edf", ecg_mv(3), 500, LEADS[:3], more=[("V1", "uV", 250)])
    recording = read(path)
    assert recording.leads == LEADS[:3]
    assert recording.warnings == ("Left out, because not sampled at 500 Hz as the other leads: V1.",)
    assert read(path, lead="V1").fs == 250


def test_edf_pauses_are_gaps(tmp_path):
    signal = ecg_mv(1)
    path = write_edf(tmp_path / "ecg.edf", signal, 500, ("II",), starts_s=[0, 1, 5, 6])
    recording = read(path)
    expected = np.concatenate([signal[0, :1000], np.full(1500, np.nan), signal[0, 1000:]])
    np.testing.assert_allclose(recording.lead("II"), expected, atol=1e-9)
    assert recording.warnings == ("The recording was paused; the pauses are gaps.",)


@pytest.mark.parametrize("starts_s", [[0, 1, 1e7, 1e7 + 1], [0, 3, 2, 1]])
def test_edf_pauses_that_make_no_sense(starts_s, tmp_path):
    path = write_edf(tmp_path / "ecg.edf", ecg_mv(1), 500, ("II",), starts_s=starts_s)
    with pytest.raises(CorruptFile, match=r"^ecg\.edf: the start times"):
        read(path)


def test_edf_a_fractional_rate(tmp_path):
    path = write_edf(tmp_path / "ecg.edf", ecg_mv(1, fs=99.5), 99.5, ("II",), record_s=2)
    assert read(path).fs == 99.5


def test_edf_truncated_is_read_as_far_as_it_goes(tmp_path):
    path = write_edf(tmp_path / "ecg.edf", ecg_mv(1), 500, ("II",))
    path.write_bytes(path.read_bytes()[:-1500])
    recording = read(path)
    assert recording.duration_s == 2
    assert "The file is truncated: 2 of 4 data records are complete, and only these were read." in recording.warnings


def test_edf_without_unit(tmp_path):
    path = write_edf(tmp_path / "ecg.edf", np.zeros((0, 2000)), 500, (), more=[("ECG", "", 500)])
    with pytest.raises(InvalidSignal, match=r"^ecg\.edf: no channel states a unit of voltage\. It has: ECG\."):
        read(path)


def test_edf_without_ecg(tmp_path):
    path = write_edf(tmp_path / "ecg.edf", ecg_mv(1), 500, ("",), more=[("EEG C3-A2", "uV", 100)])
    data = path.read_bytes().replace(b"ECG ", b"EOG ", 1)
    path.write_bytes(data)
    with pytest.raises(InvalidSignal, match=r"^ecg\.edf: no ECG in it\. It has: EOG, EEG C3-A2"):
        read(path)


def test_bdf_is_not_edf(tmp_path):
    path = tmp_path / "ecg.bdf"
    path.write_bytes(b"\xffBIOSEMI" + bytes(1000))
    with pytest.raises(UnknownFormat, match=r"^ecg\.bdf: a variant of EDF/EDF\+ that this version cannot read"):
        read(path)


def test_dicom_written_by_a_cart():
    # It comes with pydicom itself; nothing is downloaded.
    recording = read(get_testdata_file("waveform_ecg.dcm", download=False))
    assert recording.leads == LEADS
    assert recording.fs == 1000
    assert recording.signal.shape == (12, 10000)
    assert 0.3 < np.ptp(recording.lead("II")) < 5
    np.testing.assert_allclose(recording.lead("III"), recording.lead("II") - recording.lead("I"), atol=0.005)


def test_dicom_padding_is_a_gap(tmp_path):
    path = write_dicom(tmp_path / "ecg.dcm", ecg_mv(1), 500, ("II",))
    data = pydicom.dcmread(path)
    group = data.WaveformSequence[0]
    group.add_new(0x5400100A, "OW", np.int16(-32768).tobytes())
    group.WaveformData = np.where(np.arange(2000) < 5, -32768, 7).astype("<i2").tobytes()
    data.save_as(path)
    np.testing.assert_allclose(read(path).signal[0, :7], [np.nan] * 5 + [0.007] * 2)


def test_dicom_without_waveform(tmp_path):
    path = write_dicom(tmp_path / "ecg.dcm", ecg_mv(1), 500, ("II",))
    data = pydicom.dcmread(path)
    del data.WaveformSequence
    data.save_as(path)
    with pytest.raises(InputError, match=r"^ecg\.dcm: "):
        read(path)


def test_scp_leads_that_start_later_are_on_the_same_clock(tmp_path):
    path = write_scp(tmp_path / "ecg.scp", ecg_mv(2), 500, ("I", "II"), first_samples=[1, 501])
    recording = read(path)
    assert recording.duration_s == 5
    assert np.isnan(recording.lead("II")[:500]).all()
    np.testing.assert_allclose(recording.lead("II")[500:], ecg_mv(2)[1], atol=1e-9)
    assert np.isnan(recording.lead("I")[2000:]).all()


def test_scp_sample_intervals_of_any_length(tmp_path):
    path = write_scp(tmp_path / "ecg.scp", ecg_mv(1), 1e6 / 3000, ("II",))
    assert read(path).fs == pytest.approx(1e6 / 3000)


def test_scp_claims_more_than_it_holds(tmp_path):
    path = write_scp(tmp_path / "ecg.scp", ecg_mv(1), 500, ("II",))
    data = path.read_bytes()
    count = (2000).to_bytes(4, "little")
    path.write_bytes(data.replace(b"\x01\x00\x00\x00" + count, b"\x01\x00\x00\x00\xff\xff\xff\xff"))
    with pytest.raises(CorruptFile, match=r"^ecg\.scp: claims 4294967295 samples"):
        read(path)


@pytest.mark.parametrize("unit", ["s", "ms", "us"])
def test_hl7_time_increments(unit, tmp_path):
    path = write_hl7_aecg(tmp_path / "ecg.xml", ecg_mv(1), 99.5, ("II",))
    value = {"s": 1, "ms": 1e3, "us": 1e6}[unit] / 99.5
    text = path.read_text().replace(f'value="{1 / 99.5!r}" unit="s"', f'value="{value!r}" unit="{unit}"')
    path.write_text(text)
    assert read(path).fs == pytest.approx(99.5)


def test_hl7_leads_of_different_length(tmp_path):
    path = write_hl7_aecg(tmp_path / "ecg.xml", ecg_mv(1), 500, ("II",))
    part = '<component><sequence><code code="MDC_ECG_LEAD_V1"/><value><scale value="1" unit="uV"/><digits>5 6</digits>'
    path.write_text(path.read_text().replace("</sequenceSet>", f"{part}</value></sequence></component></sequenceSet>"))
    recording = read(path)
    np.testing.assert_allclose(recording.lead("V1")[:3], [0.005, 0.006, np.nan])
    assert recording.warnings == ("The leads have different lengths; the shorter ones end in a gap.",)


def test_philips_in_utf_16(tmp_path):
    path = write_philips_xml(tmp_path / "ecg.xml", ecg_mv(), 500, LEADS)
    path.write_bytes(path.read_text().replace("UTF-8", "UTF-16").encode("utf-16"))
    np.testing.assert_allclose(read(path).signal, ecg_mv(), atol=1e-9)


def test_philips_plain_numbers(tmp_path):
    path = write_philips_xml(tmp_path / "ecg.xml", ecg_mv(1), 500, ("II",))
    text = path.read_text()
    packed = text.partition('durationperchannel="4000">')[2].partition("<")[0]
    plain = " ".join(map(str, np.frombuffer(base64.b64decode(packed), "<i2")))
    path.write_text(text.replace(packed, plain).replace('dataencoding="Base64"', 'dataencoding="Plain"'))
    np.testing.assert_allclose(read(path).signal, ecg_mv(1), atol=1e-9)


def test_muse_with_eight_leads_gives_the_other_limb_leads(tmp_path):
    signal = ecg_mv()
    eight = [0, 1, *range(6, 12)]
    path = write_ge_muse_xml(tmp_path / "ecg.xml", signal[eight], 500, [LEADS[n] for n in eight])
    assert len(read(path).leads) == 8
    np.testing.assert_allclose(read(path, lead="III").signal[0], signal[2], atol=1e-9)
    assert "computed from I and II" in read(path, lead="aVF").warnings[-1]


def test_muse_without_unit(tmp_path):
    path = write_ge_muse_xml(tmp_path / "ecg.xml", ecg_mv(1), 500, ("II",))
    path.write_text(path.read_text().replace("MICROVOLTS", ""))
    with pytest.raises(InvalidSignal, match=r"^ecg\.xml: no channel states a unit of voltage\. It has: II\."):
        read(path)
    np.testing.assert_allclose(read(path, unit="uV").signal, ecg_mv(1), atol=1e-9)


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefghij", "bcdefghijk", strict=True)
)


@pytest.mark.parametrize("name", ["hl7", "philips", "muse"])
@pytest.mark.parametrize("declarations", [BOMB, '<!DOCTYPE x [<!ENTITY k SYSTEM "file:///etc/hostname">'])
def test_xml_with_entities_is_refused_quickly(name, declarations, tmp_path):
    path = written(name, tmp_path)
    prolog, _, rest = path.read_text().partition("?>")
    rest = rest.replace('<!DOCTYPE RestingECG SYSTEM "restecg.dtd">', "")
    path.write_text(f"{prolog}?>{declarations}]>{rest.replace('Mustermann', '&k;')}")
    began = time.perf_counter()
    with pytest.raises(CorruptFile, match=rf"^{path.name}: the XML declares entities"):
        read(path)
    assert time.perf_counter() - began < 20  # expanded, the entities would fill memory for minutes


@pytest.mark.parametrize("name", ["hl7", "philips", "muse"])
def test_damaged_xml(name, tmp_path):
    path = written(name, tmp_path)
    path.write_text(path.read_text()[:-30])
    with pytest.raises(CorruptFile, match=rf"^{path.name}: damaged or truncated XML"):
        read(path)


def test_xml_of_another_kind(tmp_path):
    path = tmp_path / "ecg.xml"
    path.write_text("<?xml version='1.0'?><html><p>no ECG</p></html>")
    with pytest.raises(UnknownFormat, match=r"^ecg\.xml: of no format that can be read"):
        read(path)
