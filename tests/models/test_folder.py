import json
import subprocess
import sys
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from kalemia.errors import KalemiaError, ModelInvalid, ModelMissing
from kalemia.intervals import Intervals
from kalemia.models.folder import Architecture, CohortSummary, ModelConfig, load_intervals, load_network
from kalemia.preprocessing import Preprocessing


def write_network(path: Path, samples: int) -> None:
    cycles = helper.make_tensor_value_info("cycles", TensorProto.FLOAT, ["batch", 1, samples])
    potassium = helper.make_tensor_value_info("potassium", TensorProto.FLOAT, ["batch", 1])
    node = helper.make_node("ReduceMean", ["cycles"], ["potassium"], axes=[2], keepdims=0)
    graph = helper.make_graph([node], "mean", [cycles], [potassium])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


@pytest.fixture
def config() -> ModelConfig:
    cohort = CohortSummary(name="cohort", fingerprint="0" * 64, simulated=True, patients=10, recordings=20)
    return ModelConfig(
        architecture=Architecture(name="dcrnn", parameters=207_602), preprocessing=Preprocessing(), cohort=cohort
    )


@pytest.fixture
def folder(tmp_path: Path, config: ModelConfig) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    config.save(folder)
    intervals = Intervals((3.0, 6.0), (3.5, 4.0), (4.5, 6.5), recordings=100)
    (folder / "intervals.json").write_text(intervals.to_json())
    write_network(folder / "model.onnx", samples=512)
    return folder


def load(folder: Path) -> None:
    config = ModelConfig.load(folder)
    load_intervals(folder)
    load_network(folder, config)


def test_round_trip(folder, config):
    assert ModelConfig.load(folder) == config
    assert load_intervals(folder).recordings == 100
    assert load_network(folder, config).get_inputs()[0].name == "cycles"


def test_no_such_folder(tmp_path):
    with pytest.raises(ModelMissing, match="nothing: no such model folder"):
        load(tmp_path / "nothing")


@pytest.mark.parametrize("name", ["config.json", "intervals.json", "model.onnx"])
def test_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(ModelInvalid, match=f"model: {name} is missing"):
        load(folder)


@pytest.mark.parametrize("name", ["config.json", "intervals.json", "model.onnx"])
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"null", b"\xff\xfe", b'{"format_version": 1}'])
def test_damaged_file_is_one_line_that_names_it(folder, name, content):
    (folder / name).write_bytes(content)
    with pytest.raises(ModelInvalid, match=name) as caught:
        load(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["config.json", "intervals.json"])
def test_other_format_version_is_named(folder, name):
    content = json.loads((folder / name).read_text())
    (folder / name).write_text(json.dumps({**content, "format_version": 99}))
    with pytest.raises(ModelInvalid, match=r"format version 99; this kalemia reads \d"):
        load(folder)


def test_unknown_key_is_refused(folder):
    content = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**content, "extra": 1}))
    with pytest.raises(ModelInvalid, match="extra"):
        load(folder)


def test_network_of_another_input_length_is_refused(folder):
    write_network(folder / "model.onnx", samples=500)
    with pytest.raises(ModelInvalid, match=r"takes inputs .*500.*config.json says \(batch, 1, 512\)"):
        load(folder)


def test_model_for_another_window_is_refused(folder):
    content = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**content, "samples": 500}))
    with pytest.raises(KalemiaError, match="reads 500 samples at 500 Hz; this kalemia cuts 512"):
        load(folder)


WITHOUT_TORCH = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "lightning", "onnx"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
import kalemia.models.folder
from kalemia.errors import MissingExtra

try:
    kalemia.models.build("dcrnn")
except MissingExtra as error:
    print(error)
try:
    import kalemia.training
except MissingExtra as error:
    print(error)
"""


def test_a_model_folder_is_read_without_torch():
    done = subprocess.run([sys.executable, "-c", WITHOUT_TORCH], capture_output=True, text=True, check=True)
    assert done.stdout.count('pip install "kalemia[train]"') == 2


def test_a_folder_from_before_windows_reads_single_cycles(folder, config):
    content = json.loads((folder / "config.json").read_text())
    del content["preprocessing"]["span"]
    (folder / "config.json").write_text(json.dumps(content))
    assert ModelConfig.load(folder) == config


def test_a_model_that_reads_windows_is_refused(folder):
    content = json.loads((folder / "config.json").read_text())
    content["preprocessing"]["span"] = "2 s"
    (folder / "config.json").write_text(json.dumps(content))
    with pytest.raises(ModelInvalid, match="reads windows of 2 s; this kalemia estimates from single cycles"):
        load(folder)
