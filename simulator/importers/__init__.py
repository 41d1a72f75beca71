"""Real data as season files: `run.import_season` does it, `detect.detect` tells what a file holds.

`espn.py`, `cfbd.py` and `cfbfastr.py` read a vendor's files into drafts of games, `repairs/` mends what can
be mended and counts it, `report.py` says how much of each. Nothing is invented: what the vendor does not
say stays null.
"""
