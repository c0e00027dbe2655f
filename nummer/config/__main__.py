"""`python -m nummer.config` is the command `nummer`."""

from nummer.config.cli import main

main()
