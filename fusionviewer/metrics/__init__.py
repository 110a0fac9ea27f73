"""Scores of a fused image; NumPy and SciPy, no window and no network.

`report.score_pair` gives every score of one pair, `table.METRICS` says what each one means.
"""
