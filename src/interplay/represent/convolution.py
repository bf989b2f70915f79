"""Graph convolutions: what a node makes of what it hears from the nodes it is joined to.

Every convolution here first gathers (`represent.gathering`: from the edges, without parameters) and then transforms
(this file: node by node): so several convolutions of one input share the gathering, and what does not depend on the
state is gathered for all windows at once.

References
----------
Kipf, Welling (2017), ICLR, equation 2 (gcn). Hamilton, Ying, Leskovec (2017), NeurIPS, algorithm 1 with the mean
aggregator (sage). Xu, Hu, Leskovec, Jegelka (2019), ICLR, equation 4.1 (gin).
"""

from __future__ import annotations

import torch
from torch import nn

from interplay.represent.architecture import Architecture


class GraphConvolution(nn.Module):
    """The transforming half of a convolution.

    Parameters
    ----------
    widths : tuple of int
        Widths of the inputs, which stand side by side.
    out : int
        Width of one block of the output.
    architecture : Architecture
        Its convolution and edges.
    blocks : int, >= 1
        Convolutions of the same inputs that are computed as one; their outputs stand side by side.
    bias : bool

    Notes
    -----
    gin: the perceptron is Linear, ReLU, Linear, and its epsilon is trained, one per block. Signed edges are ours:
    excitation and inhibition are heard apart and have weights of their own, in every convolution.
    """

    def __init__(
        self, widths: tuple[int, ...], out: int, architecture: Architecture, *, blocks: int = 1, bias: bool = False
    ) -> None:
        super().__init__()
        self._widths, self._out, self._blocks = widths, out, blocks
        kinds = (2 if architecture.edges == "signed" else 1) + (architecture.convolution == "sage")
        self.weight = nn.Parameter(torch.empty(kinds, sum(widths), blocks * out))
        self.bias = nn.Parameter(torch.zeros(blocks * out)) if bias else None
        gin = architecture.convolution == "gin"
        self.epsilon = nn.Parameter(torch.zeros(blocks)) if gin else None
        self.second = nn.Parameter(torch.empty(blocks, out, out)) if gin else None
        with torch.no_grad():
            for block in range(blocks):
                for kind in self.weight:
                    nn.init.xavier_uniform_(kind[:, block * out : (block + 1) * out])
                if self.second is not None:
                    nn.init.xavier_uniform_(self.second[block])

    def matrices(self) -> tuple[torch.Tensor, ...]:
        """Give what each gathered input is multiplied with: (K F, blocks out) per input."""
        kinds: torch.Tensor = self.weight
        if self.epsilon is not None:
            own = (1 + self.epsilon).repeat_interleave(self._out) * kinds[:1]
            kinds = torch.cat([own, kinds])
        parts = torch.split(kinds, list(self._widths), 1)
        return tuple(part.reshape(-1, self._blocks * self._out) for part in parts)

    def finish(self, x: torch.Tensor) -> torch.Tensor:
        """Make the output, before its activation, of the sum of the products."""
        if self.second is not None:
            hidden = torch.relu(x).view(*x.shape[:-1], self._blocks, self._out)
            x = torch.einsum("...bi,bio->...bo", hidden, self.second).flatten(-2)
        return x if self.bias is None else x + self.bias

    def forward(self, *gathered: torch.Tensor) -> torch.Tensor:
        """Transform inputs (..., K F) that were gathered to (..., blocks out)."""
        first, *others = (x @ matrix for x, matrix in zip(gathered, self.matrices(), strict=True))
        return self.finish(sum(others, first))
