"""WilsonCowan: one excitatory and one inhibitory population, and where their behaviour changes."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, unknown_name
from interplay._core.provenance import digest
from interplay.circuits.activations import Activation
from interplay.circuits.circuit import RateCircuit
from interplay.circuits.circuit_checks import require_drive
from interplay.circuits.linear_stability import linear_stability
from interplay.circuits.motif_results import BifurcationResult, PhasePlane, RegimeResult, RegionResult
from interplay.circuits.results import EquilibriumResult

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class WilsonCowan:
    """One excitatory (E) and one inhibitory (I) population.

    Parameters
    ----------
    w_ee, w_ei, w_ie, w_ii : float, >= 0
        Strengths, onto the first letter's population from the second's; inhibition is subtracted.
    phi : str, Activation, or two of them
        Of both, or of E and I.
    tau_e, tau_i : float, > 0, s
        Time constants. (Any other unit of time will do, if every duration is in the same.)

    Raises
    ------
    ConfigError
        If a strength is negative, a time constant is not positive, or an activation is unknown.

    Notes
    -----
    tau_E dE/dt = -E + phi(w_EE E - w_EI I + u_E), tau_I dI/dt = -I + phi(w_IE E - w_II I + u_I): the rate form without
    the refractory factor of the source. The thresholds, the reading as a game and the link between them are a
    reconstruction from the group's abstract, checked numerically, not a transcription of that paper.

    References
    ----------
    Wilson, Cowan (1972), Biophys J 12:1. Tsodyks, Skaggs, Sejnowski, McNaughton (1997), J Neurosci 17:4382.
    Betteti, Retnaraj, Davydov, Cortes, Bullo (2025), arXiv 2512.05252, abstract.

    Examples
    --------
    >>> pair = WilsonCowan(0.5, 2.0, 2.0, 0.5)
    >>> {name: round(value, 3) for name, value in pair.thresholds().items()}
    {'self_regulation': 1.0, 'oscillation': 2.5, 'saddle': 3.667}
    >>> pair.interior([0.6, 0.0]).round(3).tolist()
    [0.189, 0.253]
    """

    w_ee: float = 0.5
    w_ei: float = 2.0
    w_ie: float = 2.0
    w_ii: float = 0.5
    phi: str | Activation | tuple[str | Activation, str | Activation] = "relu"
    tau_e: float = 1.0
    tau_i: float = 1.0

    def __post_init__(self) -> None:
        """Check everything once."""
        for name in ("w_ee", "w_ei", "w_ie", "w_ii"):
            require_setting(name, getattr(self, name), least=0, below=float("inf"))
        for name in ("tau_e", "tau_i"):
            require_setting(name, getattr(self, name), above=0, below=float("inf"))
        if isinstance(self.phi, list):
            object.__setattr__(self, "phi", tuple(self.phi))
        self.circuit()

    @property
    def example_drive(self) -> Floats:
        """(2,) float64 array: an input to start with."""
        return np.array([0.6, 0.0])

    def circuit(self) -> RateCircuit:
        """Give the checked circuit of two units, "E" and "I"."""
        phi: Any = self.phi
        return RateCircuit.of_blocks(
            self.w_ee, self.w_ei, self.w_ie, self.w_ii, phi, np.array([self.tau_e, self.tau_i], dtype=np.float64)
        )

    def thresholds(
        self, drive: ArrayLike | None = None, *, slopes: tuple[float, float] | None = None
    ) -> dict[str, float]:
        """Give the values of w_EE at which something changes, all else kept.

        Parameters
        ----------
        drive : (2,) float array or None
            With one, and where both activations are bounded, the value from which both can stay at their top.
        slopes : (float, float) or None
            Slopes d_E, d_I of the activations at the state meant; None: the largest, L.

        Returns
        -------
        dict of str to float
            "self_regulation": 1 / d_E. Below it (at the largest slopes) the pair is Lyapunov diagonally stable for all
            other strengths >= 0, the equilibrium is a Nash equilibrium, and input to I moves E and I in opposite
            directions. "oscillation": (1 + (tau_E / tau_I) (1 + d_I w_II)) / d_E, where the trace of the linearisation
            is 0. "saddle": (1 + d_E d_I w_EI w_IE / (1 + d_I w_II)) / d_E, where its determinant is 0. "saturation"
            (with `drive`): from there on both at their top is an equilibrium; inf where I's input does not allow it.

        Raises
        ------
        ConfigError
            If a slope has no bound (powers) and `slopes` is not given, or is not positive.
        """
        d_e, d_i = self.circuit().max_slopes if slopes is None else slopes
        if not (np.isfinite([d_e, d_i]).all() and d_e > 0 and d_i >= 0):
            raise ConfigError(
                f"`slopes` must be finite, d_E > 0 and d_I >= 0, got ({d_e:g}, {d_i:g}). Give the slopes of the "
                "activations at the state you mean."
            )
        found = {
            "self_regulation": 1.0 / d_e,
            "oscillation": (1.0 + self.tau_e / self.tau_i * (1.0 + d_i * self.w_ii)) / d_e,
            "saddle": (1.0 + d_e * d_i * self.w_ei * self.w_ie / (1.0 + d_i * self.w_ii)) / d_e,
        }
        if drive is not None:
            found |= self._saturation(require_drive(self.circuit(), drive))
        return {name: float(value) for name, value in found.items()}

    def _saturation(self, u: Floats) -> dict[str, float]:
        """Where the corner of both tops becomes an equilibrium; only a clipped top is ever reached."""
        phi = self.circuit().activations
        if any(p.kind != "clip" for p in phi):
            return {}
        top_e, top_i = (p.domain[1] for p in phi)
        if self.w_ie * top_e - self.w_ii * top_i + u[1] < top_i:
            return {"saturation": float("inf")}
        return {"saturation": float((top_e + self.w_ei * top_i - u[0]) / top_e)}

    def interior(self, drive: ArrayLike) -> Floats:
        """Give the equilibrium by the closed form for two active units whose activations have slope 1 through 0.

        Parameters
        ----------
        drive : (2,) float array

        Returns
        -------
        (2,) float64 array
            ((1 + w_II) u_E - w_EI u_I, w_IE u_E + (1 - w_EE) u_I) / D with D = (1 - w_EE)(1 + w_II) + w_EI w_IE. An
            equilibrium of the circuit only where both activations are the identity there: `equilibrium` checks.
            Infinite or NaN where D = 0.
        """
        u_e, u_i = require_drive(self.circuit(), drive)
        top = np.array([(1.0 + self.w_ii) * u_e - self.w_ei * u_i, self.w_ie * u_e + (1.0 - self.w_ee) * u_i])
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(top / ((1.0 - self.w_ee) * (1.0 + self.w_ii) + self.w_ei * self.w_ie))

    def equilibrium(self, drive: ArrayLike) -> EquilibriumResult:
        """Find every equilibrium under one input.

        Parameters
        ----------
        drive : (2,) float array

        Returns
        -------
        EquilibriumResult
            By rising rate of E; `method` "closed form" (each pair of straight pieces solved) or "nullcline" (smooth
            activations: a search along E's nullcline). `complete`: straight pieces, unless a line of equilibria runs
            through one of them, which a note tells; smooth ones only where w_EE < 1 / L proves that the one found is
            the only one. Where a population rests on a kink, `stable` asks that no side have a growing direction, and
            a note says so.
        """
        from interplay.circuits.planar import planar_equilibria, planar_lines, said_of_lines

        circuit = self.circuit()
        u = require_drive(circuit, drive)
        points, lines = planar_equilibria(circuit, u), planar_lines(circuit, u)
        here = linear_stability(circuit, points, u)
        straight = all(phi.pieces for phi in circuit.activations)
        alone = len(points) == 1 and bool(self.w_ee * circuit.max_slopes[0] < 1.0)
        return EquilibriumResult(
            config=self,
            made_from=digest(circuit.digest, u),
            citations=("wilson1972excitatory",),
            notes=(*here.notes, *said_of_lines(lines)),
            rates=points,
            drive=u,
            residual=np.abs(circuit.residual(points, u)).max(axis=-1) if len(points) else np.empty(0),
            eigenvalues=here.eigenvalues,
            stable=here.stable,
            method="closed form" if straight else "nullcline",
            complete=not len(lines) if straight else alone,
        )

    def regime(self, drive: ArrayLike) -> RegimeResult:
        """Say in which regime the pair works: see `interplay.circuits.regime`.

        Parameters
        ----------
        drive : (2,) float array

        Returns
        -------
        RegimeResult
        """
        from interplay.circuits.regimes import regime

        return regime(self.circuit(), drive)

    def phase_plane(self, drive: ArrayLike, **options: Any) -> PhasePlane:
        """Lay out the plane of both rates.

        Parameters
        ----------
        drive : (2,) float array
        **options
            Of `interplay.circuits.phase_plane`: windows `e` and `i`, `points`, `starts`, `duration_s`.

        Returns
        -------
        PhasePlane
        """
        from interplay.circuits.phase_planes import phase_plane

        return phase_plane(self.circuit(), drive, **options)

    def bifurcation(
        self,
        drive: ArrayLike | None = None,
        *,
        parameter: str = "w_ee",
        values: ArrayLike | None = None,
        **options: Any,
    ) -> BifurcationResult:
        """Follow equilibria and cycles over one parameter.

        Parameters
        ----------
        drive : (2,) float array or None
            None: `example_drive`.
        parameter : str
            "w_ee", "w_ei", "w_ie", "w_ii", "u_e", "u_i", "tau_e" or "tau_i".
        values : (S,) float array or None
            Strictly increasing; None: 61 from 0 to somewhat beyond the last threshold (w_EE), or around the present
            value.
        **options
            Of `interplay.circuits.bifurcation`: `largest`, `points`, `simulate_cycles`.

        Returns
        -------
        BifurcationResult
        """
        from interplay.circuits.bifurcations import bifurcation

        u = self.example_drive if drive is None else drive
        return bifurcation(self, parameter, self._range(parameter, u, 61) if values is None else values, u, **options)

    def region(
        self,
        drive: ArrayLike | None = None,
        *,
        first: str = "w_ee",
        second: str = "w_ei",
        first_values: ArrayLike | None = None,
        second_values: ArrayLike | None = None,
        simulate: bool = True,
    ) -> RegionResult:
        """Map diagonal stability and regime over two parameters.

        Parameters
        ----------
        drive : (2,) float array or None
            None: `example_drive`.
        first, second : str
            Two different parameters, as for `bifurcation`.
        first_values, second_values : (A,) and (B,) float arrays or None
            Strictly increasing; None: 21 values each, chosen as for `bifurcation`.
        simulate : bool
            Whether cycles and escapes are looked for; without, only the equilibria speak.

        Returns
        -------
        RegionResult
        """
        from interplay.circuits.regions import region

        u = self.example_drive if drive is None else drive
        axes = [
            self._range(name, u, 21) if values is None else values
            for name, values in ((first, first_values), (second, second_values))
        ]
        return region(self, (first, second), axes[0], axes[1], u, simulate=simulate)

    def _range(self, parameter: str, drive: ArrayLike, count: int) -> Floats:
        """Values of a parameter that show what it does."""
        u_e, u_i = require_drive(self.circuit(), drive)
        if parameter in ("u_e", "u_i"):
            now = float(u_e if parameter == "u_e" else u_i)
            reach = 1.0 + abs(now)
            return np.linspace(now - reach, now + reach, count)
        now = float(getattr(self.with_parameter(parameter, getattr(self, parameter, 0.0)), parameter))
        if parameter == "w_ee" and np.isfinite(self.circuit().max_slopes).all():
            known = [v for v in self.thresholds(drive).values() if np.isfinite(v)]
            return np.linspace(0.0, max(1.2 * min(max(known), 3.0 * sorted(known)[1]), 1.2 * now), count)
        if parameter.startswith("tau"):
            return np.geomspace(0.2 * now, 5.0 * now, count)
        return np.linspace(0.0, 2.0 * max(now, 1.0), count)

    def with_parameter(self, name: str, value: float) -> WilsonCowan:
        """Give the same pair with one setting changed.

        Parameters
        ----------
        name : str
            A field that holds a number.
        value : float

        Returns
        -------
        WilsonCowan

        Raises
        ------
        ConfigError
            If there is no such field.
        """
        known = [f.name for f in fields(self) if f.name != "phi"]
        if name not in known:
            raise ConfigError(unknown_name("parameter", name, known))
        changed: dict[str, Any] = {name: value}
        return replace(self, **changed)
