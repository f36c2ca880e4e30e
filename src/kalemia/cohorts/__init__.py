"""Cohorts: recordings with their measured potassium, in a folder; splits by patient."""

from kalemia.cohorts.cohort import Cohort

__all__ = ["Cohort"]
