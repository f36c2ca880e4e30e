"""Make the models that come with kalemia: simulate what they learn from, train, calibrate, export.

    python -m kalemia.experiments.default_model WORK --ptbxl PTBXL

`default` is for all comers; `wonju` is the study's, learned from its flat cohort alone. Run it again after an
interruption and it goes on where it was. The model folders are WORK/default and WORK/wonju.
"""
