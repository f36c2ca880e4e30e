import json
import math

import numpy as np
import pytest

from kalemia.cohorts import Cohort
from kalemia.errors import CohortError, FileMissing


def test_it_opens_with_its_rows_and_columns(cohort):
    assert len(cohort) == cohort.table.num_rows == 4
    assert cohort.column("potassium").tolist() == [4.0, 4.5, 5.0, 5.5]
    assert cohort.column("patient_id").tolist() == ["p0", "p0", "p1", "p1"]
    assert not cohort.is_simulated


def test_an_unknown_column_is_named_with_those_there_are(cohort):
    with pytest.raises(CohortError, match=r"no column sodium\. The columns are: recording_id, patient_id"):
        cohort.column("sodium")


def test_a_folder_without_a_table(tmp_path):
    with pytest.raises(CohortError, match=r"no cohort\.parquet, so not a cohort"):
        Cohort.open(tmp_path)


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(CohortError, match=r"nowhere: no cohort\.parquet"):
        Cohort.open(tmp_path / "nowhere")


def test_a_table_that_is_not_parquet(cohort):
    (cohort.folder / "cohort.parquet").write_text("recording_id,potassium")
    with pytest.raises(CohortError, match="not a readable Parquet file"):
        Cohort.open(cohort.folder)


@pytest.mark.parametrize("column", ["recording_id", "patient_id", "potassium", "minutes_from_lab", "source"])
def test_a_missing_column(rewrite, column):
    folder = rewrite(lambda row: {name: value for name, value in row.items() if name != column})
    with pytest.raises(CohortError, match=f"no column {column}. Needed: "):
        Cohort.open(folder)


def test_an_id_that_stands_twice(rewrite):
    folder = rewrite(lambda row: {**row, "recording_id": row["recording_id"].replace("r3", "r1")})
    with pytest.raises(CohortError, match="recording_id r1 stands 2 times, first in row 1"):
        Cohort.open(folder)


@pytest.mark.parametrize("potassium", [0.0, 15.0, -4.0, 420.0, math.nan, math.inf, None])
def test_an_impossible_potassium_is_named_with_its_row(rewrite, potassium):
    folder = rewrite(lambda row: {**row, "potassium": potassium if row["recording_id"] == "r2" else row["potassium"]})
    with pytest.raises(CohortError, match=r"potassium .* in row 2 \(r2\)\. It must be 1 to 12 mEq/L"):
        Cohort.open(folder)


def test_potassium_as_text(rewrite):
    with pytest.raises(CohortError, match="potassium is string, not a number"):
        Cohort.open(rewrite(lambda row: {**row, "potassium": "4.1"}))


def test_ids_that_are_numbers(rewrite):
    with pytest.raises(CohortError, match="patient_id is not text"):
        Cohort.open(rewrite(lambda row: {**row, "patient_id": 7}))


def test_an_empty_id(rewrite):
    folder = rewrite(lambda row: {**row, "patient_id": None if row["recording_id"] == "r0" else "p"})
    with pytest.raises(CohortError, match="patient_id is empty in 1 rows"):
        Cohort.open(folder)


def test_a_row_without_waveform(rewrite):
    folder = rewrite(lambda row: {**row, "recording_id": row["recording_id"] + "x"})
    with pytest.raises(CohortError, match="4 of 4 rows have no waveform, the first is r0x"):
        Cohort.open(folder)


def test_missing_shards(cohort):
    (cohort.folder / "waveforms" / "00000.parquet").unlink()
    with pytest.raises(CohortError, match="4 of 4 rows have no waveform"):
        Cohort.open(cohort.folder)


def test_a_damaged_shard(cohort):
    (cohort.folder / "waveforms" / "00000.parquet").write_bytes(b"PAR1 cut short")
    with pytest.raises(CohortError, match=r"00000\.parquet: not a readable shard"):
        Cohort.open(cohort.folder)


def test_a_missing_description(cohort):
    (cohort.folder / "cohort.json").unlink()
    with pytest.raises(CohortError, match=r"no cohort\.json"):
        Cohort.open(cohort.folder)


@pytest.mark.parametrize("text", ["{", "[]", json.dumps({"format_version": 99})])
def test_a_description_that_cannot_be_used(cohort, text):
    (cohort.folder / "cohort.json").write_text(text)
    with pytest.raises(CohortError, match=r"cohort\.json: (not valid JSON|format version)"):
        Cohort.open(cohort.folder)


def test_a_waveform_may_be_a_wfdb_record_elsewhere(rewrite, tmp_path):
    signal_uv = np.round(300 * np.sin(np.arange(5000) / 40)).astype("<i2")
    (tmp_path / "elsewhere.dat").write_bytes(signal_uv.tobytes())
    checksum = int(signal_uv.astype(np.int64).sum()) & 0xFFFF
    checksum -= 0x10000 * (checksum >= 0x8000)
    (tmp_path / "elsewhere.hea").write_text(
        f"elsewhere 1 500 5000\nelsewhere.dat 16 1000(0)/mV 16 0 {signal_uv[0]} {checksum} 0 II\n"
    )

    def change(row):
        return {**row, "path": "../elsewhere.hea" if row["recording_id"] == "r1" else None}

    recordings = dict(Cohort.open(rewrite(change)).recordings())
    assert sorted(recordings) == [0, 1, 2, 3]
    np.testing.assert_allclose(recordings[1].lead("II"), signal_uv / 1000, atol=1e-6)


def test_other_waveforms_are_another_cohort(cohort):
    before = cohort.fingerprint
    shard = cohort.shards[0]
    assert Cohort.open(cohort.folder).fingerprint == before
    shard.rename(shard.with_name("00007.parquet"))
    assert Cohort.open(cohort.folder).fingerprint != before


def test_only_the_rows_asked_for_are_read(cohort):
    assert [row for row, _ in cohort.recordings([2, 0])] == [0, 2]


def test_a_file_that_cannot_be_read_is_raised_or_told(rewrite):
    folder = rewrite(lambda row: {**row, "path": "gone.hea" if row["recording_id"] == "r1" else None})
    cohort = Cohort.open(folder)
    with pytest.raises(FileMissing, match=r"^gone\.hea: no such file"):
        list(cohort.recordings())
    told = {}
    rows = [row for row, _ in cohort.recordings(unreadable=lambda row, error: told.update({row: str(error)}))]
    assert rows == [0, 2, 3]
    assert list(told) == [1]
