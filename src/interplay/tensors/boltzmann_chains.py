"""What the chains of a trained Boltzmann machine tell: its normalisation, and whether they have forgotten their start.

References
----------
Neal (2001), Statistics and Computing 11:125; Salakhutdinov, Murray (2008), ICML: annealed importance sampling. Decelle,
Furtlehner, Seoane (2021), NeurIPS 34: machines trained out of equilibrium. Sokal (1997): autocorrelation times.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import softplus

from interplay._core.checks import require_setting
from interplay.tensors.boltzmann import BoltzmannMachine, GibbsChains, boltzmann_generator
from interplay.tensors.devices import require_device

#: An autocorrelation time is summed up to this many times itself.
_SOKAL = 6.0


class LogPartition(NamedTuple):
    """log Z by annealed importance sampling.

    Attributes
    ----------
    log_z : float
    error : float
        Standard error, from the spread of the weights.
    effective : float
        Effective number of chains, from 1 to all; few means that the estimate cannot be trusted.
    """

    log_z: float
    error: float
    effective: float


def annealed_log_partition(
    machine: BoltzmannMachine, reference: torch.Tensor, *, temperatures: int = 1000, n_chains: int = 256, seed: int = 0
) -> LogPartition:
    """Estimate log Z along a path from independent units to the machine.

    Parameters
    ----------
    machine : BoltzmannMachine
    reference : (N,) float32 tensor
        Biases of the independent units the path begins at; the logits of the data's means are good.
    temperatures : int, >= 2
        Evenly spaced steps of the path.
    n_chains : int, >= 2
    seed : int, >= 0

    Returns
    -------
    LogPartition

    Notes
    -----
    ``log p_b(v) = (1 - b) reference v + b visible v + sum softplus(b (hidden + W v))``, b from 0 to 1, one Gibbs sweep
    at each. The estimate of Z is unbiased; that of log Z is too low on average. Time O(temperatures n_chains N H).
    """
    require_setting("temperatures", temperatures, least=2)
    require_setting("n_chains", n_chains, least=2)
    weight = machine.weight
    generator = boltzmann_generator(seed, "anneal", device=weight.device)
    level = torch.sigmoid(reference).expand(n_chains, -1)
    v = (torch.rand(level.shape, generator=generator, device=weight.device) < level).float()
    log_weight = torch.zeros(n_chains, dtype=torch.float64, device=weight.device)
    beta = np.linspace(0.0, 1.0, temperatures + 1)
    for low, high in pairwise(beta):
        inner = torch.addmm(machine.hidden, v, weight)
        gain = (softplus(high * inner) - softplus(low * inner)).double().sum(1)
        log_weight += gain + (high - low) * (v @ (machine.visible - reference)).double()
        if high < 1.0:
            h = (torch.rand(inner.shape, generator=generator, device=v.device) < torch.sigmoid(high * inner)).float()
            level = torch.sigmoid(high * torch.addmm(machine.visible, h, weight.T) + (1.0 - high) * reference)
            v = (torch.rand(level.shape, generator=generator, device=v.device) < level).float()
    start = float(softplus(reference.double()).sum()) + weight.shape[1] * float(np.log(2.0))
    found = log_weight.cpu().numpy()
    top = found.max()
    ratio = np.exp(found - top)
    error = float(ratio.std(ddof=1) / ratio.mean() / np.sqrt(n_chains))
    effective = float(ratio.sum() ** 2 / (ratio**2).sum())
    return LogPartition(start + top + float(np.log(ratio.mean())), error, effective)


class Relaxation(NamedTuple):
    """Chains from two starts, watched.

    Attributes
    ----------
    sweeps : (R,) int64 array
        When energies were taken.
    energy : (3, R) float64 array, nats
        Mean of -log p(v), up to log Z, of chains started at samples of the data, at independent units, and where
        training had left them.
    error : (3, R) float64 array
        Standard errors over chains.
    autocorrelation : (2, R') float64 array
        By sweep, from 0: of the energy, and of the slowest of the leading projections of the states on W.
    time : (2,) float64 array, sweeps
        Integrated autocorrelation times of the same.
    samples : (B, N) float32 array
        Where the chains from training are at the end.
    """

    sweeps: NDArray[np.int64]
    energy: NDArray[np.float64]
    error: NDArray[np.float64]
    autocorrelation: NDArray[np.float64]
    time: NDArray[np.float64]
    samples: NDArray[np.float32]


def relax(
    machine: BoltzmannMachine,
    chains: torch.Tensor,
    states: NDArray[np.generic],
    *,
    sweeps: int = 500,
    modes: int = 5,
    seed: int = 0,
) -> Relaxation:
    """Run chains from two starts, and those of training on.

    Parameters
    ----------
    machine : BoltzmannMachine
    chains : (B, N) float32 tensor
        Where training had left its chains.
    states : (T, N) array of 0 and 1
        The data; as many samples as chains are drawn from it.
    sweeps : int, >= 10
    modes : int, >= 1
        Leading left singular vectors of W that states are projected on.
    seed : int, >= 0

    Returns
    -------
    Relaxation

    Notes
    -----
    Chains that have forgotten their start agree in energy, whatever the start. Time O(3 sweeps B N H).
    """
    require_setting("sweeps", sweeps, least=10)
    require_setting("modes", modes, least=1)
    place, count = chains.device, len(chains)
    generator = boltzmann_generator(seed, "relax", device=place)
    data = torch.as_tensor(np.ascontiguousarray(states, dtype=np.float32), device=place)
    pick = torch.randint(len(data), (count,), generator=generator, device=place)
    mean = data.mean(0).expand(count, -1)
    independent = (torch.rand(mean.shape, generator=generator, device=place) < mean).float()
    groups = [
        GibbsChains(start, machine.weight.shape[1], generator) for start in (data[pick], independent, chains.clone())
    ]
    axes = torch.linalg.svd(machine.weight, full_matrices=False).U[:, :modes]
    energy, error = np.empty((3, sweeps + 1)), np.empty((3, sweeps + 1))
    course = np.empty((1 + axes.shape[1], sweeps + 1, count))
    for t in range(sweeps + 1):
        for g, group in enumerate(groups):
            if t:
                group.step(machine)
            now = -machine.log_weight(group.v).cpu().numpy()
            energy[g, t], error[g, t] = now.mean(), now.std(ddof=1) / np.sqrt(count)
        course[0, t] = now
        course[1:, t] = (groups[2].v @ axes).T.cpu().numpy()
    functions = [_autocorrelation(row) for row in course]
    times = np.array([_integrated(f) for f in functions])
    slowest = 1 + int(np.argmax(times[1:]))
    shown = np.unique(np.round(np.geomspace(1, sweeps + 1, 60)).astype(np.int64)) - 1
    return Relaxation(
        sweeps=shown,
        energy=energy[:, shown],
        error=error[:, shown],
        autocorrelation=np.stack([functions[0], functions[slowest]]),
        time=times[[0, slowest]],
        samples=groups[2].v.cpu().numpy(),
    )


def _autocorrelation(course: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the autocorrelation of (T, B) courses about their common mean, (T // 2,), averaged over courses."""
    size = len(course)
    centred = course - course.mean()
    spectrum = np.fft.rfft(centred, 2 * size, axis=0)
    product = np.fft.irfft(np.abs(spectrum) ** 2, axis=0)[: size // 2].mean(axis=1)
    product /= size - np.arange(size // 2)
    return np.asarray(product / product[0]) if product[0] > 0 else np.ones(size // 2)


def _integrated(function: NDArray[np.float64]) -> float:
    """Sum an autocorrelation function, 1 + 2 sum, up to the first lag that is six times the sum so far."""
    partial = 1.0 + 2.0 * np.cumsum(function[1:])
    enough = np.flatnonzero(np.arange(1, len(partial) + 1) >= _SOKAL * partial)
    return float(partial[enough[0]]) if len(enough) else float(max(partial[-1], 1.0))


def reference_biases(levels: NDArray[np.float64], device: str) -> torch.Tensor:
    """Put the log odds of independent units, (N,), on a device, for `annealed_log_partition`."""
    return torch.as_tensor(np.array(levels), dtype=torch.float32, device=require_device(device))


def draw_samples(
    machine: BoltzmannMachine, start: NDArray[np.floating], draws: int, *, apart: int, seed: int = 0
) -> NDArray[np.int8]:
    """Draw samples from chains that go on.

    Parameters
    ----------
    machine : BoltzmannMachine
    start : (B, N) array of 0 and 1
    draws : int, >= 1
        Samples of each chain.
    apart : int, >= 1
        Sweeps between them.
    seed : int, >= 0

    Returns
    -------
    (draws B, N) int8 array
    """
    place = machine.weight.device
    generator = boltzmann_generator(seed, "draw", device=place)
    v = torch.as_tensor(np.array(start), dtype=torch.float32, device=place)
    chains = GibbsChains(v, machine.weight.shape[1], generator)
    found = []
    for _ in range(draws):
        chains.step(machine, apart)
        found.append(chains.v.cpu().numpy().astype(np.int8))
    return np.concatenate(found)
