"""The season file: one parquet, one row an event, in the order in which the feed said it.

`columns.py` is the format, `rows.py` turns events into rows and back, `reader.py` and `writer.py` stream game
by game. docs/season-format.md describes it for those who write such files with other tools.
"""
