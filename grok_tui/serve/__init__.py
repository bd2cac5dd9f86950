"""The explorer in a browser: a web server with one process of the explorer for each visitor, by textual-serve."""
