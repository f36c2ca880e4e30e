from kalemia.cohorts.flow import Excluded, Flow


def test_each_row_is_counted_once_for_its_first_reason():
    flow = Flow("all", ["a", "a", "b", "c", ""])
    flow.exclude(0, "x")
    flow.exclude(0, "y")
    flow.exclude(4, "x", "detail")
    flow.exclude(2, "y")
    flow.close_step("some")
    flow.close_step("the same")
    first, second, third = flow.steps
    assert (first.recordings, first.patients, first.excluded) == (5, 3, ())
    assert (second.recordings, second.patients) == (2, 2)
    assert second.excluded == (Excluded("x", 2, 1), Excluded("y", 1, 1))
    assert (third.recordings, third.excluded) == (2, ())
    assert flow.left == [1, 3]
    assert flow.exclusions[4].detail == "detail"


def test_steps_add_up():
    flow = Flow("all", [str(place % 7) for place in range(100)])
    for divisor in (11, 5, 3):
        for place in range(0, 100, divisor):
            flow.exclude(place, f"{divisor}")
        flow.close_step("left")
    for before, after in zip(flow.steps, flow.steps[1:], strict=False):
        assert before.recordings - sum(one.recordings for one in after.excluded) == after.recordings
