"""`python -m kalemia.cli`, where the script is not on the path."""

from kalemia.cli import main

main()
