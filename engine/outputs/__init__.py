"""Broadcast graphics: what the engine says, as commands to renderers.

`graphics.py` is the room's face to the service. It delays what is told (`air_delay.py`), asks a director a
game what is on the air (`director.py`), and gives the commands (`commands.py`) to an outlet a destination
(`outlet.py`), so that a slow or dead renderer stands in nobody's way. Drawing is the renderer's; the one
that ships is the page in `overlay/`.
"""
