"""Who comes: age, heart rate and how common each confounder is, where patients and hospitals differ."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

MAX_CONFOUNDED_SHARE = 0.9
"""Of patients, however many confounders a prior and a hospital make common."""


@dataclass(frozen=True)
class Population:
    """What is drawn of a patient before any potassium.

    Attributes:
        age_mean_years, age_sd_years: of a normal distribution, cut at 18 and 98 years.
        heart_rate_factor: on the median heart rate of the mean patient.
        atrial_fibrillation_share: of patients above 50 years.
        confounder_factors: on the share of patients with a confounder (`confounders.PREVALENCE`), by its name; 1 for
            those that are not named.
    """

    age_mean_years: float = 64.0
    age_sd_years: float = 15.0
    heart_rate_factor: float = 1.0
    atrial_fibrillation_share: float = 0.05
    confounder_factors: Mapping[str, float] = field(default_factory=dict)

    def with_factors(self, factors: Mapping[str, float], atrial_fibrillation_factor: float = 1.0) -> "Population":
        """The same people where confounders (by name) and atrial fibrillation are so many times as common."""
        names = {**self.confounder_factors, **factors}
        product = {name: self.confounder_factors.get(name, 1.0) * factors.get(name, 1.0) for name in names}
        share = self.atrial_fibrillation_share * atrial_fibrillation_factor
        return replace(self, confounder_factors=product, atrial_fibrillation_share=share)


WONJU = Population()
"""Those of the study: a hospital's inpatients, 64 years on average (chosen)."""
EMERGENCY = Population(age_mean_years=61.0, age_sd_years=18.0)
"""An emergency department's adults: a little younger, of all ages (chosen); confounders as common as in the study."""
DIALYSIS = Population(
    age_mean_years=63.0,
    age_sd_years=13.0,
    heart_rate_factor=0.93,
    atrial_fibrillation_share=0.12,
    confounder_factors={"lvh_strain": 3.0, "digoxin": 1.6, "hypocalcaemia": 2.0, "early_repolarisation": 0.5},
)
"""Patients on haemodialysis. The direction of each factor has a reason, its size is chosen: pressure and volume load
make left ventricular hypertrophy the rule in them (most have it by echo, fewer by ECG), atrial fibrillation and with
it digoxin are common, calcium is low where the kidney makes no vitamin D, early repolarisation belongs to the young and
well, and the resting rate is that of people who come by appointment, not of the acutely ill."""
