"""A simulation that is killed goes on; nothing of it can be mistaken for a cohort before."""

import errno
import os
import signal
import subprocess
import sys
import time

import pytest

from kalemia.cohorts import Cohort, unfinished
from kalemia.errors import CohortError, OutputError
from kalemia.simulation import cohort as simulation
from kalemia.simulation import simulate_cohort

PATIENTS, SEED = 20, 3


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def make(folder, **changes):
    return simulate_cohort(folder, **{"patients": PATIENTS, "seed": SEED, "progress": False, **changes})


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch):
    monkeypatch.setattr(simulation, "PATIENTS_PER_PART", 4)


@pytest.fixture
def interrupted(tmp_path, monkeypatch):
    """A cohort folder whose making was interrupted in its third part."""
    real, calls = simulation._simulate_patient, []

    def until_the_eleventh(*arguments):
        calls.append(arguments)
        if len(calls) > 10:
            raise KeyboardInterrupt
        return real(*arguments)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(simulation, "_simulate_patient", until_the_eleventh)
        make(tmp_path / "cohort")
    return tmp_path / "cohort"


def test_it_goes_on_and_gives_the_same_bytes(interrupted, tmp_path, monkeypatch):
    real, made = simulation._make_part, []
    monkeypatch.setattr(simulation, "_make_part", lambda *task: made.append(task[-1].number) or real(*task))
    make(interrupted)
    assert made == [2, 3, 4]
    make(tmp_path / "at once")
    assert contents(interrupted) == contents(tmp_path / "at once")


def test_until_then_it_is_not_a_cohort(interrupted):
    with pytest.raises(CohortError, match="unfinished; run the same command again"):
        Cohort.open(interrupted)
    assert not list((interrupted / "waveforms").iterdir())


@pytest.mark.parametrize("changes", [{"seed": 4}, {"patients": 21}, {"prior": "dialysis"}, {"hospital": "B"}])
def test_other_arguments_are_refused(interrupted, changes):
    before = contents(interrupted)
    with pytest.raises(OutputError, match="begun with other arguments") as refused:
        make(interrupted, **changes)
    assert f"kalemia simulate -o COHORT --patients {PATIENTS} --seed {SEED}" in str(refused.value)
    assert contents(interrupted) == before


def test_a_finished_cohort_is_not_made_again(tmp_path):
    make(tmp_path / "cohort")
    before = contents(tmp_path / "cohort")
    with pytest.raises(OutputError, match="already there"):
        make(tmp_path / "cohort")
    assert contents(tmp_path / "cohort") == before


def _full(*arguments, **options):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def goes_on(folder):
    with pytest.raises(CohortError, match="unfinished"):
        Cohort.open(folder)
    make(folder)
    make(folder.with_name("at once"))
    return contents(folder) == contents(folder.with_name("at once"))


@pytest.mark.parametrize("whole", [0, 2])
def test_a_full_disk_leaves_nothing_half_written_and_the_rest_for_later(tmp_path, monkeypatch, whole):
    real, calls = unfinished.write_shard, []

    def until_full(path, waveforms):
        calls.append(path)
        real(path, waveforms)
        if len(calls) > whole:
            path.write_bytes(b"PAR1 half")
            _full()

    with monkeypatch.context() as patch, pytest.raises(OutputError, match="No space left on device"):
        patch.setattr(unfinished, "write_shard", until_full)
        make(tmp_path / "cohort")
    parts = sorted(path.name for path in (tmp_path / "cohort" / "unfinished").iterdir())
    assert parts == [*(f"{number:05d}" for number in range(whole)), "plan.json"]
    assert goes_on(tmp_path / "cohort")


def test_a_disk_that_is_full_at_the_end(tmp_path, monkeypatch):
    with monkeypatch.context() as patch, pytest.raises(OutputError, match="No space left on device"):
        patch.setattr(unfinished.pq, "ParquetWriter", _full)
        make(tmp_path / "cohort")
    assert goes_on(tmp_path / "cohort")


def test_a_disk_that_is_full_from_the_start(tmp_path, monkeypatch):
    with monkeypatch.context() as patch, pytest.raises(OutputError, match="No space left on device"):
        patch.setattr(unfinished.Path, "write_text", _full)
        make(tmp_path / "cohort")
    assert list(tmp_path.iterdir()) == []


PROGRAM = f"""
import sys
from kalemia.simulation import cohort, simulate_cohort
cohort.PATIENTS_PER_PART = 4
simulate_cohort(sys.argv[1], {PATIENTS}, {SEED}, workers=2)
"""


def test_neither_two_workers_nor_a_kill_change_a_byte(tmp_path):
    killed = tmp_path / "killed"
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, killed], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not list(killed.glob("unfinished/0*")) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (killed / "cohort.json").exists()
    make(killed)
    make(tmp_path / "alone")
    assert contents(killed) == contents(tmp_path / "alone")
