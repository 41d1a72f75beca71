"""What is remembered outside a game; the snapshot cache and the history will live here."""
