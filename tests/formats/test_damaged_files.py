"""Whatever the bytes, there is a recording or one of our own errors, and no warning gets out."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from writers import WRITERS, ecg_mv, written

from kalemia.errors import KalemiaError
from kalemia.reading import read
from kalemia.recording import Recording

FEW = settings(max_examples=40, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


@cache
def valid_files(name):
    with TemporaryDirectory() as folder:
        path = written(name, Path(folder), ecg_mv(6, seconds=0.5), leads=("I", "II", "III", "aVR", "aVL", "aVF"))
        return {file.name: file.read_bytes() for file in path.parent.iterdir()}, path.name


def read_or_refuse(files, name, lead="II", fs=None):
    with TemporaryDirectory() as folder:
        for file, data in files.items():
            (Path(folder) / file).write_bytes(data)
        try:
            recording = read(Path(folder) / name, lead=lead, fs=fs)
        except KalemiaError as error:
            assert str(error).startswith(f"{name}: ")
            assert "\n" not in str(error)
        else:
            assert isinstance(recording, Recording)
            assert recording.leads == (lead,) or lead is None
            assert "\n" not in "".join(recording.warnings)


@pytest.mark.parametrize("suffix", sorted({".bin", ".txt", *(suffix for _, suffix in WRITERS.values())}))
@FEW
@given(data=st.binary(max_size=2000))
def test_any_bytes(suffix, data):
    read_or_refuse({f"ecg{suffix}": data}, f"ecg{suffix}")


@FEW
@given(
    text=st.text(alphabet="0123456789.,;\t\n -+eEiIvVmus_tTnaf\"'#()", max_size=300), fs=st.sampled_from([None, 500.0])
)
def test_any_table(text, fs):
    read_or_refuse({"ecg.csv": text.encode()}, "ecg.csv", fs=fs)


@pytest.mark.parametrize("name", WRITERS)
@FEW
@given(data=st.data())
def test_truncated(name, data):
    files, first = valid_files(name)
    victim = data.draw(st.sampled_from(sorted(files)))
    size = data.draw(st.integers(0, len(files[victim])))
    read_or_refuse(files | {victim: files[victim][:size]}, first, data.draw(st.sampled_from(["II", None])))


@pytest.mark.parametrize("name", WRITERS)
@FEW
@given(data=st.data())
def test_bytes_changed(name, data):
    files, first = valid_files(name)
    victim = data.draw(st.sampled_from(sorted(files)))
    content = bytearray(files[victim])
    # Headers stand at the beginning: half of the changes go there.
    anywhere = st.integers(0, len(content) - 1)
    in_header = st.integers(0, min(len(content) - 1, 600))
    for position in data.draw(st.lists(st.one_of(in_header, anywhere), min_size=1, max_size=6)):
        content[position] = data.draw(st.one_of(st.integers(0, 255), st.sampled_from(b"0123456789 -.")))
    read_or_refuse(files | {victim: bytes(content)}, first, data.draw(st.sampled_from(["II", None])))


@pytest.mark.parametrize("name", WRITERS)
@FEW
@given(data=st.data())
def test_bytes_put_in(name, data):
    files, first = valid_files(name)
    victim = data.draw(st.sampled_from(sorted(files)))
    content = files[victim]
    at = data.draw(st.one_of(st.integers(0, len(content)), st.integers(0, min(len(content), 600))))
    more = data.draw(st.one_of(st.binary(max_size=20), st.sampled_from([b"9" * 12, b"\n", b"\xff" * 8, b"\0" * 300])))
    read_or_refuse(files | {victim: content[:at] + more + content[at:]}, first)
