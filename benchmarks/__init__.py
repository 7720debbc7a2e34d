"""Measurements, run by hand. Nothing here is a test: machines differ and drift."""
