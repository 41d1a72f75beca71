"""From a served day's event log to a season file, and from its history to the updates as they were served.

`places.py` finds each game's statements in the log, `served.py` reads the history, `run.py` writes the files.
"""
