"""Runs that lie elsewhere: on the Hugging Face hub, on a web server, or wherever fsspec reads.

An address is resolved to a mirror, a local folder that every reader of `engine.runs` can open: `address` (which run) >
`store` (what each kind of server does; `hub`, `web`, `filesystem`) > `mirror` (the local folder) > `open_remote`.

A server is trusted no more than a disk: its files go through the same readers, its file names are checked before they
become local ones, and nothing is fetched unless an address was given explicitly.
"""
