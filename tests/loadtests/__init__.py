"""Tests of the crowd and its judges."""
