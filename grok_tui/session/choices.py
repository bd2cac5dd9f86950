"""The values of options that are one of a few words."""

from __future__ import annotations

from typing import Literal

Order = Literal["natural", "unwrapped", "logarithm"]  # of tokens on maps
Activation = Literal["pre", "post", "both"]  # before or after the nonlinearity
