"""Delivery to browsers and apps over WebSockets: recovery by offset, back-pressure, limits. No football."""
