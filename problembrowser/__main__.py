"""`python -m problembrowser`."""

from problembrowser.cli import main

main()
