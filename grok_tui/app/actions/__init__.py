"""What the keys do, one file an idea. Each class adds its actions to the instrument that `instrument` describes."""
