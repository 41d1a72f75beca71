"""The fitted model: a Brownian motion in log-odds with learned coefficients, and exact overtime.

`artefact.py` is what `wpsim fit` writes; `regulation.py`, `overtime_odds.py` and `choices.py` are its
parts, each a pure function of plain numbers seen from the side with the ball; `scorer.py` puts them
together over states. docs/model.md tells how it was found and how good it is.
"""
