"""The run-time scorer of the fitted model."""
