"""What goes on the air; the commands for broadcast graphics will live here."""
