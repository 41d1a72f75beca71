"""Vendor dialects turned into core events; ESPN, CFBD, Sportradar, Genius and odds will live here."""
