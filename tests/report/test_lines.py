import json

from kalemia.answers import Estimate
from kalemia.report.lines import as_json, as_text, error_as_json

KEYS = {"file", "potassium", "interval", "n_cycles", "warnings", "abstained", "reason", "error"}


def test_json_of_an_estimate():
    estimate = Estimate(5.84123, (5.06, 6.61), "default", 9, {"gap in the signal": 1}, ("odd unit",))
    content = json.loads(json.dumps(as_json("a.csv", estimate)))
    assert set(content) >= KEYS
    assert content["potassium"] == 5.841
    assert content["interval"] == [5.06, 6.61]
    assert content["warnings"] == ["odd unit"]
    assert content["abstained"] is False
    assert content["error"] is None


def test_json_of_an_abstention_and_of_an_error():
    abstained = as_json("a.csv", Estimate(None, None, "default", 0, reason="flat line"))
    failed = error_as_json("a.csv", "a.csv: no such file")
    assert set(abstained) == set(failed)
    assert (abstained["abstained"], abstained["reason"], abstained["error"]) == (True, "flat line", None)
    assert (failed["abstained"], failed["reason"], failed["error"]) == (False, None, "a.csv: no such file")


def test_text_names_file_cycles_and_warnings():
    text = as_text("a.csv", Estimate(5.84, (5.06, 6.61), "default", 9, warnings=("odd unit",)))
    assert text == "a.csv: 5.8 mEq/L (90 % interval 5.1 to 6.6), from 9 cycles\n  warning: odd unit"
