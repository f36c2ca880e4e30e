"""The template library: repolarisation waves of simulated strands of ventricular wall."""
