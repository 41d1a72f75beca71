"""What turns game events into win-probability updates: the pure core, and the rooms that feed and carry."""
