"""A restricted Boltzmann machine of binary units: its energies, its chains, and its training.

References
----------
Tieleman (2008), ICML: persistent contrastive divergence. Melchior, Fischer, Wiskott (2016), JMLR 17(99): centring.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import softplus

from interplay._core.checks import require_setting
from interplay._core.errors import NumericalError
from interplay._core.rng import stream
from interplay.tensors.devices import require_device

_PROGRESS_EVERY = 50
#: Standard deviation of the first weights, times the square root of the number of visible units.
_START = 0.4
#: How fast the mean of the hidden units, by which gradients are centred, follows.
_FOLLOW = 0.05


def boltzmann_generator(seed: int, *key: int | str, device: torch.device) -> torch.Generator:
    """Give the generator of one named purpose on a device."""
    generator = torch.Generator(device=device)
    generator.manual_seed(int(stream(seed, "boltzmann", *key).integers(2**63)))
    return generator


@dataclass(frozen=True, eq=False, slots=True)
class BoltzmannMachine:
    """p(v, h) ~ exp(b v + c h + v W h), all units 0 or 1.

    Parameters
    ----------
    weight : (N, H) float32 tensor
        W.
    visible : (N,) float32 tensor
        b.
    hidden : (H,) float32 tensor
        c.
    """

    weight: torch.Tensor
    visible: torch.Tensor
    hidden: torch.Tensor

    @classmethod
    def from_arrays(
        cls,
        weight: NDArray[np.floating],
        visible: NDArray[np.floating],
        hidden: NDArray[np.floating],
        device: str = "cpu",
    ) -> BoltzmannMachine:
        """Build on a device from (N, H), (N,) and (H,) arrays."""
        place = require_device(device)
        return cls(
            *(torch.as_tensor(np.array(a), dtype=torch.float32, device=place) for a in (weight, visible, hidden))
        )

    def arrays(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Give weight, visible and hidden biases as float64 arrays."""
        found = tuple(p.detach().cpu().numpy().astype(np.float64) for p in (self.weight, self.visible, self.hidden))
        return found[0], found[1], found[2]

    def log_weight(self, v: torch.Tensor, beta: float = 1.0) -> torch.Tensor:
        """Give log p(v) up to log Z, (B,) float64: minus the free energy of (B, N) states.

        At an inverse temperature other than 1, all parameters are multiplied by it.
        """
        inner = torch.addmm(self.hidden, v, self.weight) * beta
        return softplus(inner).double().sum(1) + (v @ self.visible).double() * beta


class GibbsChains:
    """Chains of a machine, all advanced at once.

    Parameters
    ----------
    states : (B, N) float32 tensor of 0 and 1
        Copied.
    n_hidden : int
    generator : torch.Generator
        On the same device.
    """

    def __init__(self, states: torch.Tensor, n_hidden: int, generator: torch.Generator) -> None:
        self.v = states.clone()
        self.h = torch.zeros(len(states), n_hidden, device=states.device)
        self.generator = generator
        self._mean = torch.empty_like(self.h)
        self._draw_v, self._level_v = torch.empty_like(self.v), torch.empty_like(self.v)
        self._draw_h = torch.empty_like(self.h)

    def step(self, machine: BoltzmannMachine, sweeps: int = 1) -> None:
        """Advance by so many sweeps: hidden given visible units, then visible given hidden ones."""
        back = machine.weight.T
        for _ in range(sweeps):
            torch.addmm(machine.hidden, self.v, machine.weight, out=self._mean).sigmoid_()
            self._bernoulli(self._mean, self._draw_h, self.h)
            torch.addmm(machine.visible, self.h, back, out=self._level_v).sigmoid_()
            self._bernoulli(self._level_v, self._draw_v, self.v)

    def _bernoulli(self, mean: torch.Tensor, draw: torch.Tensor, out: torch.Tensor) -> None:
        draw.uniform_(generator=self.generator)
        torch.lt(draw, mean, out=out)


@dataclass(frozen=True, kw_only=True)
class BoltzmannPlan:
    """How a machine is trained.

    Parameters
    ----------
    n_hidden : int, >= 1
    n_updates : int, >= 1
        Gradient steps.
    batch : int, >= 1
        Samples per gradient; all of them where there are fewer.
    n_chains : int, >= 2
        Persistent chains.
    gibbs_steps : int, >= 1
        Sweeps of all chains between two gradients.
    learning_rate : float, > 0
        Of the first half of the steps; then it falls linearly to a tenth.
    penalty : float, >= 0
        Half of it times the squared weights is added to the loss.
    seed : int, >= 0
    device : str
        "cpu", "cuda" or "cuda:K".
    """

    n_hidden: int = 100
    n_updates: int = 2000
    batch: int = 512
    n_chains: int = 512
    gibbs_steps: int = 10
    learning_rate: float = 1.0
    penalty: float = 0.0
    seed: int = 0
    device: str = "cpu"

    def __post_init__(self) -> None:
        for name in ("n_hidden", "n_updates", "batch", "gibbs_steps"):
            require_setting(name, getattr(self, name), least=1)
        require_setting("n_chains", self.n_chains, least=2)
        require_setting("learning_rate", self.learning_rate, above=0)
        require_setting("penalty", self.penalty, least=0)
        require_setting("seed", self.seed, least=0)


def train_boltzmann(
    states: NDArray[np.generic], plan: BoltzmannPlan, *, progress: Callable[[int, int], None] | None = None
) -> tuple[BoltzmannMachine, torch.Tensor]:
    """Fit a machine by persistent contrastive divergence with centred gradients.

    Parameters
    ----------
    states : (T, N) array of 0 and 1
    plan : BoltzmannPlan
    progress : callable or None
        Called as progress(updates done, updates in all), now and then.

    Returns
    -------
    machine : BoltzmannMachine
        The mean of the parameters over the last quarter of the updates.
    chains : (n_chains, N) float32 tensor
        Where the persistent chains are.

    Raises
    ------
    NumericalError
        If the parameters diverge.

    Notes
    -----
    The gradient of W is ``<(v - m)(h - l)>_data - <(v - m)(h - l)>_chains`` with m the mean of the data and l that of
    the hidden units, followed slowly; the gradients of the biases are corrected so that the centring changes the path
    of the fit only (Melchior et al. 2016, algorithm 1). Weights begin normal with standard deviation 0.4 / sqrt(N),
    visible biases at the logits of the means, chains as independent units. Time O(n_updates gibbs_steps n_chains N H).
    """
    place = require_device(plan.device)
    generator = boltzmann_generator(plan.seed, "train", device=place)
    data = torch.as_tensor(np.ascontiguousarray(states, dtype=np.float32), device=place)
    mean = data.mean(0)
    smooth = (data.sum(0) + 0.5) / (len(data) + 1.0)
    scale = _START / max(data.shape[1], 1) ** 0.5
    weight = scale * torch.randn(data.shape[1], plan.n_hidden, generator=generator, device=place)
    machine = BoltzmannMachine(weight, torch.logit(smooth), torch.zeros(plan.n_hidden, device=place))
    average = [torch.zeros_like(p) for p in (machine.weight, machine.visible, machine.hidden)]
    start = torch.rand(plan.n_chains, data.shape[1], generator=generator, device=place) < smooth
    chains = GibbsChains(start.float(), plan.n_hidden, generator)
    centre = torch.full((plan.n_hidden,), 0.5, device=place)
    tail = plan.n_updates - max(plan.n_updates // 4, 1)
    for k in range(plan.n_updates):
        batch = data
        if plan.batch < len(data):
            batch = data[torch.randint(len(data), (plan.batch,), generator=generator, device=place)]
        chains.step(machine, plan.gibbs_steps)
        rate = plan.learning_rate * min(1.0, 0.1 + 1.8 * (1.0 - k / plan.n_updates))
        centre = _update(machine, batch, chains.v, mean, centre, rate, plan.penalty)
        if k >= tail:
            for total, now in zip(average, (machine.weight, machine.visible, machine.hidden), strict=True):
                total += now
        if progress is not None and ((k + 1) % _PROGRESS_EVERY == 0 or k + 1 == plan.n_updates):
            progress(k + 1, plan.n_updates)
    mean_machine = BoltzmannMachine(*(total / (plan.n_updates - tail) for total in average))
    if not all(bool(torch.isfinite(total).all()) for total in average):
        raise NumericalError(
            f"the machine's parameters must stay finite: they diverged within {plan.n_updates} updates at "
            f"learning_rate={plan.learning_rate:g}. Lower `learning_rate`, or raise `gibbs_steps`."
        )
    return mean_machine, chains.v


def _update(
    machine: BoltzmannMachine,
    data: torch.Tensor,
    model: torch.Tensor,
    mean: torch.Tensor,
    centre: torch.Tensor,
    rate: float,
    penalty: float,
) -> torch.Tensor:
    """Climb once, in place; give the new centre of the hidden units."""
    seen = torch.addmm(machine.hidden, data, machine.weight).sigmoid_()
    dreamt = torch.addmm(machine.hidden, model, machine.weight).sigmoid_()
    mean_seen = seen.mean(0)
    moved = (1 - _FOLLOW) * centre + _FOLLOW * mean_seen
    gradient = ((data - mean).T @ (seen - moved)) / len(data) - ((model - mean).T @ (dreamt - moved)) / len(model)
    visible = data.mean(0) - model.mean(0) - gradient @ moved
    hidden = mean_seen - dreamt.mean(0) - gradient.T @ mean
    # The decay is implicit: no penalty, however large, can make it overshoot.
    machine.weight.add_(gradient, alpha=rate).div_(1.0 + rate * penalty)
    machine.visible.add_(visible, alpha=rate)
    machine.hidden.add_(hidden, alpha=rate)
    return moved
