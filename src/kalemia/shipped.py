"""What comes with the package beside its code: trained models and an example."""

from pathlib import Path

_PACKAGE = Path(__file__).parent

MODELS = _PACKAGE / "trained"
"""A folder for each model, by its name."""
DEFAULT_MODEL = "default"

EXAMPLE = _PACKAGE / "example" / "simulated_patient.jpg"
"""A photograph of a simulated patient's ECG."""
EXAMPLE_TRUTH = EXAMPLE.with_suffix(".json")
"""What is known of that patient."""
