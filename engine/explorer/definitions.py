"""The version of the definitions of metrics. Imports nothing: cached metrics are recognised without torch."""

# Increase this when a definition changes: metrics cached under older definitions are then computed again.
DEFINITIONS_VERSION = 8
