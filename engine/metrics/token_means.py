"""What x and y add to the pre-activations: their means over the other token, the input weights of the neurons."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.networks.network import Network


@torch.no_grad()
def means_over_other_token(network: Network, neurons: slice | Tensor = slice(None)) -> tuple[Tensor, Tensor]:
    """Pre-activations averaged over y, and over x, in float64. [x, neuron], [y, neuron]

    In a network with one hidden layer these are weights, or products of weights, and a constant; behind attention or
    other layers they are the linear part.
    """
    p, of_x, of_y = network.task.p, [], []
    for x in network.slabs():
        pre = network.pre_rows(x, neurons)
        of_x.append(pre.sum(dim=1).double() / p)  # summed in the dtype of the network, which is three times as fast
        of_y.append(pre.sum(dim=0).double() / p)
    return torch.cat(of_x), torch.stack(of_y).sum(dim=0)
