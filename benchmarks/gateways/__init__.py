"""Servers to be measured side by side, clients that do the least possible, and a stage for both."""
