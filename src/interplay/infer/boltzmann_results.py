"""What a fit of a Boltzmann machine gives back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay.infer.results import NetworkResult

Floats = NDArray[np.float64]

#: Models that are held against each other, in the order of the tables.
MODELS = ("boltzmann", "pairwise", "independent")


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class BoltzmannResult(NetworkResult):
    """A Boltzmann machine of binary activity, the couplings it amounts to, and how far it can be trusted.

    Units that are not `present` in the snapshots are not in the machine: NaN in all arrays. Spins are -1 and 1.

    Attributes
    ----------
    weights : (N, H) float64 array
        W of ``p(v, h) ~ exp(visible_bias v + hidden_bias h + v W h)``.
    visible_bias : (N,) float64 array
    hidden_bias : (H,) float64 array
    fields : (N,) float64 array
        Coefficient of each spin in log p.
    couplings : (N, N) float64 array, symmetric, zero diagonal
        Coefficient of each pair of spins.
    triples : (M, 3) int64 array
        Triples of units with the strongest coefficients, by falling size.
    triple_couplings : (M,) float64 array
    log_z : float
        Used for the likelihoods: exact where it could be summed, else annealed.
    log_z_exact : float
        NaN where neither layer was small enough.
    log_z_annealed, log_z_error, log_z_effective : float
        Annealed importance sampling: estimate, standard error, effective number of chains.
    models : tuple of str
        Rows of the next three: "boltzmann", "pairwise", "independent".
    log_likelihood, log_likelihood_train : (3,) float64 arrays, nats per sample
        Mean log p of the held-out samples, and of those trained on. Higher is better; NaN where log Z is unknown. An
        annealed log Z (machine: no layer of up to 16 units; pairwise: 19 to 100 units) is too low on average, so that
        row is too high; independent units have no such error. Compare `log_conditional` where `log_z_effective` is low.
    log_conditional : (3,) float64 array, nats per sample
        Held out: sum over units of log p of a unit given all others. Higher is better; needs no log Z.
    moment_match : (4, 3) float64 array, in [-1, 1]
        Correlation of a model's means, covariances and third central moments with those of the held-out samples; the
        last row is of the samples trained on, against the held-out: what sampling noise allows.
    n_train, n_held_out : int
        Samples.
    sweeps : (R,) int64 array
    energy, energy_error : (3, R) float64 arrays, nats
        Mean energy after so many sweeps, of chains started at data, at independent units, and where training had left
        them; standard errors.
    autocorrelation : (2, R') float64 array
        By sweep: of the energy, and of the slowest leading projection.
    autocorrelation_time : (2,) float64 array, sweeps
        Integrated.
    start_gap, drift : float, in standard errors
        Energies of the two starts apart at the end; energy of training's chains, from their first to their last sweep.
    thermalised : bool
        Both below four, and the longest autocorrelation time below a tenth of the sweeps.
    pairwise_couplings : (N, N) float64 array
        Of the pairwise (Ising) model that is compared.
    """

    weights: Floats
    visible_bias: Floats
    hidden_bias: Floats
    fields: Floats
    couplings: Floats
    triples: NDArray[np.int64]
    triple_couplings: Floats
    log_z: float
    log_z_exact: float
    log_z_annealed: float
    log_z_error: float
    log_z_effective: float
    models: tuple[str, ...]
    log_likelihood: Floats
    log_likelihood_train: Floats
    log_conditional: Floats
    moment_match: Floats
    n_train: int
    n_held_out: int
    sweeps: NDArray[np.int64]
    energy: Floats
    energy_error: Floats
    autocorrelation: Floats
    autocorrelation_time: Floats
    start_gap: float
    drift: float
    thermalised: bool
    pairwise_couplings: Floats
