"""Replays recorded seasons: at maximum speed, in several processes, or on the recorded clock.

`run.replay` is the way in. What it yields (digest, updates, the probabilities to be scored, latencies) is
judged elsewhere.
"""
