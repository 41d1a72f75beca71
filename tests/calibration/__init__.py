"""Scores, reliability and the report."""
