"""Drawing without a terminal library: from arrays of numbers to grids of styled cells."""
