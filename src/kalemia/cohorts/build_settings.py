"""How a cohort is built from a hospital's tables."""

from dataclasses import dataclass

from kalemia.cohorts.cohort import POSSIBLE_POTASSIUM
from kalemia.errors import ConfigError
from kalemia.leads import standard_name

MEQ_PER_L = {"mEq/L": 1.0, "mmol/L": 1.0, "mg/dL": 1 / 3.91}
"""mEq/L of potassium in one of each unit; one mEq/L is 39.1 mg."""
INDEX_RULES = ("first", "nearest")


@dataclass(frozen=True)
class BuildSettings:
    """How a cohort is built.

    Attributes:
        unit: of the potassium in the table, a key of `MEQ_PER_L`.
        plausible: lowest and highest potassium in mEq/L that is taken.
        window_minutes: how far the blood sample may be from the ECG, before or after.
        lead: the lead that each file must have.
        allow_missing: leave out ECGs whose file is not there, instead of refusing the table.
        check: read each file, to leave out what cannot be read, lacks the lead, or is two patients' ECG.
        copy: store the signals in the cohort instead of the paths of the files.
        index: which ECG of each patient is its index ECG: the `first`, or that `nearest` to its sample.

    Raises:
        ConfigError: a value is none of these.
    """

    unit: str = "mEq/L"
    plausible: tuple[float, float] = POSSIBLE_POTASSIUM
    window_minutes: float = 60.0
    lead: str = "II"
    allow_missing: bool = False
    check: bool = True
    copy: bool = False
    index: str = "first"

    def __post_init__(self) -> None:
        object.__setattr__(self, "lead", standard_name(self.lead))
        if self.unit not in MEQ_PER_L:
            raise ConfigError(f"unit {self.unit}; it must be one of {', '.join(MEQ_PER_L)}")
        low, high = self.plausible
        if not POSSIBLE_POTASSIUM[0] <= low < high <= POSSIBLE_POTASSIUM[1]:
            lowest, highest = POSSIBLE_POTASSIUM
            raise ConfigError(
                f"plausible potassium {low:g} to {high:g}; it must rise and lie in {lowest:g} to {highest:g} mEq/L"
            )
        if not self.window_minutes >= 0:
            raise ConfigError(f"a window of {self.window_minutes:g} minutes; it must be 0 or more")
        if self.index not in INDEX_RULES:
            raise ConfigError(f"index {self.index}; it must be one of {', '.join(INDEX_RULES)}")
        if self.copy and not self.check:
            raise ConfigError("copying reads every file, so it also checks them; leave out one of copy and no check")
