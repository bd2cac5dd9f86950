"""The command line: a file per command; `main` assembles them."""
