"""Checks against a live system. Each says what it proves, and when it fails, what was seen instead."""
