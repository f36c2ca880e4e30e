"""Which ECGs of a table go into a cohort, and why the others do not: the numbers of a STARD or TRIPOD flow diagram.

doi:10.1136/bmj.h5527 (STARD 2015), doi:10.1136/bmj-2023-078378 (TRIPOD+AI).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Excluded:
    """How many were left out for one reason."""

    reason: str
    recordings: int
    patients: int


@dataclass(frozen=True)
class FlowStep:
    """What was left at a step.

    Attributes:
        title: what they are.
        recordings: how many.
        patients: of how many patients.
        excluded: what was left out on the way from the step before, the most frequent first.
    """

    title: str
    recordings: int
    patients: int
    excluded: tuple[Excluded, ...] = ()


@dataclass(frozen=True)
class Exclusion:
    """Why a row was left out: a reason that is counted, and what was found in this row."""

    reason: str
    detail: str = ""


class Flow:
    """The rows of a table on their way into a cohort; each is left out once, for the first reason there is."""

    def __init__(self, title: str, patients: Sequence[str]) -> None:
        """Begin with all rows.

        Args:
            title: what they are.
            patients: the patient of each; empty where unknown.
        """
        self._patients = patients
        self._counted: set[int] = set()
        self.exclusions: dict[int, Exclusion] = {}
        self.steps = [self._step(title)]

    @property
    def left(self) -> list[int]:
        """The rows that are still in, by their place in the table."""
        return [place for place in range(len(self._patients)) if place not in self.exclusions]

    def exclude(self, place: int, reason: str, detail: str = "") -> None:
        """Leave a row out, unless it is already."""
        self.exclusions.setdefault(place, Exclusion(reason, detail))

    def close_step(self, title: str) -> None:
        """Count what is left, and what was left out since the step before."""
        self.steps.append(self._step(title))

    def _step(self, title: str) -> FlowStep:
        left, new = self.left, self.exclusions.keys() - self._counted
        self._counted |= new
        reasons = Counter(self.exclusions[place].reason for place in sorted(new))
        excluded = tuple(
            Excluded(reason, count, self._count_patients(p for p in new if self.exclusions[p].reason == reason))
            for reason, count in reasons.most_common()
        )
        return FlowStep(title, len(left), self._count_patients(left), excluded)

    def _count_patients(self, places: Iterable[int]) -> int:
        return len({self._patients[place] for place in places} - {""})
