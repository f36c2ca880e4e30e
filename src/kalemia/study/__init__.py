"""A whole study on a cohort, and the report that tells of it."""
