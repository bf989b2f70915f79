"""Trainable weights that contract by construction: whatever the optimiser does, a certificate comes with them.

Every step of training moves free numbers; the weights built from them satisfy the theorem exactly. With Dale signs the
weights take the signs of their columns, and are shrunk as far as their scaling needs to certify them again.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import nn

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError
from interplay.ops import stable_weights as kernels
from interplay.ops.contraction_metric import inequality_margin
from interplay.ops.contraction_proof import Question, prove
from interplay.ops.contraction_response import continuous, grid, peak, reach
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

_UNPROVED = (
    "`scaling` and `metric` must prove that `weights` contract at rate={rate:g}, a thousandth inside the edge, but "
    "they do not. Take them from `contraction(circuit, rate)`, or lower the rate."
)


class ContractingWeights(nn.Module):
    """Weights of tau x' = -x + phi(W x + u) that contract at a rate or faster.

    Parameters
    ----------
    n_units : int, >= 1
    rate : float, 1/s, 0 <= rate < 1 / max(tau)
    tau : float or (N,) float array, > 0, s
    slope : float or (N,) float array, > 0
        L: slopes of phi lie in [0, L].
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
    Without signs: every W that the contraction inequality proves (less a thousandth at the edge), and no other, has the
    form in `interplay.ops.stable_weights`, in free matrices X, F (upper triangular, positive diagonal) and log q. With
    signs: the magnitudes of a free matrix with the signs of its columns, times min(1, 0.999 / level), with the level of
    the matrix under q, which is the largest over all frequencies; O(N^3) a call.

    References
    ----------
    Gokhale, Proskurnikov, Kawano, Bullo (2026), arXiv 2604.15238.
    """

    def __init__(
        self,
        n_units: int,
        *,
        rate: float = 0.0,
        tau: ArrayLike = 1.0,
        slope: ArrayLike = 1.0,
        sign: ArrayLike | None = None,
        gain: float = 0.3,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.tau, self.slope, self.sign = checked_settings(n_units, tau, slope, sign)
        require_setting("rate", rate, least=0)
        require_setting("gain", gain, least=0)
        if rate >= 1 / self.tau.max():
            raise ConfigError(
                f"`rate` must be < 1 / max(tau) = {1 / self.tau.max():g}, the decay of the slowest unit alone, got "
                f"{rate!r}."
            )
        self.rate = rate
        noise = first_noise(n_units, gain, seed)
        self.log_scaling = free(np.zeros(n_units))
        if self.sign is not None:
            self.raw = free(kernels.with_signs(signed_noise(noise, self.sign), self.sign))
            return
        # X = 1 with this diagonal F is W = 0.
        self.mixing = free(np.eye(n_units) + noise)
        self.factor = free(np.zeros((n_units, n_units)))
        self.log_diagonal = free(np.log(2 * (1 / self.tau - rate) * self.tau / np.sqrt(self.slope)))

    @classmethod
    def from_weights(
        cls,
        weights: ArrayLike,
        scaling: ArrayLike,
        metric: ArrayLike | None = None,
        *,
        rate: float = 0.0,
        tau: ArrayLike = 1.0,
        slope: ArrayLike = 1.0,
        sign: ArrayLike | None = None,
    ) -> ContractingWeights:
        """Begin at given weights, with the certificate of a `ContractionResult`.

        Parameters
        ----------
        weights : (N, N) float array
        scaling : (N,) float array, > 0
            q.
        metric : (N, N) float array or None
            P; not needed with signs.
        rate, tau, slope, sign
            As in the class; a rate below the proved one leaves room.

        Returns
        -------
        ContractingWeights

        Raises
        ------
        DataError
            If the certificate does not prove the rate, a thousandth inside the edge, or a weight has the wrong sign.
        """
        w = np.asarray(weights, dtype=np.float64)
        q = np.asarray(scaling, dtype=np.float64)
        made = cls(len(w), rate=rate, tau=tau, slope=slope, sign=sign)
        if made.sign is not None:
            require_signs(w, made.sign)
            if kernels.level(w, q, made.slope, made.tau, rate) > 1 - SLACK:
                raise DataError(_UNPROVED.format(rate=rate))
            put(made.raw, w)
        else:
            if metric is None:
                raise DataError("`metric` must be given where there are no signs. Take it from `contraction`.")
            p = np.asarray(metric, dtype=np.float64)
            try:
                x, f = kernels.contracting_parts(w, p, q, made.tau, made.slope, rate, shrunk=1 - SLACK)
            except np.linalg.LinAlgError:
                raise DataError(_UNPROVED.format(rate=rate)) from None
            put(made.mixing, x)
            put(made.factor, np.triu(f, 1))
            put(made.log_diagonal, np.log(np.diag(f)))
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
        slope, tau = like(self.slope, q), like(self.tau, q)
        if self.sign is not None:
            kept = signed(self.raw, self.sign)
            return kept * shrink(self._level(kept, q))
        f = torch.triu(self.factor, 1) + torch.diag(self.log_diagonal.exp())
        short = _contraction(self.mixing) * (1 - SLACK)
        metric = (f.T @ f) / (1 / tau[:, None] + 1 / tau[None, :] - 2 * self.rate)
        free = (2 * q / slope).sqrt()[:, None] * (short @ f)
        return (free - metric / tau[:, None]) / q[:, None]

    def _level(self, kept: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
        """Largest reach over all frequencies; its slope is that at the frequency where it is reached."""
        root = (q / like(self.slope, q)).sqrt()
        inner = like(self.slope, q)[:, None] * kept * root[:, None] / root[None, :]
        response = continuous(numbers(inner), self.tau, self.rate, filter_first=True, either_sign=False)
        top, places = peak(response, grid(response, 8))
        if top < 0.9:  # nothing to shrink
            return q.new_tensor(top)
        place = places[int(np.argmax(reach(response, places)))]
        slow = 1 / (1j * place * self.tau + 1 - self.rate * self.tau)
        back = inner * torch.as_tensor(slow, device=q.device).to(torch.complex64 if q.dtype == torch.float32 else None)
        found = torch.linalg.eigvalsh(0.5 * (back + back.conj().T))[-1]
        level: torch.Tensor = found * (top / float(found.detach()))
        return level

    def certificate(self) -> Certificate:
        """Prove the present weights contracting, in double precision and from the weights themselves.

        Returns
        -------
        Certificate
            `holds` is False where rounding to the parameters' precision has undone the proof, which takes parameters
            spread over many orders of magnitude.
        """
        weights, q = numbers(self.forward()), np.exp(numbers(self.log_scaling))
        question = Question(weights, self.tau, self.slope)
        if self.sign is None:
            f = np.triu(numbers(self.factor), 1) + np.diag(np.exp(numbers(self.log_diagonal)))
            metric = (f.T @ f) / (1 / self.tau[:, None] + 1 / self.tau[None, :] - 2 * self.rate)
            margin = inequality_margin(question.network(self.rate), metric, q)
            if margin > 0:
                return Certificate(weights, q, metric, self.rate, margin)
        # Rounding of the weights can spoil a badly conditioned P; the one that fits q best may still prove them.
        proof = prove(question, self.rate, np.log(q / self.slope))
        if proof is None:
            return Certificate(weights, q, None, self.rate, float("-inf"))
        return Certificate(weights, proof.scaling, proof.metric, self.rate, proof.margin)


def _contraction(mixing: torch.Tensor) -> torch.Tensor:
    """Map any matrix X onto one of norm below 1: X C^-T with C C' = 1 + X'X."""
    eye = torch.eye(len(mixing), dtype=mixing.dtype, device=mixing.device)
    lower = torch.linalg.cholesky(eye + mixing.T @ mixing)
    short: torch.Tensor = torch.linalg.solve_triangular(lower, mixing.T, upper=False).T
    return short
