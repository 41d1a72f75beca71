"""What must hold on every play of every season. `laws.py` states the laws; the tests hold seasons to them."""
