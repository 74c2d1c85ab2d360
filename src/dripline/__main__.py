"""Run the command line as `python -m dripline`."""

from dripline.cli import main


main()
