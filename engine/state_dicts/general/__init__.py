"""State dicts of networks outside the study's family: transformers with norms or several layers, and MLPs."""
