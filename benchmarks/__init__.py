"""Speed and memory, as ratios against a named peer in the same run. Never part of the wheel, never a test."""
