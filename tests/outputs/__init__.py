"""Tests of broadcast graphics: real sockets and a real browser, no stopwatch."""
