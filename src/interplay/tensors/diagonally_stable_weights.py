"""Trainable weights that are diagonally stable by construction: a certificate comes with whatever is trained."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import nn

from interplay._core.checks import require_setting
from interplay._core.errors import DataError
from interplay.ops import stable_weights as kernels
from interplay.ops.contraction_metric import definite_margin
from interplay.tensors.certified_weights import (
    SLACK,
    Certificate,
    checked_settings,
    first_noise,
    free,
    like,
    numbers,
    put,
    require_signs,
    shrink,
    signed,
    signed_noise,
)

_UNSTABLE = (
    "`scaling` must certify `weights` with a margin of {margin:g}, but it does not. Take it from `certify`, or lower "
    "`margin`."
)


class DiagonallyStableWeights(nn.Module):
    """Weights for which W - diag(1/L) is diagonally stable.

    Parameters
    ----------
    n_units : int, >= 1
    slope : float or (N,) float array, > 0
        L: slopes of the activations lie in [0, L].
    margin : float, > 0
        Q A + A' Q <= -2 margin. Without signs only.
    sign : (N,) int array in {-1, 0, +1} or None
        Dale's law for the columns; None for none.
    gain : float, >= 0
        Spread of the first weights, about gain / sqrt(N).
    seed : int, >= 0
        Of the first weights.

    Raises
    ------
    ConfigError, DataError
        If a setting is out of range.

    Notes
    -----
    Without signs W = diag(1/L) + Q^-1 (K - F F' - margin) with K skew, in free matrices and log q; every diagonally
    stable W has this form. With signs: the magnitudes of a free matrix with the signs of its columns, times
    min(1, 0.999 / level), with the level the largest eigenvalue of its symmetric part in the coordinates of q.
    """

    def __init__(
        self,
        n_units: int,
        *,
        slope: ArrayLike = 1.0,
        margin: float = 1e-3,
        sign: ArrayLike | None = None,
        gain: float = 0.3,
        seed: int = 0,
    ) -> None:
        super().__init__()
        _, self.slope, self.sign = checked_settings(n_units, 1.0, slope, sign)
        require_setting("margin", margin, above=0)
        require_setting("gain", gain, least=0)
        self.margin = margin
        noise = first_noise(n_units, gain, seed)
        self.log_scaling = free(np.zeros(n_units))
        if self.sign is not None:
            self.raw = free(kernels.with_signs(signed_noise(noise, self.sign), self.sign))
            return
        self.skew = free(noise - noise.T)
        self.factor = free(np.diag(np.sqrt(np.maximum(1 / self.slope - margin, 0.01))) + 0.5 * noise)

    @classmethod
    def from_weights(
        cls,
        weights: ArrayLike,
        scaling: ArrayLike,
        *,
        slope: ArrayLike = 1.0,
        margin: float = 1e-3,
        sign: ArrayLike | None = None,
    ) -> DiagonallyStableWeights:
        """Begin at given weights, with the scaling of a `StabilityResult`.

        Parameters
        ----------
        weights : (N, N) float array
        scaling : (N,) float array, > 0
            q.
        slope, margin, sign
            As in the class.

        Returns
        -------
        DiagonallyStableWeights

        Raises
        ------
        DataError
            If the scaling does not certify the weights with the margin, or a weight has the wrong sign.
        """
        w = np.asarray(weights, dtype=np.float64)
        q = np.asarray(scaling, dtype=np.float64)
        made = cls(len(w), slope=slope, margin=margin, sign=sign)
        if made.sign is not None:
            require_signs(w, made.sign)
            if kernels.diagonal_level(w, q, made.slope) > 1 - SLACK:
                raise DataError(_UNSTABLE.format(margin=SLACK))
            put(made.raw, w)
        else:
            try:
                k, f = kernels.diagonally_stable_parts(w, q, made.slope, margin)
            except np.linalg.LinAlgError:
                raise DataError(_UNSTABLE.format(margin=margin)) from None
            put(made.skew, k)
            put(made.factor, f)
        put(made.log_scaling, np.log(q))
        return made

    def forward(self) -> torch.Tensor:
        """Build W.

        Returns
        -------
        (N, N) tensor
            `weights[post, pre]`.
        """
        q = self.log_scaling.exp()
        slope = like(self.slope, q)
        if self.sign is not None:
            kept = signed(self.raw, self.sign)
            inner = (q * slope).sqrt()[:, None] * kept * (slope / q).sqrt()[None, :]
            return kept * shrink(torch.linalg.eigvalsh(0.5 * (inner + inner.T))[-1])
        inner = 0.5 * (self.skew - self.skew.T) - self.factor @ self.factor.T
        inner = inner - self.margin * torch.eye(len(q), dtype=q.dtype, device=q.device)
        return torch.diag(1 / slope) + inner / q[:, None]

    def certificate(self) -> Certificate:
        """Prove the present weights diagonally stable, in double precision and from the weights themselves."""
        weights, q = numbers(self.forward()), np.exp(numbers(self.log_scaling))
        product = q[:, None] * (weights - np.diag(1 / self.slope))
        error = 4 * np.finfo(np.float64).eps * (q[:, None] * (np.abs(weights) + np.diag(1 / self.slope)))
        margin = definite_margin(-(product + product.T), error + error.T)
        return Certificate(weights, q, None, float("nan"), margin)
