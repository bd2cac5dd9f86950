"""Damaged and hostile input, made by machine: every reader refuses it in a sentence or reads it."""
