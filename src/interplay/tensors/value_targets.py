"""What a value regresses on: the better of the next state's values, as told by an older self.

References
----------
Mnih et al. (2015), Nature 518:529: a target network copied at intervals. Lillicrap et al. (2016), ICLR: the same as a
moving average. MINTO, arXiv 2510.02590: the smaller of target and online value inside the maximum. Vincent et al.
(2025), TMLR, arXiv 2403.02107: iterated Q-learning; arXiv 2506.04398: iterated heads on a shared trunk, with a copy of
the last layer as the only target.
"""

from __future__ import annotations

import torch


def greedy(values: torch.Tensor, outputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Take the best action's value, and the output that stands for it.

    Parameters
    ----------
    values : (B, K, A) float tensor
        Means.
    outputs : (B, K, A, M) float tensor
        Distributions, or the values themselves (M = 1).

    Returns
    -------
    (B, K) and (B, K, M) float tensors
        Of the first of the best actions.
    """
    best, action = values.max(-1)
    index = action[..., None, None].expand(*action.shape, 1, outputs.shape[-1])
    return best, outputs.gather(2, index)[:, :, 0]


def smaller(
    values: torch.Tensor, outputs: torch.Tensor, other_values: torch.Tensor, other_outputs: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Choose, for every state and action, the output of smaller mean out of two (MINTO).

    Parameters
    ----------
    values, other_values : (B, K, A) float tensor
        Means according to target and online network.
    outputs, other_outputs : (B, K, A, M) float tensor

    Returns
    -------
    (B, K, A) and (B, K, A, M) float tensors

    Notes
    -----
    MINTO is published for scalar values, where this is the minimum. For distributions the paper gives no rule; taking
    the whole distribution of smaller mean is ours.
    """
    first = values <= other_values
    return torch.where(first, values, other_values), torch.where(first[..., None], outputs, other_outputs)
