"""Trains the tiny tool-calling model that Dragoman ships; not part of the installed package."""
