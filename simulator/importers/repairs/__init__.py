"""What is mended before a game is written, one idea a module. Each counts what it mended and dropped."""
