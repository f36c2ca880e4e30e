"""The scripts that made what kalemia ships; each runs as `python -m kalemia.experiments.NAME`."""
