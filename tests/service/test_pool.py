import asyncio
import os
import shutil
import signal
from contextlib import asynccontextmanager

import pytest

from kalemia.service import pool as pools
from kalemia.service.body import Body, Question, SentFile
from kalemia.service.metrics import Metrics
from kalemia.service.pool import Pool
from kalemia.service.problems import Refusal
from kalemia.service.settings import MEGABYTE, Settings

JSON = "application/json"


def question(file):
    return Question("estimate", JSON, "seven", Body((SentFile(*file),)))


def silent(_stage):
    """Nobody listens."""


@asynccontextmanager
async def pool_with(scratch, **limits):
    metrics = Metrics()
    async with Pool(Settings(workers=1, scratch=scratch, **limits), metrics) as pool:
        pool.metrics = metrics
        yield pool


def begin(pool, file, tell=silent):
    with pool.place() as place:
        return pool.begin(place, question(file), tell)


async def ask_pool(pool, file, tell=silent):
    return await begin(pool, file, tell).answer()


@pytest.fixture
def ask(tmp_path):
    """Ask a pool with these limits some questions, and give what came of each."""

    async def asked(files, limits):
        async with pool_with(tmp_path, **limits) as pool:
            results = []
            for file in files:
                try:
                    results.append(await ask_pool(pool, file))
                except Refusal as refusal:
                    results.append(refusal.problem)
            assert not list(tmp_path.glob("kalemia-*/*/recording")), "an upload was left"
            return results, pool.metrics.to_text().decode()

    return lambda *files, **limits: asyncio.run(asked(files, limits))


def test_work_that_takes_too_long_is_ended_and_the_next_is_done(ask, photo, ecg_csv):
    (late, later), counted = ask(photo, ecg_csv, time_limit_s=0.3)
    assert (late.status, late.error) == (504, "TookTooLong")
    assert later.status == 200
    assert 'kalemia_workers_lost_total{reason="time"} 1.0' in counted


def test_work_that_needs_too_much_memory_is_refused_and_the_next_is_done(ask, photo, ecg_csv):
    (large, next_one), counted = ask(photo, ecg_csv, memory_bytes=20 * MEGABYTE)
    assert (large.status, large.outcome) == (422, "TooMuchMemory")
    assert next_one.status == 200
    assert 'kalemia_workers_lost_total{reason="memory"} 1.0' in counted


def test_stages_are_told(tmp_path, ecg_csv):
    async def stages_of():
        stages = []
        async with pool_with(tmp_path) as pool:
            await ask_pool(pool, ecg_csv, stages.append)
        return stages

    assert asyncio.run(stages_of()) == ["file", "estimate"]


def test_work_goes_on_and_the_worker_lives_where_nobody_waits_any_more(tmp_path, photo, ecg_csv):
    async def left_alone():
        async with pool_with(tmp_path) as pool:
            stages = asyncio.Queue()
            asking = asyncio.create_task(ask_pool(pool, photo, stages.put_nowait))
            await stages.get()
            asking.cancel()
            answer = await ask_pool(pool, ecg_csv)
            return answer, pool.metrics.to_text().decode()

    answer, counted = asyncio.run(left_alone())
    assert answer.status == 200
    assert "kalemia_workers_lost_total{" not in counted


def test_a_worker_that_ends_over_its_work_costs_that_request_alone(tmp_path, photo, ecg_csv):
    async def killed_at_work():
        async with pool_with(tmp_path) as pool:
            stages = asyncio.Queue()
            asking = asyncio.create_task(ask_pool(pool, photo, stages.put_nowait))
            await stages.get()
            (worker,) = pool._workers
            os.kill(worker.process.pid, signal.SIGKILL)
            with pytest.raises(Refusal) as refusal:
                await asking
            return refusal.value.problem, await ask_pool(pool, ecg_csv)

    lost, next_one = asyncio.run(killed_at_work())
    assert (lost.status, lost.error) == (503, "WorkerLost")
    assert next_one.status == 200


def test_a_worker_that_ends_with_nothing_to_do_is_replaced_without_a_word(tmp_path, ecg_csv):
    async def killed_while_idle():
        async with pool_with(tmp_path) as pool:
            await ask_pool(pool, ecg_csv)
            (worker,) = pool._workers
            os.kill(worker.process.pid, signal.SIGKILL)
            return await ask_pool(pool, ecg_csv)

    assert asyncio.run(killed_while_idle()).status == 200


def test_work_that_still_waits_is_dropped_where_nobody_waits_for_it(tmp_path, photo):
    async def left_alone():
        async with pool_with(tmp_path, queue=1) as pool:
            stages = asyncio.Queue()
            first = begin(pool, photo, stages.put_nowait)
            await stages.get()
            second = asyncio.create_task(begin(pool, photo).answer())
            await asyncio.sleep(0.01)
            with pytest.raises(Refusal):
                begin(pool, photo)
            second.cancel()
            await asyncio.sleep(0.01)
            inside = pool.waiting
            await first.answer()
            return inside, pool.waiting, pool.metrics.to_text().decode()

    inside, waiting, counted = asyncio.run(left_alone())
    assert (inside, waiting) == (0, 0)
    assert 'kalemia_answers_total{outcome="estimate",task="estimate"} 1.0' in counted


def test_a_fault_of_ours_costs_no_place_and_ends_nothing(tmp_path, ecg_csv):
    def raising(_stage):
        raise ZeroDivisionError

    async def with_fault():
        async with pool_with(tmp_path) as pool:
            with pytest.raises(ZeroDivisionError):
                await ask_pool(pool, ecg_csv, raising)
            return await ask_pool(pool, ecg_csv), pool.waiting

    answer, waiting = asyncio.run(with_fault())
    assert (answer.status, waiting) == (200, 0)


def test_a_scratch_folder_that_was_removed_is_made_again(tmp_path, ecg_csv):
    async def tidied():
        async with pool_with(tmp_path) as pool:
            await ask_pool(pool, ecg_csv)
            for folder in tmp_path.iterdir():
                shutil.rmtree(folder)
            return await ask_pool(pool, ecg_csv)

    assert asyncio.run(tidied()).status == 200


def test_without_any_worker_nothing_hangs(tmp_path, monkeypatch, ecg_csv):
    monkeypatch.setattr(pools, "WAIT_S", 0.2)
    missing = {"default": tmp_path / "no such model"}

    async def without():
        async with pool_with(tmp_path, models=missing) as pool:
            with pytest.raises(Refusal) as nothing_to_tell:
                _ = pool.models
            with pytest.raises(Refusal) as refusal:
                await ask_pool(pool, ecg_csv)
            return nothing_to_tell.value.problem, refusal.value.problem

    for problem in asyncio.run(without()):
        assert (problem.status, problem.error) == (503, "NotReady")


def test_places_are_given_up_to_the_limit(tmp_path):
    pool = Pool(Settings(workers=2, queue=1, scratch=tmp_path), Metrics())
    with pool.place(), pool.place(), pool.place():
        assert pool.waiting == 3
        with pytest.raises(Refusal) as refusal, pool.place():
            pass
    assert refusal.value.problem.status == 429
    assert int(refusal.value.headers["Retry-After"]) >= 1
    assert pool.waiting == 0
