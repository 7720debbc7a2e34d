"""One proof per file: what it proves, how, what mends it, and a function that tries it.

A file here is a check as soon as it has a CHECK; nothing lists them. It shows by Failed, Lacking or Unproved
how it ended where it did not pass, and a fault that it must catch stands in its test.
"""
