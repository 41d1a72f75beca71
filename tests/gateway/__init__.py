"""Tests of the gateway: a real listener, and clients that were written by others."""
