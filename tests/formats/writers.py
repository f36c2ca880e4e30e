"""Writers of small valid files, one per format, for tests only.

Each takes (path, signal_mv, fs, leads), stores 1 uV per count where the format allows, and puts a patient's name, birth
date and id wherever the format has room for them.
"""

import base64
import struct
import warnings
from binascii import crc_hqx
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

FAMILY, GIVEN, PATIENT_ID, BORN = "Mustermann", "Erika", "PID4711", "1964"
PRIVATE = (FAMILY, FAMILY.upper(), GIVEN, PATIENT_ID, BORN)
LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")


def ecg_mv(leads=12, seconds=4.0, fs=500.0):
    """An ECG of whole microvolts, 75 beats a minute, another height in each lead; limb leads obey Einthoven."""
    time_s = np.arange(round(seconds * fs)) / fs
    beat = time_s % 0.8 - 0.3

    def wave(height, at, width):
        return height * np.exp(-((beat - at) ** 2) / (2 * width**2))

    base = wave(0.1, -0.16, 0.02) + wave(1.0, 0.0, 0.01) - wave(0.2, 0.03, 0.01) + wave(0.3, 0.27, 0.04)
    signal = np.round(np.outer(0.2 + 0.1 * np.arange(leads), base), 3)
    if leads >= 3:
        signal[2] = signal[1] - signal[0]
    return signal


def counts(signal_mv):
    return np.rint(np.asarray(signal_mv) * 1000).astype(np.int64)


def write_wfdb(path, signal_mv, fs, leads, fmt=16):
    values = counts(signal_mv).T if fmt == 16 else np.rint(np.asarray(signal_mv).T * 200).astype(np.int64)
    gain = 1000 if fmt == 16 else 200
    data = values.astype("<i2").tobytes() if fmt == 16 else _pack_212(values.ravel())
    name = path.stem
    path.with_suffix(".dat").write_bytes(data)
    lines = [f"{name} {len(leads)} {fs:.15g} {len(values)}"]
    for n, lead in enumerate(leads):
        checksum = int(values[:, n].sum()) & 0xFFFF
        lines.append(f"{name}.dat {fmt} {gain}(0)/mV 16 0 {values[0, n]} {checksum} 0 {lead.lower()}")
    lines += [f"# name: {GIVEN} {FAMILY}", f"# id: {PATIENT_ID}", f"# born {BORN}"]
    path.write_text("\n".join(lines) + "\n")
    return path


def _pack_212(values):
    values = np.append(values, np.zeros(len(values) % 2, dtype=np.int64)) & 0xFFF
    first, second = values[0::2], values[1::2]
    packed = np.stack([first & 0xFF, (first >> 8) | ((second >> 8) << 4), second & 0xFF], axis=1)
    return packed.astype(np.uint8).tobytes()


def write_wfdb_212(path, signal_mv, fs, leads):
    return write_wfdb(path, signal_mv, fs, leads, fmt=212)


def write_edf(path, signal_mv, fs, leads, starts_s=None, record_s=1.0, more=()):
    """`more` adds channels: (label, unit, samples per data record). `starts_s` makes it EDF+D."""
    per_record = round(fs * record_s)
    values = counts(signal_mv)
    records = values.shape[1] // per_record
    channels = [(f"ECG {lead}", "uV", per_record) for lead in leads] + list(more)
    annotation_bytes = 32
    if starts_s is not None:
        channels.append(("EDF Annotations", "", annotation_bytes // 2))
    head = "0".ljust(8) + f"{PATIENT_ID} F 02-AUG-{BORN} {GIVEN}_{FAMILY}".ljust(80)
    head += f"Startdate 01-JAN-2020 {PATIENT_ID} X X".ljust(80) + "01.01.20" + "10.00.00"
    head += str(256 * (len(channels) + 1)).ljust(8) + ("EDF+C" if starts_s is None else "EDF+D").ljust(44)
    head += str(records).ljust(8) + f"{record_s:g}".ljust(8) + str(len(channels)).ljust(4)
    fields = (
        [label.ljust(16) for label, _, _ in channels],
        ["".ljust(80) for _ in channels],
        [unit.ljust(8) for _, unit, _ in channels],
        *[[str(limit).ljust(8) for _ in channels] for limit in (-32768, 32767, -32768, 32767)],
        ["".ljust(80) for _ in channels],
        [str(samples).ljust(8) for _, _, samples in channels],
        ["".ljust(32) for _ in channels],
    )
    body = bytearray(head.encode("ascii") + "".join("".join(field) for field in fields).encode("ascii"))
    for record in range(records):
        part = values[:, record * per_record : (record + 1) * per_record]
        body += part.astype("<i2").tobytes()
        for _, _, samples in more:
            body += np.full(samples, 97, dtype="<i2").tobytes()
        if starts_s is not None:
            body += f"+{starts_s[record]:.3f}\x14\x14\x00".encode("ascii").ljust(annotation_bytes, b"\x00")
    path.write_bytes(bytes(body))
    return path


_SCP_CODES = {"I": 1, "II": 2, "III": 61, "aVR": 62, "aVL": 63, "aVF": 64} | {f"V{n}": n + 2 for n in range(1, 7)}


def write_scp(path, signal_mv, fs, leads, first_samples=None):
    """Version 2 without compression: sections 0, 1 (patient), 3 (leads) and 6 (rhythm)."""
    values = counts(signal_mv).astype("<i2")
    starts = first_samples or [1] * len(leads)
    patient = b"".join(
        bytes([tag]) + struct.pack("<H", len(text) + 1) + text.encode() + b"\0"
        for tag, text in ((0, FAMILY), (1, GIVEN), (2, PATIENT_ID))
    )
    patient += bytes([5]) + struct.pack("<HHBB", 4, int(BORN), 8, 2) + bytes([255, 0, 0])
    lead_table = bytes([len(leads), 0x04 | len(leads) << 3 & 0xFF])
    for lead, start in zip(leads, starts, strict=True):
        lead_table += struct.pack("<IIB", start, start + values.shape[1] - 1, _SCP_CODES[lead])
    rhythm = struct.pack("<HHBB", 1000, round(1e6 / fs), 0, 0)
    rhythm += struct.pack(f"<{len(leads)}H", *[values.shape[1] * 2] * len(leads)) + values.tobytes()
    path.write_bytes(_scp_record({1: patient, 3: lead_table, 6: rhythm}))
    return path


def _scp_record(bodies):
    directory_length = 16 + 12 * 10
    position, pointers, sections = 6 + directory_length, {0: (directory_length, 6)}, b""
    for number, body in bodies.items():
        section = _scp_section(number, body + b"\0" * (len(body) % 2))
        pointers[number] = (len(section), position)
        sections += section
        position += len(section)
    table = b"".join(
        struct.pack("<HII", n, pointers[n][0] if n in pointers else 0, pointers[n][1] + 1 if n in pointers else 0)
        for n in range(12)
    )
    rest = struct.pack("<I", position) + _scp_section(0, table) + sections
    return struct.pack("<H", crc_hqx(rest, 0xFFFF)) + rest


def _scp_section(number, body):
    rest = struct.pack("<HIBB6s", number, 16 + len(body), 20, 20, b"SCPECG" if number == 0 else b"\0" * 6) + body
    return struct.pack("<H", crc_hqx(rest, 0xFFFF)) + rest


def write_hl7_aecg(path, signal_mv, fs, leads):
    sequences = "".join(
        f'<component><sequence><code code="MDC_ECG_LEAD_{lead.upper()}" codeSystem="2.16.840.1.113883.6.24"/>'
        '<value xsi:type="SLIST_PQ"><origin value="0" unit="uV"/><scale value="1" unit="uV"/>'
        f"<digits>{' '.join(map(str, row))}</digits></value></sequence></component>"
        for lead, row in zip(leads, counts(signal_mv), strict=True)
    )
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<AnnotatedECG xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        "<componentOf><timepointEvent><componentOf><subjectAssignment><subject><trialSubject>"
        f'<id extension="{PATIENT_ID}"/><subjectDemographicPerson><name><family>{FAMILY}</family><given>{GIVEN}</given>'
        f'</name><birthTime value="{BORN}0802"/></subjectDemographicPerson></trialSubject></subject>'
        "</subjectAssignment></componentOf></timepointEvent></componentOf>"
        '<component><series><code code="RHYTHM"/><component><sequenceSet>'
        '<component><sequence><code code="TIME_ABSOLUTE"/><value xsi:type="GLIST_TS"><head value="20200101100000"/>'
        f'<increment value="{1 / fs!r}" unit="s"/></value></sequence></component>'
        f"{sequences}</sequenceSet></component></series></component></AnnotatedECG>"
    )
    return path


def write_philips_xml(path, signal_mv, fs, leads, compressed=False):
    values = counts(signal_mv)
    if compressed:
        data = b"".join(_xli_chunk(row) for row in _with_limb_residuals(values))
        attributes = 'dataencoding="Base64" compressmethod="XLI"'
    else:
        data = values.astype("<i2").tobytes()
        attributes = 'dataencoding="Base64"'
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?><restingecgdata xmlns="http://www3.medical.philips.com">'
        "<documentinfo><documenttype>PhilipsECG</documenttype><documentversion>1.04</documentversion></documentinfo>"
        f"<patient><generalpatientdata><patientid>{PATIENT_ID}</patientid><name><lastname>{FAMILY}</lastname>"
        f"<firstname>{GIVEN}</firstname></name><age><dateofbirth>{BORN}-08-02</dateofbirth></age>"
        "</generalpatientdata></patient>"
        f"<dataacquisition><signalcharacteristics><samplingrate>{fs:g}</samplingrate><resolution>1</resolution>"
        f"<numberchannelsallocated>{len(leads)}</numberchannelsallocated></signalcharacteristics></dataacquisition>"
        f'<waveforms><parsedwaveforms {attributes} samplespersecond="{fs:g}" leadlabels="{" ".join(leads)}" '
        f'durationperchannel="{values.shape[1] * 1000 / fs:g}">{base64.b64encode(data).decode()}</parsedwaveforms>'
        "</waveforms></restingecgdata>"
    )
    return path


def write_philips_xml_compressed(path, signal_mv, fs, leads):
    return write_philips_xml(path, signal_mv, fs, leads, compressed=True)


def _with_limb_residuals(values):
    i, ii, iii, avr, avl, avf = values[:6]
    residuals = (ii - i - iii, -avr - (i + ii) // 2, (i - iii) // 2 - avl, (ii + iii) // 2 - avf)
    return [i, ii, *residuals, *values[6:]]


def _xli_chunk(row):
    # Second differences, then LZW with 10-bit codes; a stream of single bytes is valid LZW.
    deltas = row.copy()
    deltas[2:-1] = 64 + 2 * row[2:-1] - row[1:-2] - row[3:]
    deltas[-1] = 64
    words = deltas.astype(np.int16).view(np.uint16)
    plain = np.concatenate([words >> 8, words & 0xFF])
    bits = "".join(f"{byte:010b}" for byte in plain)
    bits += "0" * (-len(bits) % 8)
    packed = int(bits, 2).to_bytes(len(bits) // 8, "big")
    return struct.pack("<iHh", len(packed), 0, 2 * row[1] - row[0] - row[2]) + packed


def write_ge_muse_xml(path, signal_mv, fs, leads):
    values = counts(signal_mv).astype("<i2")
    data = "".join(
        f"<LeadData><LeadByteCountTotal>{2 * len(row)}</LeadByteCountTotal><LeadSampleCountTotal>{len(row)}"
        "</LeadSampleCountTotal><LeadAmplitudeUnitsPerBit>1</LeadAmplitudeUnitsPerBit><LeadAmplitudeUnits>MICROVOLTS"
        f"</LeadAmplitudeUnits><LeadID>{lead}</LeadID><LeadSampleSize>2</LeadSampleSize><WaveFormData>"
        f"{base64.b64encode(row.tobytes()).decode()}</WaveFormData></LeadData>"
        for lead, row in zip(leads, values, strict=True)
    )
    base, exponent = (round(fs), 0) if fs == round(fs) else (round(fs * 10), -1)
    path.write_text(
        '<?xml version="1.0" encoding="ISO-8859-1"?><!DOCTYPE RestingECG SYSTEM "restecg.dtd"><RestingECG>'
        f"<PatientDemographics><PatientID>{PATIENT_ID}</PatientID><PatientLastName>{FAMILY}</PatientLastName>"
        f"<PatientFirstName>{GIVEN}</PatientFirstName><DateofBirth>08-02-{BORN}</DateofBirth></PatientDemographics>"
        f"<Waveform><WaveformType>Rhythm</WaveformType><SampleBase>{base}</SampleBase>"
        f"<SampleExponent>{exponent}</SampleExponent>{data}</Waveform></RestingECG>",
        encoding="latin-1",
    )
    return path


def write_dicom(path, signal_mv, fs, leads):
    group = Dataset()
    group.WaveformOriginality = "ORIGINAL"
    group.NumberOfWaveformChannels, group.NumberOfWaveformSamples = np.shape(signal_mv)
    group.SamplingFrequency = fs
    group.MultiplexGroupLabel = "RHYTHM"
    group.ChannelDefinitionSequence = [_dicom_channel(lead) for lead in leads]
    group.WaveformBitsAllocated = 16
    group.WaveformSampleInterpretation = "SS"
    group.WaveformData = counts(signal_mv).T.astype("<i2").tobytes()
    data = Dataset()
    data.SOPClassUID = "1.2.840.10008.5.1.4.1.1.9.1.1"
    data.SOPInstanceUID = generate_uid(entropy_srcs=["kalemia"])
    data.PatientName = f"{FAMILY}^{GIVEN}"
    data.PatientID = PATIENT_ID
    data.PatientBirthDate = f"{BORN}0802"
    data.Modality = "ECG"
    data.WaveformSequence = [group]
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data.save_as(path, enforce_file_format=True)
    return path


def _dicom_channel(lead):
    source, unit, channel = Dataset(), Dataset(), Dataset()
    source.CodeValue, source.CodingSchemeDesignator = f"2:{_SCP_CODES[lead]}", "MDC"
    source.CodeMeaning = f"Lead {lead}"
    unit.CodeValue, unit.CodingSchemeDesignator, unit.CodeMeaning = "uV", "UCUM", "microvolt"
    channel.ChannelSourceSequence = [source]
    channel.ChannelSensitivity = 1
    channel.ChannelSensitivityUnitsSequence = [unit]
    channel.ChannelSensitivityCorrectionFactor = 1
    channel.ChannelBaseline = 0
    channel.WaveformBitsStored = 16
    return channel


def write_csv(path, signal_mv, fs, leads, delimiter=",", decimal="."):
    time_s = np.arange(np.shape(signal_mv)[1]) / fs
    lines = [f"# {FAMILY}, {GIVEN}, {PATIENT_ID}", delimiter.join(["time_s", *[f"{lead}_mV" for lead in leads]])]
    rows = np.column_stack([time_s, np.transpose(signal_mv)])
    lines += [delimiter.join("" if np.isnan(x) else f"{x:.6f}".replace(".", decimal) for x in row) for row in rows]
    path.write_text("\n".join(lines) + "\n")
    return path


def write_tsv(path, signal_mv, fs, leads):
    return write_csv(path, signal_mv, fs, leads, delimiter="\t")


def write_semicolons(path, signal_mv, fs, leads):
    return write_csv(path, signal_mv, fs, leads, delimiter=";", decimal=",")


def write_npz(path, signal_mv, fs, leads):
    np.savez(path, signal=signal_mv, fs=fs, leads=np.array(leads), unit="mV", patient=f"{GIVEN} {FAMILY}")
    return path


def write_npy(path, signal_mv, fs, leads):
    """NPY has no place for a rate or names."""
    np.save(path, np.asarray(signal_mv))
    return path


WRITERS = {
    "wfdb 16": (write_wfdb, ".hea"),
    "wfdb 212": (write_wfdb_212, ".hea"),
    "edf": (write_edf, ".edf"),
    "dicom": (write_dicom, ".dcm"),
    "scp": (write_scp, ".scp"),
    "hl7": (write_hl7_aecg, ".xml"),
    "philips": (write_philips_xml, ".xml"),
    "philips xli": (write_philips_xml_compressed, ".xml"),
    "muse": (write_ge_muse_xml, ".xml"),
    "csv": (write_csv, ".csv"),
    "tsv": (write_tsv, ".tsv"),
    "semicolons": (write_semicolons, ".csv"),
    "npz": (write_npz, ".npz"),
    "npy": (write_npy, ".npy"),
}


def written(name, folder: Path, signal_mv=None, fs=500.0, leads=LEADS) -> Path:
    writer, suffix = WRITERS[name]
    return writer(
        folder / f"recording{suffix}", ecg_mv(len(leads), fs=fs) if signal_mv is None else signal_mv, fs, leads
    )
