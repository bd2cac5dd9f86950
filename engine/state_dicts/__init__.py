"""Read state dicts of several layouts: their tensor names and shapes, and the config they imply.

`read_state_dict` is the entry point. One module per layout: `plain`, `transformerlens`, `original_2022`.
"""
