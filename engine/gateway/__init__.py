"""Delivery to browsers and apps; WebSocket sessions, shards, recovery and back-pressure will live here."""
