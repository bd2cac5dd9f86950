"""Drawing without a terminal library: numbers in, a grid of styled cells out."""
