"""Spikes as lists of the units that fired, and products of them with weights as sums of rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from interplay.ops.spike_product import BLOCK, add_rows, count_spikes, list_spikes, turn_lists

#: Fewer multiplications than this are not worth looking at the spikes of a layer.
LEAST = 1 << 22
#: Above this share of spikes the dense product is faster (measured at 512 units: level at .45).
MOST = 0.35
#: Rows of a gradient taken together, so that a block of its columns stays in the second cache.
_ROWS = 800


class SpikeLists(NamedTuple):
    """Who fired in each of R rows.

    Attributes
    ----------
    pointer : (R + 1,) int64 array
    unit : (K,) int32 array
        Row r names unit[pointer[r]:pointer[r + 1]], in order.
    """

    pointer: NDArray[np.int64]
    unit: NDArray[np.int32]

    def add(self, table: Tensor, out: Tensor) -> None:
        """Add to every row of `out` the rows of `table` that it names.

        Parameters
        ----------
        table : (I, J) tensor
            As `padded` gives it.
        out : (R, J) tensor
            Contiguous, of the same type.
        """
        add_rows(self.pointer, 0, len(out), self.unit, table.numpy(), out.numpy())

    def gather(self, gradient: Tensor, n_in: int) -> Tensor:
        """Add up, for every unit, the rows of `gradient` in which it fired: the gradient of the weights.

        Parameters
        ----------
        gradient : (R, J) tensor
        n_in : int
            I.

        Returns
        -------
        (J, I) tensor
        """
        n_out = gradient.shape[1]
        rows = padded(gradient)
        total = gradient.new_zeros(n_in, rows.shape[1])
        turned, named = np.empty(n_in + 1, np.int64), np.empty(len(self.unit), np.int32)
        for first in range(0, len(rows), _ROWS):
            turn_lists(self.pointer, self.unit, first, min(first + _ROWS, len(rows)), turned, named)
            add_rows(turned, 0, n_in, named, rows.numpy(), total.numpy())
        return total[:, :n_out].t()


def worth_listing(n_rows: int, *weights: Tensor, least: int | None = None) -> bool:
    """Say whether products of so many rows with these weights are large enough, and on the processor.

    Parameters
    ----------
    n_rows : int
    *weights : (J, I) tensors
    least : int or None
        Multiplications at least. None: `LEAST`.

    Returns
    -------
    bool
    """
    least = LEAST if least is None else least
    return all(
        w.device.type == "cpu" and w.dtype in (torch.float32, torch.float64) and n_rows * w.numel() >= least
        for w in weights
    )


def spike_lists(spikes: Tensor) -> SpikeLists | None:
    """List who fired.

    Parameters
    ----------
    spikes : (R, I) tensor, contiguous, on the processor

    Returns
    -------
    SpikeLists or None
        None where an entry is neither 0 nor 1, or so many fired that the dense product is faster.
    """
    array = spikes.detach().numpy()
    pointer = np.empty(len(array) + 1, np.int64)
    if not count_spikes(array, pointer) or pointer[-1] > MOST * array.size:
        return None
    unit = np.empty(pointer[-1], np.int32)
    list_spikes(array, pointer, unit)
    return SpikeLists(pointer, unit)


def padded(rows: Tensor) -> Tensor:
    """Widen rows with zeros to whole blocks of columns, contiguous.

    Parameters
    ----------
    rows : (R, J) tensor

    Returns
    -------
    (R, J rounded up) tensor
    """
    rows = rows.detach()
    width = -(-rows.shape[1] // BLOCK) * BLOCK
    return rows.contiguous() if width == rows.shape[1] else torch.nn.functional.pad(rows, (0, width - rows.shape[1]))
