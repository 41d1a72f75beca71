"""Append-only logs of events and updates; the embedded file log and the Kafka one will live here."""
