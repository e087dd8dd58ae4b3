"""Side-by-side measurements: the project and its reference in one run, told as ratios. ``python -m bench``."""
