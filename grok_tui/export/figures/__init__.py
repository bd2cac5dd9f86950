"""Figures for a paper: the plots of a drawing, as vector graphics by matplotlib, which is an extra: import it late."""
