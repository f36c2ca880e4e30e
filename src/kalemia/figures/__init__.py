"""Figures: one module per subject; each function takes plain data and returns a matplotlib `Figure`."""
