"""The terminal and the process: colours, output, clipboard, signals, garbage collection."""
