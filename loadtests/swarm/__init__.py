"""The swarm: a lean event loop of thousands of viewers in one process, and what joins many such processes."""
