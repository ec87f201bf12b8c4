"""Conversion of values: payloads, step inputs, step outputs, tags and texts, and which parts are secret."""
