"""Shows that the checks of images can fail: `python -m unittest discover -s tests/scripts -t tests/scripts`."""
