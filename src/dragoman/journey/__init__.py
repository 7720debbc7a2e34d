"""One request's whole way, without I/O. Read `exchange` first: the others are what it stands on."""
