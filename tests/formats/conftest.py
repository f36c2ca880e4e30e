import sys
from pathlib import Path

# The writers are shared by the tests of this folder; pytest's importlib mode puts no folder on the path by itself.
sys.path.insert(0, str(Path(__file__).parent))
