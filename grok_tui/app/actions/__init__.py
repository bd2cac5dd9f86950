"""Controllers: what the keys do. Each maps action ids of the key table to its functions."""
