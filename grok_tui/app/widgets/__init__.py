"""Thin Textual shells around what views and `render` make."""
