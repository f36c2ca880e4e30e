"""Makes the model that comes with kalemia."""
