"""A feed to rehearse with: a recorded day, told again as the vendors' feeds would have told it.

`sources.py` opens what was recorded, `games.py` says when each statement is due, `clock.py` says what time it
is, and a file a vendor says how that looks on the wire; `server.py` puts it on the network. What a feed can
do wrong is in `faults.py`.
"""
