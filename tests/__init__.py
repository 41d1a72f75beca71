"""What must hold; the folders mirror the rooms, and `laws` holds on every play of every season."""
