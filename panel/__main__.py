"""`python -m panel` is the command `mail-panel`."""

from panel.cli import main

main()
