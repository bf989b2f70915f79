"""Long sequences in little memory: a whole stack, some steps at a time, computed again on the way back."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from interplay.spiking.nets.lif_sequence import LIFState

#: Where each layer of units stands; None before the first step.
States = tuple[LIFState | None, ...]
#: Run a stack on steps of the input from these states: what it adds to the read-out, and where layers stand then.
Stretch = Callable[[Tensor, int, States], tuple[Tensor, States]]


def sum_over_segments(run: Stretch, x: Tensor, states: States, every: int) -> Tensor:
    """Add up what a stack gives for consecutive stretches of steps, keeping only states between them.

    Parameters
    ----------
    run : callable
        Maps (steps of the input, number of the first, states) to (tensor, states). It is called a second time for every
        stretch that a gradient goes through, and must then give the same bits: what it draws is keyed by the step.
    x : (T, B, ...) tensor
    states : tuple of LIFState or None
        Before the first step.
    every : int, steps, >= 1
        Of a stretch; the last one may be shorter.

    Returns
    -------
    tensor
        Sum of what the stretches gave.

    Notes
    -----
    Memory for the way back: the states at T / `every` steps, and all that one stretch leaves behind; it costs one more
    pass forward. Gradients are those of one long pass, their sums taken stretch by stretch.

    References
    ----------
    Chen, Xu, Zhang, Guestrin (2016), arXiv 1604.06174.
    """
    total: Tensor | None = None
    for first in range(0, len(x), every):
        found, states = checkpoint(
            run, x[first : first + every], first, states, use_reentrant=False, preserve_rng_state=False
        )
        total = found if total is None else total + found
    if total is None:
        return run(x, 0, states)[0]
    return total


def segmented(every: int | None, steps: int) -> bool:
    """Say whether a pass is to be made in stretches: where a gradient will be wanted and there are several."""
    return every is not None and every < steps and torch.is_grad_enabled()
