"""Tests of the overlay in a real browser."""
