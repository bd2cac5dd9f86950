"""Dealing with the terminal and the process below the app: colours, bytes, clipboard, signals, time."""
