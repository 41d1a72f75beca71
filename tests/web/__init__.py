"""Tests of the second screen."""
