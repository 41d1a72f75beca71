"""Feeds: what vendors send, turned into core events, and told once.

A vendor's words are read by its dialect (`espn.py`, `cfbd.py`, ...; `*_live.py` say where to ask).
`telling.py` finds what is new in them, `poller.py` asks over HTTP, and `catalogue.py` opens a feed by the
name of its kind. `source.py` is all that the service sees.
"""
