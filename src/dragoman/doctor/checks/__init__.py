"""One fault per file: a pure function from what was seen to findings, and what it finds in a few words.

A file here is a check as soon as it has a CHECK; nothing lists them. Each is planted in tests/doctor, and
docs/doctor.md has a row for it.
"""
