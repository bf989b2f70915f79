"""LateralInhibition: excitatory units that compete through inhibition, shared or one's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import ConfigError
from interplay._core.provenance import digest
from interplay.circuits.activations import Activation, activation
from interplay.circuits.circuit import RateCircuit
from interplay.circuits.circuit_checks import completed_drive, require_drive
from interplay.circuits.linear_stability import linear_stability
from interplay.circuits.motif_results import ContrastResult, HysteresisResult, RegimeResult
from interplay.circuits.results import EquilibriumResult
from interplay.ops.lateral import common_threshold

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LateralInhibition:
    """Excitatory units E_0 ... E_{n-1} that excite themselves and inhibit one another through inhibitory units.

    Parameters
    ----------
    n : int, >= 2
        Excitatory units.
    w : float, >= 0
        Of each E onto itself.
    a, b : float, >= 0
        Strength onto E from I, and onto I from E.
    d : float, >= 0
        Of each I onto itself.
    wiring : {"lateral", "shared"}
        "lateral": every E_i drives an I_i of its own, which inhibits all other E_j. "shared": all E drive one I, which
        inhibits them all.
    phi : str or Activation
        Of all units.
    tau_e, tau_i : float, > 0, s
        Time constants.

    Raises
    ------
    ConfigError
        If a setting is out of range.

    Notes
    -----
    All that the motif does is governed by one number, `competition`. For rectified units: "shared" is Lyapunov
    diagonally stable for all a, b, d iff w < 1; "lateral" iff also competition < `certified_below`, has one equilibrium
    for every input iff competition < 1, and is a discrete winner-take-all with memory above. The wirings of the source
    were not to be had; these are the two standard ones, and every formula is derived here and tested against
    simulation.

    References
    ----------
    Betteti, Retnaraj, Davydov, Cortes, Bullo (2025), arXiv 2512.05252, abstract.

    Examples
    --------
    >>> motif = SharedInhibition(2, w=0.5, a=1.0, b=1.5, d=0.5)
    >>> motif.competition, round(motif.threshold, 4), motif.gain
    (2.0, 0.6667, 5.0)
    >>> motif.steady_state([1.0, 0.657]).rates.round(5).tolist()
    [[0.66667, 0.0, 0.66667]]
    """

    n: int = 2
    w: float = 0.4
    a: float = 1.0
    b: float = 0.54
    d: float = 0.5
    wiring: Literal["lateral", "shared"] = "lateral"
    phi: str | Activation = "relu"
    tau_e: float = 1.0
    tau_i: float = 1.0

    def __post_init__(self) -> None:
        """Check everything once."""
        require_setting("n", self.n, least=2, whole=True)
        for name in ("w", "a", "b", "d"):
            require_setting(name, getattr(self, name), least=0, below=float("inf"))
        for name in ("tau_e", "tau_i"):
            require_setting(name, getattr(self, name), above=0, below=float("inf"))
        if self.wiring not in ("lateral", "shared"):
            raise ConfigError(f'`wiring` must be "lateral" or "shared", got {self.wiring!r}. Choose one.')
        if isinstance(self.phi, str):
            activation(self.phi)

    @property
    def n_inhibitory(self) -> int:
        """Inhibitory units: one, or one per excitatory unit."""
        return 1 if self.wiring == "shared" else self.n

    @property
    def example_drive(self) -> Floats:
        """(N,) float64 array: an input to start with, 1 to the first E and a little less to the others, 0 to I."""
        drive = np.zeros(self.n + self.n_inhibitory)
        drive[: self.n] = 1.0 - 0.1 * np.arange(self.n) / (self.n - 1)
        return drive

    @property
    def competition(self) -> float:
        """Competition number kappa = a b / ((1 - w)(1 + d)); inf for w >= 1 (0 if a b is 0)."""
        if self.a * self.b == 0.0:
            return 0.0
        return self.a * self.b / ((1.0 - self.w) * (1.0 + self.d)) if self.w < 1.0 else float("inf")

    @property
    def certified_below(self) -> float:
        """Competition below which the motif is Lyapunov diagonally stable (w < 1): inf for "shared".

        For "lateral" 1 up to n = 4 and 8 (n - 2) / n^2 from there; found from diagonal scalings that respect the
        symmetry between the units, and checked against the exact test.
        """
        if self.wiring == "shared":
            return float("inf")
        return 1.0 if self.n <= 4 else 8.0 * (self.n - 2) / self.n**2

    @property
    def threshold(self) -> float:
        """Ratio of the two largest inputs, second over first, up to which the second unit is silent.

        kappa / (1 + kappa) for "shared"; kappa for "lateral", and 1 from kappa = 1 on, where the winner takes all
        whatever the ratio. For rectified units, no input to I, and all other inputs so small that their units are
        silent.
        """
        kappa = self.competition
        if self.wiring == "lateral":
            return min(kappa, 1.0)
        return 1.0 if np.isinf(kappa) else kappa / (1.0 + kappa)

    @property
    def gain(self) -> float:
        """Gain of differences over gain of the common mode, while all E are active.

        1 + n kappa for "shared", (1 + (n - 1) kappa) / (1 - kappa) for "lateral", infinite from kappa = 1 on.
        """
        kappa = self.competition
        if self.wiring == "shared":
            return 1.0 + self.n * kappa
        return (1.0 + (self.n - 1) * kappa) / (1.0 - kappa) if kappa < 1.0 else float("inf")

    def circuit(self) -> RateCircuit:
        """Give the checked circuit: excitatory units first."""
        n = self.n
        everyone = np.ones((n, n))
        onto_e = np.ones((n, 1)) if self.wiring == "shared" else everyone - np.eye(n)
        onto_i = np.ones((1, n)) if self.wiring == "shared" else np.eye(n)
        m = self.n_inhibitory
        return RateCircuit.of_blocks(
            self.w * np.eye(n),
            self.a * onto_e,
            self.b * onto_i,
            self.d * np.eye(m),
            self.phi,
            np.repeat([float(self.tau_e), float(self.tau_i)], [n, m]),
        )

    def full_drive(self, drive: ArrayLike) -> Floats:
        """Fill in no input to the inhibitory units where only the excitatory ones are given.

        Parameters
        ----------
        drive : (..., n) or (..., N) float array

        Returns
        -------
        (..., N) float64 array

        Raises
        ------
        DataError
            If the last axis fits neither.
        """
        return completed_drive(drive, self.n, self.n + self.n_inhibitory, "excitatory units")

    def closed_form(self, drive: ArrayLike) -> Floats | None:
        """Give the equilibrium by its formula.

        Parameters
        ----------
        drive : (..., n) or (..., N) float array

        Returns
        -------
        (..., N) float64 array or None
            None where no formula is known: units that are not rectified, w >= 1, for "lateral" competition >= 1 or
            input to I.

        Notes
        -----
        "shared": x = [u - theta]_+ / (1 - w), theta = max(0, kappa sum [u - theta]_+ + a u_I / (1 + d)). "lateral":
        with v = u / (1 - w), x = [v - theta]_+ / (1 - kappa), theta = kappa / (1 - kappa) sum [v - theta]_+.
        """
        u = self.full_drive(drive)
        kappa = self.competition
        kind = self.phi if isinstance(self.phi, str) else self.phi.kind
        inputs, onto_i = u[..., : self.n], u[..., self.n :]
        shared = self.wiring == "shared"
        if kind != "relu" or self.w >= 1.0 or (not shared and (kappa >= 1.0 or onto_i.any())):
            return None
        if shared:
            offset = self.a * onto_i[..., 0] / (1.0 + self.d)
            theta = np.vectorize(common_threshold, signature="(n),(),()->()")(inputs, kappa, offset)
            rates = np.maximum(inputs - theta[..., None], 0.0) / (1.0 - self.w)
            inhibition = np.maximum(self.b * rates.sum(axis=-1, keepdims=True) + onto_i, 0.0) / (1.0 + self.d)
        else:
            v = inputs / (1.0 - self.w)
            theta = common_threshold(v, kappa / (1.0 - kappa))
            rates = np.maximum(v - theta[..., None], 0.0) / (1.0 - kappa)
            inhibition = self.b * rates / (1.0 + self.d)
        return np.concatenate([rates, inhibition], axis=-1)

    def steady_state(self, drive: ArrayLike, *, start: ArrayLike | None = None) -> EquilibriumResult:
        """Find the equilibrium: by its formula where there is one, else by solving from a start.

        Parameters
        ----------
        drive : (n,) or (N,) float array
        start : (N,) float array or None
            Rates to begin at, where no formula holds: with competition >= 1 they decide who wins.

        Returns
        -------
        EquilibriumResult
            `method` is "closed form" or that of the solver. Where a unit rests on the kink of its activation, `stable`
            asks that no side have a growing direction, and a note says so.

        Raises
        ------
        DataError
            If `drive` does not fit.
        NumericalError
            If there is no formula and the solver finds nothing.
        """
        circuit = self.circuit()
        u = require_drive(circuit, self.full_drive(drive))
        rates = self.closed_form(u)
        if rates is None:
            from interplay.circuits.equilibria import steady_state

            return steady_state(circuit, u, start=start, method="auto" if start is None else "flow")
        here = linear_stability(circuit, rates[None], u)
        return EquilibriumResult(
            config=self,
            made_from=digest(circuit.digest, u),
            citations=("betteti2025competition",),
            notes=here.notes,
            rates=rates[None],
            drive=u,
            residual=np.abs(circuit.residual(rates, u)).max(keepdims=True),
            eigenvalues=here.eigenvalues,
            stable=here.stable,
            method="closed form",
            complete=True,
        )

    def regime(self, drive: ArrayLike) -> RegimeResult:
        """Say in which regime the motif works: see `interplay.circuits.regime`.

        Parameters
        ----------
        drive : (n,) or (N,) float array

        Returns
        -------
        RegimeResult
        """
        from interplay.circuits.regimes import regime

        return regime(self.circuit(), self.full_drive(drive))

    def contrast(self, drive: ArrayLike) -> ContrastResult:
        """Measure how the motif changes the contrast between its inputs: see `interplay.circuits.contrasts`.

        Parameters
        ----------
        drive : (n,), (N,), (S, n) or (S, N) float array
            One case or several.

        Returns
        -------
        ContrastResult
            With one layer.
        """
        from interplay.circuits.contrasts import motif_contrast

        return motif_contrast(self, np.atleast_2d(self.full_drive(drive)))

    def hysteresis(self, drive: ArrayLike | None = None, *, ratios: ArrayLike | None = None) -> HysteresisResult:
        """Raise and lower the challenger's input and see when the winner changes.

        Parameters
        ----------
        drive : (n,) or (N,) float array or None
            The largest input is the incumbent's, the second largest the challenger's; all others stay. None: 1 for
            both, 0 for all others.
        ratios : (S,) float array or None
            Challenger's input over the incumbent's, in the order of the sweep; None: up past the ratio where theory
            sees the winner change, and down again, in 121 steps.

        Returns
        -------
        HysteresisResult

        Raises
        ------
        DataError
            If `drive` does not fit, or the incumbent's input is not positive.
        """
        from interplay.circuits.contrasts import hysteresis

        base = np.eye(1, self.n)[0] + np.eye(1, self.n, 1)[0] if drive is None else drive
        steps = None if ratios is None else Shapes().array("ratios", ratios, "S")
        return hysteresis(self, self.full_drive(base), steps)


@dataclass(frozen=True)
class SharedInhibition(LateralInhibition):
    """LateralInhibition with one inhibitory unit for all: the same parameters, two with other defaults.

    Parameters
    ----------
    b : float, >= 0
    wiring : {"lateral", "shared"}
    """

    b: float = 1.0
    wiring: Literal["lateral", "shared"] = "shared"
