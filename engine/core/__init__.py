"""The pure core: what the game is, how it moves, and who is likely to win it.

Everything here is a function of its arguments. No I/O, clock, randomness, threads or environment: time is a
field of an event, and the same events give the same bytes in every process (see docs/determinism.md).
"""
