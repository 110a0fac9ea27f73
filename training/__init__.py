"""Makes the weights in resources/weights; see `python -m training --help`."""
