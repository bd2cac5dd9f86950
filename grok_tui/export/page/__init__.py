"""Pages for a browser: one self-contained HTML file with the figures of a run, or of many runs."""
