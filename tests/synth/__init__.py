"""Tests of the generated football."""
