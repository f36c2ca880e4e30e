"""What a study was made with: versions, the code, the machine."""

import hashlib
import os
import platform
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import kalemia
from kalemia.processes import cores

PACKAGES = ("numpy", "scipy", "torch", "lightning", "scikit-learn", "onnxruntime", "matplotlib", "pyarrow")


def versions() -> dict[str, str]:
    """Of kalemia, of Python and of the packages that compute."""
    found = {"kalemia": kalemia.__version__, "Python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


@cache
def code_hash() -> str:
    """SHA-256 over kalemia's own code, shortened: two studies with the same one were made by the same code."""
    root = Path(kalemia.__file__).parent
    digest = hashlib.sha256()
    for path in sorted((*root.rglob("*.py"), *root.rglob("*.toml"))):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def machine() -> str:
    """Processor and system, without a name that would tell whose it is."""
    return f"{cores()} of {os.cpu_count()} cores, {platform.machine()}, {platform.system()}, {sys.byteorder} endian"
