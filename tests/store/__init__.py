"""What the stores keep and find again."""
