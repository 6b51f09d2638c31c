"""`python -m lims`."""

from lims.cli import main

main()
