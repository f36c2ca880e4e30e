import csv
import json
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kalemia.cohorts import Cohort
from kalemia.cohorts.build_settings import BuildSettings
from kalemia.cohorts.building import build_cohort
from kalemia.cohorts.splits import split_by_patient
from kalemia.errors import CohortError, OutputError


class Hospital:
    """A folder with files of its own signal each, and what can be built from it."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "ecg").mkdir()
        for number in range(8):
            self.write_ecg(f"{number}.csv", number)

    def write_ecg(self, name, seed, lead="ii"):
        signal = np.random.default_rng(seed).normal(0, 0.3, 60)
        rows = "".join(f"{i / 250:.3f},{mv:.4f}\n" for i, mv in enumerate(signal))
        (self.folder / "ecg" / name).write_text(f"time_s,{lead}_mv\n{rows}")

    def table(self, name, titles, *rows):
        with (self.folder / name).open("w", newline="") as file:
            csv.writer(file, delimiter=";").writerows([titles.split(), *rows])
        return self.folder / name

    def build(self, titles, *rows, lab=None, **settings):
        """A manifest row is the number of a file or its name, then the other cells."""
        named = [(f"ecg/{row[0]}.csv" if isinstance(row[0], int) else row[0], *row[1:]) for row in rows]
        manifest = self.table("manifest.csv", titles, *named)
        table = None if lab is None else self.table("lab.csv", "patient potassium lab_time", *lab)
        return build_cohort(manifest, self.folder / "cohort", table, BuildSettings(**settings), progress=False)

    def exclusions(self):
        with (self.folder / "cohort" / "exclusions.csv").open() as file:
            return [(row["table"], int(row["row"]), row["reason"]) for row in csv.DictReader(file)]


@pytest.fixture
def hospital(tmp_path):
    return Hospital(tmp_path)


ONE = "recording patient potassium"
TWO = "recording patient ecg_time"
T = "2024-03-01T{}".format


def test_one_table(hospital):
    built = hospital.build(
        f"{ONE} minutes_from_lab age ward",
        (0, "007", "4,2", 10, 61, "icu"),
        (1, "007", 5.1, "", "", ""),
        (2, "8", 6, -5, 70, "er"),
    )
    cohort = Cohort.open(hospital.folder / "cohort")
    assert cohort.column("patient_id").tolist() == ["007", "007", "8"]
    assert cohort.column("recording_id").tolist() == ["0", "1", "2"]
    assert cohort.column("potassium").tolist() == [4.2, 5.1, 6.0]
    np.testing.assert_array_equal(cohort.column("minutes_from_lab"), [10, np.nan, -5])
    assert cohort.column("is_index").tolist() == [True, False, True]
    assert cohort.table.column("age").to_pylist() == [61, None, 70]
    assert cohort.table.column("ward").to_pylist() == ["icu", None, "er"]
    assert [row for row, _ in cohort.recordings()] == [0, 1, 2]
    assert not cohort.is_simulated
    assert cohort.description["made_by"] == "kalemia cohort manifest.csv -o COHORT"
    assert [step.recordings for step in built.flow] == [3, 3, 3, 3]
    assert len(split_by_patient(cohort.column("patient_id"), {"a": 0.5, "b": 0.5}, 0)) == 2


def test_two_tables(hospital):
    built = hospital.build(
        TWO,
        (0, "a", T("10:00")),
        (1, "a", T("12:00")),
        (2, "b", T("10:00")),
        (3, "c", T("10:00")),
        (4, "d", ""),
        (5, "e", T("10:00")),
        lab=[
            ("a", "4,0", T("10:20")),
            ("a", 9, T("10:21")),
            ("a", "<3", T("10:01")),
            ("b", 4.0, T("09:30")),
            ("b", 5.0, T("10:30")),
            ("c", 4.0, T("10:05")),
            ("c", 6.0, T("10:05:30")),
            ("d", 4.0, T("10:05")),
            ("nobody", "x", "no time either"),
            ("b", 4.0, ""),
            ("b", 5.0, T("10:30")),
        ],
    )
    assert built.cohort.column("recording_id").tolist() == ["0", "2"]
    assert built.cohort.column("potassium").tolist() == [4.0, 5.0]
    assert built.cohort.column("minutes_from_lab").tolist() == [20, 30]
    assert (built.tied, built.averaged) == (1, 0)
    assert hospital.exclusions() == [
        ("manifest.csv", 3, "no value within 60 min"),
        ("manifest.csv", 5, "values of one minute disagree"),
        ("manifest.csv", 6, "no time of the ECG"),
        ("manifest.csv", 7, "patient without laboratory value"),
        ("lab.csv", 4, "potassium is no number"),
        ("lab.csv", 11, "no time of the sample"),
        ("lab.csv", 12, "the same row again"),
    ]


def test_values_of_one_minute_are_averaged_and_counted(hospital):
    built = hospital.build(TWO, (0, "a", T("10:00")), lab=[("a", 4.0, T("10:10")), ("a", 4.2, T("10:10"))])
    assert built.cohort.column("potassium").tolist() == [pytest.approx(4.1)]
    assert built.cohort.column("lab_values").tolist() == [2]
    assert built.averaged == 1


def test_zones_are_compared_in_utc(hospital):
    built = hospital.build(
        f"{ONE} ecg_time lab_time",
        (0, "a", 4.0, "2024-03-01T10:00+01:00", "2024-03-01T09:20Z"),
        (1, "b", 4.0, "2024-03-01T10:00+01:00", "2024-03-01T10:00Z"),
        window_minutes=30,
    )
    assert built.cohort.column("minutes_from_lab").tolist() == [20]
    assert hospital.exclusions() == [("manifest.csv", 3, "sample more than 30 min away")]


def test_each_bad_row_is_left_out_for_its_reason(hospital):
    shutil.copy(hospital.folder / "ecg/5.csv", hospital.folder / "ecg/other_name.csv")
    shutil.copy(hospital.folder / "ecg/7.csv", hospital.folder / "ecg/7b.csv")
    (hospital.folder / "ecg/broken.csv").write_text("time_s,ii_mv\nx,y\n")
    hospital.write_ecg("chest.csv", 99, lead="v1")
    reasons = [
        ((0, "a", 4.0), None),
        ((0, "a", 4.0), "the same row again"),
        (("", "a", 4.0), "no recording named"),
        ((1, "", 4.0), "no patient"),
        ((1, "a", ""), "no potassium"),
        ((1, "a", "haemolysed"), "potassium is no number"),
        ((1, "a", 0.4), "potassium not 1 to 12 mEq/L"),
        ((2, "b", 4.0), "the same recording under two patients"),
        (("./ecg/2.csv", "c", 4.0), "the same recording under two patients"),
        ((3, "b", 4.0), "the same recording with another potassium or time"),
        ((3, "b", 5.0), "the same recording with another potassium or time"),
        ((4, "b", 4.0), None),
        (("./ecg/4.csv", "b", 4.0), "the same recording again"),
        ((5, "d", 4.0), "the same signal under two patients"),
        (("ecg/other_name.csv", "e", 4.0), "the same signal under two patients"),
        ((7, "d", 4.0), None),
        (("ecg/7b.csv", "d", 4.0), "the same signal again"),
        (("ecg/gone.csv", "f", 4.0), "no such file"),
        (("ecg/broken.csv", "f", 4.0), "cannot be read"),
        (("ecg/chest.csv", "f", 4.0), "no lead II"),
    ]
    built = hospital.build(ONE, *(row for row, _ in reasons), allow_missing=True)
    wanted = [("manifest.csv", number, reason) for number, (_, reason) in enumerate(reasons, 2) if reason]
    assert hospital.exclusions() == wanted
    assert built.cohort.column("patient_id").tolist() == ["a", "b", "d"]
    left = built.flow[-1]
    assert (left.recordings, left.patients) == (3, 3)
    assert built.flow[0].recordings - sum(one.recordings for s in built.flow for one in s.excluded) == 3


def test_flat_lines_are_nobodys(hospital):
    for name in ("flat1", "flat2"):
        (hospital.folder / f"{name}.csv").write_text("time_s,ii_mv\n" + "".join(f"{i / 250},0\n" for i in range(60)))
    assert len(hospital.build(ONE, ("flat1.csv", "a", 4), ("flat2.csv", "b", 4)).cohort) == 2


def test_files_that_are_not_there_are_counted_in_the_error(hospital):
    rows = [(f"ecg/x{number}.csv", "a", 4.0) for number in range(5)]
    with pytest.raises(CohortError, match=r"5 of 6 recordings are not there: .*x0\.csv, .*x2\.csv, and 2 more\. Check"):
        hospital.build(ONE, (0, "a", 4.0), *rows)
    assert not (hospital.folder / "cohort").exists()


@pytest.mark.parametrize(
    ("titles", "row", "said"),
    [
        ("recording patient", (0, "a"), "no column potassium"),
        (f"{ONE} ecg_time", (0, "a", 4, "2024-03-01"), r'row 2: ecg_time is "2024-03-01"\. Give date and time of day'),
        (f"{ONE} ecg_time", (0, "a", 4, "1.3.2024 10:00"), "row 2: ecg_time"),
        (f"{ONE} ecg_time lab_time", (0, "a", 4, T("10:00"), T("10:00Z")), r"with a zone \(manifest\.csv, row 2\)"),
        (f"{ONE} minutes_from_lab", (0, "a", 4, "soon"), 'row 2: minutes_from_lab is "soon"'),
        (
            f"{ONE} ecg_time lab_time minutes_from_lab",
            (0, "a", 4, T("10:00"), T("10:20"), -20),
            "row 2: .* is -20, but",
        ),
        (f"{ONE} path", (0, "a", 4, "x"), "column path: a cohort has its own"),
        (ONE, (0, "a", 16.4), r"median of potassium is 16\.4, which cannot be mEq/L\. They look like mg/dL"),
        (ONE, (0, "a", 140), "which cannot be mEq/L. Is it another substance"),
        (ONE, (0, "a", "n/a"), "no ECG of its 1 rows is left: no potassium 1"),
    ],
)
def test_what_makes_the_table_doubtful_is_an_error(hospital, titles, row, said):
    with pytest.raises(CohortError, match=said):
        hospital.build(titles, row)
    assert not (hospital.folder / "cohort").exists()


@pytest.mark.parametrize(
    ("titles", "row", "lab", "said"),
    [
        (TWO, (0, "7", T("10:00")), ("007", 4, T("10:00")), "no value of any patient in manifest.csv. Write ids alike"),
        (TWO, (0, "a", T("10:00")), ("a", 4, T("10:00+01:00")), r"with a zone \(lab\.csv, row 2\) and times without"),
        (TWO, (0, "a", T("10:00")), ("a", 4, "today"), r"lab\.csv: row 2: lab_time"),
        (f"{TWO} potassium", (0, "a", T("10:00"), 4), ("a", 4, T("10:00")), "but --lab gives the potassium"),
        (ONE, (0, "a", 4), ("a", 4, T("10:00")), "no column ecg_time"),
    ],
)
def test_so_are_two_tables_that_do_not_fit(hospital, titles, row, lab, said):
    with pytest.raises(CohortError, match=said):
        hospital.build(titles, row, lab=[lab])


def test_units(hospital):
    built = hospital.build(ONE, (0, "a", 15.64), (1, "b", 50), unit="mg/dL")
    assert built.cohort.column("potassium").tolist() == [pytest.approx(4.0)]
    assert hospital.exclusions() == [("manifest.csv", 3, "potassium not 1 to 12 mEq/L")]


def test_the_index_ecg(hospital):
    rows = [
        (0, "a", 4, T("12:00"), T("12:01")),
        (1, "a", 4, T("10:00"), T("10:30")),
        (2, "a", 4, "", T("12:00")),
        (3, "b", "x", T("08:00"), T("08:00")),
        (4, "b", 4, T("09:00"), T("09:30")),
        (5, "b", 4, T("09:00"), T("09:29")),
    ]
    titles = f"{ONE} ecg_time lab_time"
    assert hospital.build(titles, *rows).cohort.column("is_index").tolist() == [False, True, False, True, False]
    shutil.rmtree(hospital.folder / "cohort")
    nearest = hospital.build(titles, *rows, index="nearest").cohort.column("is_index").tolist()
    assert nearest == [True, False, False, False, True]


def test_signals_may_be_copied(hospital):
    hospital.build(ONE, *((number, f"p{number}", 4.0) for number in range(8)), copy=True)
    before = Cohort.open(hospital.folder / "cohort")
    shutil.rmtree(hospital.folder / "ecg")
    assert "path" not in before.table.column_names
    signals = [recording.signal[0] for _, recording in before.recordings()]
    np.testing.assert_allclose(signals[3], np.random.default_rng(3).normal(0, 0.3, 60), atol=1e-4)


def test_paths_are_as_relative_as_in_the_manifest(hospital):
    absolute = str(hospital.folder / "ecg" / "1.csv")
    paths = hospital.build(ONE, (0, "a", 4.0), (absolute, "b", 4.0)).cohort.column("path").tolist()
    assert paths == ["../ecg/0.csv", absolute]


def test_without_a_check_no_file_is_opened(hospital):
    (hospital.folder / "ecg" / "0.csv").write_text("broken")
    cohort = hospital.build(ONE, (0, "a", 4.0), check=False).cohort
    assert "reading_warnings" not in cohort.table.column_names


def test_warnings_of_reading_are_kept(hospital):
    (hospital.folder / "uv.csv").write_text("time_s,ii_mv\n" + "".join(f"{i / 250},{i % 9 * 99}\n" for i in range(60)))
    built = hospital.build(ONE, ("uv.csv", "a", 4.0), (0, "b", 4.0))
    assert built.warned == 1
    assert "microvolts" in built.cohort.column("reading_warnings")[0]


def test_ids_do_not_depend_on_what_is_left(hospital):
    hospital.write_ecg("a", 50)
    (hospital.folder / "other").mkdir()
    hospital.write_ecg("../other/0.csv", 51)
    built = hospital.build(ONE, (0, "a", 4.0), ("other/0.csv", "b", "lost"))
    assert built.cohort.column("recording_id").tolist() == ["ecg/0.csv"]


def test_parquet_with_typed_columns_and_a_source(hospital):
    rows = [{"recording": "ecg/0.csv", "patient": 7, "potassium": 4.25, "source": "ward 3", "leads": [1, 2]}]
    pq.write_table(pa.Table.from_pylist(rows), hospital.folder / "m.parquet")
    built = build_cohort(hospital.folder / "m.parquet", hospital.folder / "cohort", progress=False)
    assert built.cohort.table.select(["patient_id", "source", "leads"]).to_pylist() == [
        {"patient_id": "7", "source": "ward 3", "leads": [1, 2]}
    ]


def test_the_accounts_agree(hospital):
    hospital.build(ONE, (0, "a", 4.0), (1, "a", "x"), (2, "b", 8.5))
    folder = hospital.folder / "cohort"
    with (folder / "distribution.csv").open() as file:
        counts = {row["potassium_meq_per_l"]: int(row["recordings"]) for row in csv.DictReader(file)}
    assert counts == {"< 4.0": 0, "4.0-5.0": 1, "5.0-6.0": 0, "6.0-7.0": 0, "7.0-8.0": 0, "> 8.0": 1}
    with (folder / "flow.csv").open() as file:
        steps = [(row["kind"], int(row["n"]), int(row["patients"])) for row in csv.DictReader(file)]
    assert steps == [("left", 3, 2), ("left", 3, 2), ("left out", 1, 1), ("left", 2, 2), ("left", 2, 2)]
    assert [step["recordings"] for step in json.loads((folder / "cohort.json").read_text())["flow"]] == [3, 3, 2, 2]


def test_a_folder_with_something_in_it_is_left_alone(hospital):
    (hospital.folder / "cohort").mkdir()
    (hospital.folder / "cohort" / "mine").touch()
    with pytest.raises(OutputError, match="already there"):
        hospital.build(ONE, (0, "a", 4.0))


def test_what_draws_and_fails_leaves_nothing(hospital):
    def fail(folder, steps, potassium):
        raise RuntimeError

    manifest = hospital.table("m.csv", ONE, ("ecg/0.csv", "a", 4))
    with pytest.raises(RuntimeError):
        build_cohort(manifest, hospital.folder / "cohort", draw=fail, progress=False)
    assert not (hospital.folder / "cohort").exists()
