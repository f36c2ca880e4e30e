import numpy as np
import pytest

from kalemia.errors import CorruptFile, EmptyFile, InvalidSignal, MissingLead, MissingSamplingRate
from kalemia.reading import read


@pytest.fixture
def table(tmp_path):
    def write(text, name="ecg.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path

    return write


@pytest.mark.parametrize(
    ("header", "leads", "unit_mv"),
    [
        ("time_s,ii_mv", ("II",), 1),
        ("time,II (uV)", ("II",), 1e-3),
        ("t,II [mV]", ("II",), 1),
        ("Time (s),Lead II (µV)", ("II",), 1e-3),
        ("'Elapsed time','MLII'\n'seconds','mV'", ("MLII",), 1),
        ("time_s,AVR_V", ("aVR",), 1e3),
        ("t_s,ecg", ("ecg",), 1),
        ('"time_s","ECG_lead_II"', ("II",), 1),
    ],
)
def test_titles(header, leads, unit_mv, table):
    recording = read(table(f"{header}\n0.000,0.5\n0.002,-0.25\n0.004,\n0.006,1\n"))
    assert recording.leads == leads
    assert recording.fs == 500
    np.testing.assert_allclose(recording.signal[0], np.array([0.5, -0.25, np.nan, 1]) * unit_mv)


def test_milliseconds(table):
    assert read(table("time_ms,ii\n0,1\n4,2\n8,3\n")).fs == 250
    recording = read(table("time,ii_mv\n0,1\n4,2\n8,3\n"))
    assert recording.fs == 250
    assert 'Column "time" states no unit; it was read as milliseconds.' in recording.warnings


def test_many_leads_without_time(table):
    recording = read(table("I,II,III\n1,2,1\n3,5,2\n"), fs=500)
    assert recording.leads == ("I", "II", "III")
    np.testing.assert_array_equal(recording.signal, [[1, 3], [2, 5], [1, 2]])
    assert recording.warnings[0] == "No unit is stated; the numbers were read as mV."


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_no_header(newline, bom, table):
    recording = read(table(bom + newline.join(["0.1", "0.2", "0.3"])), fs=500, lead="II")
    np.testing.assert_allclose(recording.lead("II"), [0.1, 0.2, 0.3])


def test_no_header_but_a_clock(table):
    recording = read(table("0.000,0.1\n0.002,0.2\n0.004,0.3\n0.006,0.5\n"), lead="II")
    assert recording.fs == 500
    np.testing.assert_allclose(recording.lead("II"), [0.1, 0.2, 0.3, 0.5])


def test_twelve_columns_without_names_are_the_standard_leads(table):
    recording = read(table("\n".join([",".join(map(str, range(12)))] * 3)), fs=500)
    assert recording.leads[:4] == ("I", "II", "III", "aVR")
    assert "standard order" in recording.warnings[0]


def test_a_sample_number_is_neither_time_nor_signal(table):
    recording = read(table("sample,ii\n0,1\n1,2\n"), fs=500)
    assert recording.leads == ("II",)


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_decimal_commas(delimiter, table):
    text = "time_s;ii_mv\n0,000;0,5\n0,002;-1,25\n0,004;\n".replace(";", delimiter)
    recording = read(table("\ufeff" + text))
    assert recording.fs == 500
    np.testing.assert_allclose(recording.signal[0], [0.5, -1.25, np.nan])


def test_comments_and_blank_lines(table):
    text = "# by hand\n\n# fs 500\ntime_s,ii_mv\n# begins\n0.000,1\n0.002,2\n\n0.004,3\n"
    np.testing.assert_array_equal(read(table(text)).signal, [[1, 2, 3]])


def test_an_empty_line_in_a_single_column_is_a_gap(table):
    np.testing.assert_array_equal(read(table("ii_mv\n1\n\n3\n"), fs=500).signal, [[1, np.nan, 3]])


def test_latin_1_titles(table):
    recording = read(table("time_s;II (µV)\n0;100\n0.002;200\n", encoding="latin-1"))
    np.testing.assert_allclose(recording.signal, [[0.1, 0.2]])


def test_a_preamble_of_a_device_is_skipped(table):
    text = 'Name,Erika Mustermann\nDate of Birth,"2 Aug 1964"\nSample Rate,512 hertz\n\n\n-11.5\n12\n20\n'
    recording = read(table(text), lead="I", fs=512, unit="uV")
    np.testing.assert_allclose(recording.lead("I"), [-0.0115, 0.012, 0.02])
    assert "Mustermann" not in repr(recording)


def test_quoted_numbers_signs_and_exponents(table):
    np.testing.assert_allclose(read(table('ii_mv,v1_mv\n"+1.5e-1", 2 \n-2E0,NaN\n'), fs=500).signal[0], [0.15, -2])


def test_columns_that_are_not_needed_may_hold_text(table):
    recording = read(table("time_s,ii_mv,beat\n0,1,N\n0.002,2,\n0.004,3,V\n"), lead="II")
    np.testing.assert_array_equal(recording.signal, [[1, 2, 3]])


def test_no_sampling_rate(table):
    message = (
        r'^ecg\.csv: no sampling rate\. A CSV needs one: add --fs 500, or a time column in seconds named "time_s"$'
    )
    with pytest.raises(MissingSamplingRate, match=message):
        read(table("ii_mv\n1\n2\n"))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("time_s,ii_mv\n0,1\n0.002,high\n", r'row 3, column 2 \("ii_mv"\)'),
        ("I,II\nabc,1\n0.1,0.2\n", r'row 2, column 1 \("I"\)'),
        ("# note\nI,II\n0,1\n0.1,0.2x\n", r'row 4, column 2 \("II"\)'),
        ("II\nnothing\nat all\n", r'row 2, column 1 \("II"\)'),
        ("time_s,ii_mv\n0,1\nsoon,1\n", r'row 3, column 1 \("time_s"\)'),
    ],
)
def test_text_where_numbers_should_be(text, place, table):
    with pytest.raises(CorruptFile, match=rf"^ecg\.csv: {place}: text where a number should be"):
        read(table(text), fs=None if "time" in text else 500)


def test_rows_of_another_width(table):
    with pytest.raises(CorruptFile, match=r"^ecg\.csv: row 4 has 1 columns, the others have 2"):
        read(table("I,II\n1,2\n3,4\n5\n"), fs=500)


@pytest.mark.parametrize("text", ["time_s,ii_mv\n", "ii_mv", "# only\n# comments\n", "\n\n"])
def test_no_rows(text, table):
    with pytest.raises(EmptyFile, match=r"^ecg\.csv: no rows"):
        read(table(text), fs=500)


def test_a_unit_that_is_no_voltage(table):
    with pytest.raises(InvalidSignal, match=r"^ecg\.csv: no channel states a unit of voltage"):
        read(table("ii (adu)\n1\n2\n"), fs=500)


def test_only_a_time_column(table):
    with pytest.raises(InvalidSignal, match=r"^ecg\.csv: no column of signal"):
        read(table("time_s\n0\n0.002\n"))


@pytest.mark.parametrize(
    "times", ["0 0.002 0.004 1.0 1.002 1.004", "0 0.002 0.004 0.004 0.003 0.002", "0 0 0 0", "0.006 0.004 0.002 0"]
)
def test_times_that_do_not_rise_evenly(times, table):
    rows = "\n".join(f"{time},1" for time in times.split())
    with pytest.raises(InvalidSignal, match=r'^ecg\.csv: column "time_s" does not rise evenly \(see row \d'):
        read(table(f"time_s,ii_mv\n{rows}\n"))


def test_the_row_where_the_time_jumps_is_named(table):
    times = np.arange(100) / 500 + np.where(np.arange(100) >= 40, 0.5, 0)
    rows = "\n".join(f"{time:.3f},1" for time in times)
    with pytest.raises(InvalidSignal, match="see row 42"):
        read(table(f"time_s,ii_mv\n{rows}\n"))


def test_a_missing_time(table):
    with pytest.raises(CorruptFile, match='row 3, column "time_s": no time there'):
        read(table("time_s,ii_mv\n0,1\n,1\n0.004,1\n"))


def test_steps_of_one_are_ambiguous(table):
    with pytest.raises(InvalidSignal, match="counts in steps of 1: samples or milliseconds"):
        read(table("time,ii_mv\n0,1\n1,1\n2,1\n"))


@pytest.mark.parametrize("fs", [128, 250, 257, 360, 500, 512, 1000])
@pytest.mark.parametrize("seconds", [1.5, 10, 60])
def test_times_rounded_to_milliseconds_give_the_whole_rate(fs, seconds, table):
    rows = "\n".join(f"{n / fs:.3f},0" for n in range(round(fs * seconds)))
    assert read(table(f"time_s,ii_mv\n{rows}\n")).fs == fs


def test_of_repeated_leads_the_first_counts(table):
    recording = read(table("II,V1,II\n1,2,3\n"), fs=500)
    assert recording.leads == ("II", "V1")
    np.testing.assert_array_equal(recording.lead("II"), [1])
    assert "Lead II is there more than once; the first was taken." in recording.warnings


def test_repeated_leads_are_said_also_where_one_is_asked_for(table):
    recording = read(table("ii,II\n1,2\n"), lead="II", fs=500)
    assert recording.warnings.count("Lead II is there more than once; the first was taken.") == 1


def test_repeated_titles_of_no_lead_are_told_apart(table):
    assert read(table("ecg,ecg\n1,2\n"), fs=500).leads == ("ecg", "ecg (2)")


def test_a_missing_lead_names_those_that_are_there(table):
    with pytest.raises(MissingLead, match=r"^ecg\.csv: no lead II\. The recording has: V1, V2\. Give one that has it$"):
        read(table("V1,V2\n1,2\n"), fs=500, lead="II")
