"""The command line: each command reads its arguments, calls the library and prints."""

from kalemia.cli import estimate, digitize, delineate, features, printing, cohort, study, reproduce, serve, demo  # isort: skip  # the order in which --help lists them
from kalemia.cli.shell import app, main

__all__ = [
    "app",
    "cohort",
    "delineate",
    "demo",
    "digitize",
    "estimate",
    "features",
    "main",
    "printing",
    "reproduce",
    "serve",
    "study",
]
