"""Spikes as lists of the units that fired, and products of them with weights as sums of rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from interplay.ops.lanes import WIDTH
from interplay.ops.spike_product import add_rows, count_spikes, list_spikes, pack_rows, turn_lists

#: Fewer multiplications than this are not worth looking at the spikes of a layer.
LEAST = 1 << 22
#: Above this share of spikes the dense product is faster (measured at 512 units: level at .45).
MOST = 0.35
#: Rows of a gradient taken together, so that `WIDTH` of its columns stay in the first cache.
_ROWS = 512


class SpikeLists(NamedTuple):
    """Who fired in each of R rows.

    Attributes
    ----------
    pointer : (R + 1,) int64 array
    unit : (K,) uint32 array
        Row r names unit[pointer[r]:pointer[r + 1]], in order.
    """

    pointer: NDArray[np.int64]
    unit: NDArray[np.uint32]

    def add(self, table: Tensor, out: Tensor) -> None:
        """Add to every row of `out` the rows of a table that it names.

        Parameters
        ----------
        table : (J / 16, I, 16) tensor
            The (I, J) table as `packed` gives it.
        out : (R, J) tensor
            Contiguous, of the same type, as wide as the packed table.
        """
        add_rows(self.pointer, self.unit, table.numpy(), out.numpy())

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
        rows = gradient.detach().contiguous().numpy()
        total = np.zeros((n_in, _whole(rows.shape[1])), rows.dtype)
        turned, named = np.empty(n_in + 1, np.int64), np.empty(len(self.unit), np.uint32)
        blocks = np.empty((total.shape[1] // WIDTH, min(_ROWS, len(rows)), WIDTH), rows.dtype)
        for first in range(0, len(rows), _ROWS):
            stop = min(first + _ROWS, len(rows))
            turn_lists(self.pointer, self.unit, first, stop, turned, named)
            pack_rows(rows[first:stop], blocks)
            add_rows(turned, named, blocks, total)
        return torch.from_numpy(total)[:, : rows.shape[1]].t()


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
    unit = np.empty(pointer[-1], np.uint32)
    list_spikes(array, pointer, unit)
    return SpikeLists(pointer, unit)


def padded(rows: Tensor) -> Tensor:
    """Widen rows with zeros to whole lanes, contiguous.

    Parameters
    ----------
    rows : (R, J) tensor

    Returns
    -------
    (R, J rounded up to 16) tensor
    """
    more = _whole(rows.shape[1]) - rows.shape[1]
    return torch.nn.functional.pad(rows.detach(), (0, more)) if more else rows.detach().contiguous()


def packed(rows: Tensor) -> Tensor:
    """Lay sixteen columns of a table together, those after them behind, with zeros at the end.

    Parameters
    ----------
    rows : (I, J) tensor

    Returns
    -------
    (J / 16 rounded up, I, 16) tensor
        Contiguous.
    """
    blocks = rows.new_empty((_whole(rows.shape[1]) // WIDTH, len(rows), WIDTH))
    pack_rows(rows.detach().contiguous().numpy(), blocks.numpy())
    return blocks


def _whole(width: int) -> int:
    return -(-width // WIDTH) * WIDTH
