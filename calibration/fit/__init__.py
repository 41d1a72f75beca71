"""`wpsim fit`: from season files to the artefact of the fitted model.

In the order in which to read it: `plays.py` (every play as the engine saw it) and `words.py`, `snaps.py`
and `older.py` (the same from the side with the ball), `knots.py` and `regression.py` (the tools),
`expected_points.py`, `base.py` and `late.py` (the layers), `recipe.py` (the three together),
`ensemble.py`, `series.py` and `choices.py`, `artefact.py`. What is scored stands in `leave_one_out.py`
and `evaluation.py`. docs/model.md tells why it is so.
"""
