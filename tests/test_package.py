import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import kalemia

PACKAGE = Path(kalemia.__file__).parent

# Data flows down this list; a module imports only from its own line or from lines above it.
HOUSE = (
    "errors",
    "onnx_session",
    "writing",
    "progress",
    "runs",
    "processes",
    "shipped",
    "recording",
    "leads",
    "formats",
    "digitization",
    "reading",
    "filtering",
    "artefacts",
    "delineation",
    "cycles",
    "windows",
    "pooling",
    "preprocessing",
    "quality",
    "features",
    "intervals",
    "reweighting",
    "novelty",
    "personal",
    "models",
    "cohorts",
    "simulation",
    "figures",
    "training",
    "evaluation",
    "calibration",
    "model_card",
    "export",
    "answers",
    "estimation",
    "attribution",
    "report",
    "demo",
    "experiments",
    "study",
    "service",
    "cli",
)
NEEDS_TRAIN = {"torch", "lightning", "onnx", "numba", "sklearn"}


def parts():
    return [path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py"]


def floor_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_floors(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
        if names == ["kalemia"]:
            names = [kalemia._HOME.get(alias.name, "") for alias in node.names]
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        yield from (name.split(".")[1] for name in names if name.startswith("kalemia."))


@pytest.mark.parametrize("path", parts(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_up_the_house(path):
    assert floor_of(path) in HOUSE, "a new part of the package needs its place in the house"
    above = HOUSE[: HOUSE.index(floor_of(path)) + 1]
    assert set(imported_floors(path)) <= set(above)


def test_the_public_names():
    assert kalemia.__all__ == sorted(kalemia.__all__)
    assert {"read", "digitize", "clean", "delineate", "extract_cycles", "estimate", "Estimator"} <= set(kalemia.__all__)
    for name in kalemia.__all__:
        assert getattr(kalemia, name).__doc__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'potasium'"):
        _ = kalemia.potasium


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_the_base_install_estimates_where_the_train_extra_cannot_be_imported():
    code = f"""
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {sorted(NEEDS_TRAIN)}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
import kalemia
from kalemia.simulation import simulate_recording
print(kalemia.estimate(simulate_recording(5.0, seed=0).recording))
"""
    result = run(code)
    assert result.returncode == 0, result.stderr
    assert "mEq/L" in result.stdout


def test_importing_kalemia_loads_nothing_heavy():
    result = run("import sys, kalemia; print(*sys.modules)")
    heavy = {
        "numpy",
        "scipy",
        "cv2",
        "PIL",
        "pypdfium2",
        "onnxruntime",
        "matplotlib",
        "pyarrow",
        "pydantic",
        *NEEDS_TRAIN,
    }
    assert not heavy & set(result.stdout.split())


def test_each_error_says_what_it_is():
    from kalemia import errors

    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    for kind in kinds:
        assert kind.__doc__
        assert kind is errors.KalemiaError or issubclass(kind, errors.KalemiaError)
        assert kind.__name__ in (errors.__doc__ or "")


def test_nothing_reports_its_use_to_anyone(tmp_path):
    code = "import kalemia; from kalemia.shipped import EXAMPLE; print(kalemia.estimate(kalemia.read(EXAMPLE)))"
    home, scratch = tmp_path / "home", tmp_path / "scratch"
    home.mkdir(), scratch.mkdir()
    environment = {**os.environ, "HOME": str(home), "TMPDIR": str(scratch), "XDG_CACHE_HOME": str(home / ".cache")}
    environment.pop("ORT_DISABLE_TELEMETRY", None)
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True)
    assert not [path for path in tmp_path.rglob("*") if "onnxruntime" in path.name or path.name == ".ses"]
