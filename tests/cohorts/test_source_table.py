import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalemia.cohorts.source_table import read_source_table
from kalemia.errors import CohortError

NEEDED = ("recording", "patient")


@pytest.fixture
def read(tmp_path):
    def read_(content, needed=NEEDED, optional=()):
        path = tmp_path / "table.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_source_table(path, needed, optional)

    return read_


def patients(table):
    return table.column("patient")


@given(
    rows=st.lists(
        st.tuples(*[st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)] * 3), min_size=1
    ),
    delimiter=st.sampled_from(",;\t"),
    line_end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_every_cell_comes_back_as_text_whatever_the_dialect(rows, delimiter, line_end, encoding):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerows([("recording", "patient", "note"), *rows])
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(text.getvalue().encode(encoding))
        kept = [tuple(cell.strip() for cell in row) for row in rows]
        numbers = [number for number, row in enumerate(kept, 2) if any(row)]
        if not numbers:
            with pytest.raises(CohortError, match="no rows"):
                read_source_table(path, (*NEEDED, "note"))
            return
        table = read_source_table(path, (*NEEDED, "note"))
    assert list(table.rows) == numbers
    wanted = [row for row in kept if any(row)]
    assert list(zip(*table.known.values(), strict=True)) == wanted


@given(st.binary(max_size=300))
def test_no_bytes_break_it(content):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(content)
        with pytest.raises(CohortError):
            read_source_table(path, NEEDED)


def test_ids_stay_text_and_titles_may_have_any_case(read):
    table = read("Recording, PATIENT ,age\n1.csv,007,61\n2.csv,1e5,62\n")
    assert patients(table) == ["007", "1e5"]
    assert table.further.to_pydict() == {"age": [61, 62]}


def test_rows_are_counted_as_a_spreadsheet_counts_them(read):
    table = read('recording,patient\n\n1.csv,"a\nb"\n,\n2.csv,c\n')
    assert list(table.rows) == [3, 5]
    assert list(read("sep=;\nrecording;patient\n1.csv;a\n").rows) == [3]


def test_latin_1_and_separators_at_line_ends(read):
    assert patients(read("recording;patient;\n1.csv;Böhm;\n".encode("latin-1"))) == ["Böhm"]
    assert patients(read("recording,patient\n1.csv,a,,\n")) == ["a"]
    assert patients(read("recording,patient\r1.csv,a\r")) == ["a"]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "-2", ""], pa.int64()),
        (["1,5", "2", "NA"], pa.float64()),
        (["007", "8"], pa.string()),
        (["1234567890123456", "1"], pa.string()),
        (["1,234", "5"], pa.string()),
        (["00.5", "1"], pa.string()),
        (["sinus", "5"], pa.string()),
        (["", ""], pa.string()),
    ],
)
def test_further_columns_become_numbers_only_where_all_are(read, cells, kind):
    text = "".join(f"{number}.csv;p;{cell}\n" for number, cell in enumerate(cells))
    column = read(f"recording;patient;x\n{text}").further.column("x")
    assert column.type == kind
    assert len(column) == len(cells)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "table.csv: empty"),
        ("\n\n", "table.csv: empty"),
        ("recording,patient\n", "no rows under the titles"),
        ("recording,id\n1.csv,a\n", r"no column patient\. The columns are: recording, id"),
        ("recording,patient,Patient\n1.csv,a,b\n", "two columns patient"),
        ("recording,patient,x,x\n1.csv,a,b,c\n", "two columns x"),
        ("recording,patient\n1.csv,a\n2.csv\n", "row 3 has 1 cells, the titles are 2"),
        ("recording,patient,k\n1.csv,a,4,2\n", r"row 2 has 4 cells, the titles are 3\. Quote cells that hold a comma"),
        ('recording,patient\n1.csv,"a"b\n', "line 2: broken quotes"),
        ('recording,patient\n1.csv,"a\n', "broken quotes"),
        (b"PK\x03\x04rest", "a workbook or another archive"),
        (b"recording,patient\n\x00\x01", "neither text nor Parquet"),
        (b"PAR1 cut short", "not a readable Parquet file"),
    ],
)
def test_what_is_wrong_is_said_with_its_row(read, content, said):
    with pytest.raises(CohortError, match=said):
        read(content)


def test_no_file_and_a_folder(tmp_path):
    with pytest.raises(CohortError, match="no such file"):
        read_source_table(tmp_path / "gone.csv", NEEDED)
    with pytest.raises(CohortError, match="cannot be read"):
        read_source_table(tmp_path, NEEDED)


def parquet(tmp_path, **columns):
    path = tmp_path / "table.parquet"
    pq.write_table(pa.table({"recording": ["1.csv"], **columns}), path)
    return path


def test_parquet_keeps_types(tmp_path):
    zurich = pa.array([datetime(2024, 5, 31, 12, tzinfo=UTC)], pa.timestamp("ns", "Europe/Zurich"))
    path = parquet(tmp_path, patient=pa.array(["007"]).dictionary_encode(), at=zurich, age=[61.5])
    table = read_source_table(path, (*NEEDED, "at"))
    assert patients(table) == ["007"]
    assert table.column("at") == [datetime(2024, 5, 31, 12, tzinfo=UTC)]
    assert table.further.column("age").type == pa.float64()
    assert list(table.rows) == [2]


def test_ids_as_decimal_numbers_are_refused(tmp_path):
    with pytest.raises(CohortError, match="patient is double, not text"):
        read_source_table(parquet(tmp_path, patient=[7.0]), NEEDED)


def test_some_rows_of_a_table(read):
    table = read("recording,patient,age\n1.csv,a,1\n2.csv,b,2\n3.csv,c,3\n").only([2, 0])
    assert (list(table.rows), patients(table), table.further.to_pydict()) == ([4, 2], ["c", "a"], {"age": [3, 1]})
