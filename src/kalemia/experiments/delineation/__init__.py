"""Train the network that finds P, QRS and T: `python -m kalemia.experiments.delineation OUT --ludb FOLDER`."""
