"""Train the reader of text on ECG pages: `python -m kalemia.experiments.text_reader OUT --fonts FOLDER`."""
