"""CorticalColumn: layers of the same motif, each driving the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import require_setting
from interplay.circuits.activations import Activation
from interplay.circuits.circuit import RateCircuit
from interplay.circuits.circuit_checks import completed_drive
from interplay.circuits.lateral_inhibition import LateralInhibition
from interplay.circuits.motif_results import ContrastResult, RegimeResult

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CorticalColumn:
    """A cascade of lateral-inhibition motifs: each layer's excitatory units drive those of the next, one to one.

    Parameters
    ----------
    layers : int, >= 1
    n : int, >= 2
        Excitatory units per layer.
    w, a, b, d, wiring, phi, tau_e, tau_i : as in LateralInhibition
        Of every layer.
    forward : float, >= 0
        Strength from a layer's E_i onto the next layer's E_i.
    feedback : float, >= 0
        Strength from a layer's E_i back onto the E_i of the layer before.

    Raises
    ------
    ConfigError
        If a setting is out of range.

    Notes
    -----
    Without feedback the weights are block triangular, so the column is Lyapunov diagonally stable iff every layer is.
    Feedback closes excitatory loops through the layers and is lost to them quickly: certify before simulating. The
    source's column was not to be had; this is a reconstruction, tested against simulation.

    References
    ----------
    Betteti, Retnaraj, Davydov, Cortes, Bullo (2025), arXiv 2512.05252, abstract.

    Examples
    --------
    >>> column = CorticalColumn(8, 2, w=0.5, a=0.5, b=0.5, d=0.0)
    >>> [round(c, 2) for c in column.growth(0.01)]
    [0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.0, 1.0]
    >>> column.layers_to_winner(0.01)
    7
    """

    layers: int = 4
    n: int = 2
    w: float = 0.5
    a: float = 0.5
    b: float = 0.5
    d: float = 0.0
    forward: float = 1.0
    feedback: float = 0.0
    wiring: Literal["lateral", "shared"] = "shared"
    phi: str | Activation = "relu"
    tau_e: float = 1.0
    tau_i: float = 1.0

    def __post_init__(self) -> None:
        """Check everything once."""
        require_setting("layers", self.layers, least=1, whole=True)
        for name in ("forward", "feedback"):
            require_setting(name, getattr(self, name), least=0, below=float("inf"))
        self.motif()

    def motif(self) -> LateralInhibition:
        """Give one layer."""
        return LateralInhibition(self.n, self.w, self.a, self.b, self.d, self.wiring, self.phi, self.tau_e, self.tau_i)

    @property
    def competition(self) -> float:
        """Competition number kappa of one layer."""
        return self.motif().competition

    @property
    def units(self) -> NDArray[np.int64]:
        """(layers, n) int64 array: where each layer's excitatory units are in the circuit."""
        size = self.n + self.motif().n_inhibitory
        return np.arange(self.layers)[:, None] * size + np.arange(self.n)

    @property
    def example_drive(self) -> Floats:
        """(N,) float64 array: 1 to the first unit of the first layer, a little less to its others, 0 elsewhere."""
        return self.full_drive(1.0 - 0.02 * np.arange(self.n) / (self.n - 1))

    def circuit(self) -> RateCircuit:
        """Give the checked circuit, layer by layer, excitatory units first in each: names "1E0", "1I0", "2E0" ..."""
        layer = self.motif().circuit()
        size = layer.n_units
        weights: Floats = np.asarray(np.kron(np.eye(self.layers), layer.weights), dtype=np.float64)
        for lower, upper in zip(self.units[:-1], self.units[1:], strict=True):
            weights[upper, lower] = self.forward
            weights[lower, upper] = self.feedback
        within = [f"E{j}" for j in range(self.n)] + [f"I{j}" for j in range(size - self.n)]
        return RateCircuit(
            weights,
            self.phi,
            np.tile(layer.tau, self.layers),
            sign=np.tile(layer.sign, self.layers),
            names=np.array([f"{k + 1}{name}" for k in range(self.layers) for name in within]),
        )

    def full_drive(self, drive: ArrayLike) -> Floats:
        """Fill in no input to all but the first layer's excitatory units where only these are given.

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
        total = self.layers * (self.n + self.motif().n_inhibitory)
        return completed_drive(drive, self.n, total, "excitatory units of the first layer")

    def growth(self, contrast: float) -> tuple[float, ...]:
        """Predict contrast layer by layer, for two units per layer with shared inhibition and no feedback.

        Parameters
        ----------
        contrast : float, in [0, 1]
            (u_0 - u_1) / (u_0 + u_1) of two inputs >= 0.

        Returns
        -------
        tuple of `layers` floats
            min(1, (1 + 2 kappa)^l contrast) for layer l = 1, 2, ...; NaN for other columns, whose contrast is not a
            function of the input's contrast alone: see `contrast`.
        """
        require_setting("contrast", contrast, least=0, most=1)
        if not self._geometric:
            return (float("nan"),) * self.layers
        gain = 1.0 + 2.0 * self.competition
        return tuple(min(1.0, float(contrast * gain**k)) for k in range(1, self.layers + 1))

    def layers_to_winner(self, contrast: float) -> int | None:
        """Count the layers after which one of two units is silent.

        Parameters
        ----------
        contrast : float, in [0, 1]

        Returns
        -------
        int or None
            ceil(ln(1 / contrast) / ln(1 + 2 kappa)), whatever `layers`; None where it never happens (contrast 0, no
            competition) or `growth` knows no formula.
        """
        require_setting("contrast", contrast, least=0, most=1)
        if not self._geometric or contrast == 0.0 or self.competition == 0.0:
            return None
        return int(np.ceil(np.log(1.0 / contrast) / np.log1p(2.0 * self.competition) - 1e-12))

    @property
    def _geometric(self) -> bool:
        kind = self.phi if isinstance(self.phi, str) else self.phi.kind
        return self.n == 2 and self.wiring == "shared" and self.feedback == 0 and kind == "relu" and self.w < 1

    def closed_form(self, drive: ArrayLike) -> Floats | None:
        """Give the excitatory rates of all layers by formula, layer after layer.

        Parameters
        ----------
        drive : (..., n) or (..., N) float array

        Returns
        -------
        (..., layers, n) float64 array or None
            None with feedback, or where the motif has no formula.
        """
        if self.feedback > 0:
            return None
        u, motif = self.full_drive(drive), self.motif()
        size = self.n + motif.n_inhibitory
        found: list[Floats] = []
        for k in range(self.layers):
            here = u[..., k * size : (k + 1) * size].copy()
            if found:
                here[..., : self.n] += self.forward * found[-1]
            rates = motif.closed_form(here)
            if rates is None:
                return None
            found.append(rates[..., : self.n])
        return np.stack(found, axis=-2)

    def contrast(self, drive: ArrayLike) -> ContrastResult:
        """Simulate from rest and measure contrast layer by layer.

        Parameters
        ----------
        drive : (n,), (N,), (S, n) or (S, N) float array
            One case or several.

        Returns
        -------
        ContrastResult
            `predicted` is the contrast of `closed_form`.
        """
        from interplay.circuits.contrasts import contrast_result

        drives = np.atleast_2d(self.full_drive(drive))
        return contrast_result(
            self.circuit(), drives, self.units, self.closed_form(drives), competition=self.competition, config=self
        )

    def regime(self, drive: ArrayLike) -> RegimeResult:
        """Say in which regime the column works: see `interplay.circuits.regime`.

        Parameters
        ----------
        drive : (n,) or (N,) float array

        Returns
        -------
        RegimeResult
        """
        from interplay.circuits.regimes import regime

        return regime(self.circuit(), self.full_drive(drive))
