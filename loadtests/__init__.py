"""The crowd and its judge; the Locust swarm, the delivery checker and latency verdicts."""
