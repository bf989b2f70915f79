"""A culture of excitatory and inhibitory neurons on the electrode array, that lives while it is stimulated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import ConfigError, unknown_name
from interplay.data import Events

if TYPE_CHECKING:
    from interplay.spiking.culture_state import CultureState
    from interplay.spiking.live_culture import LiveCulture

Plasticity = Literal["frozen", "stdp", "r_stdp_centred"]
#: In the order of the modes of `interplay.ops.culture_synapses`.
PLASTICITIES: tuple[Plasticity, ...] = get_args(Plasticity)
#: The clock of the loop, ms.
TICK_MS = 10.0
#: What a preset changes. Edges are drawn more rarely in larger cultures, so that each unit has as many; stronger ones
#: make up for the weaker fluctuations of a larger population, which start the bursts.
_PRESETS: dict[str, dict[str, Any]] = {
    "1k": {"n_units": 1000},
    "5k": {"n_units": 5000, "p_max": 0.086, "excitation": 0.192},
    "20k": {"n_units": 20_000, "p_max": 0.0215, "excitation": 0.208},
}


@dataclass(frozen=True, kw_only=True)
class Culture:
    """Spiking neurons at random places under the electrode array: noise, bursts, plasticity, stimulation.

    `begin` grows a culture that owns its memory and runs fast; `init` and `step` are the same culture as a pure
    function. The seed draws places, edges, kinds of units and noise: another seed is another culture.

    Parameters
    ----------
    n_units : int, >= 10
    excitatory : float, in (0, 1)
        Share of excitatory units; they come first.
    size_um : (width, height), µm
        Units lie uniformly over this sheet.
    p_max : float, in [0, 1]
        Connection probability at distance 0.
    reach_um : float, µm, > 0
        The probability falls as exp(-distance / reach_um).
    speed_m_per_s : float, m/s, > 0
        Of conduction along axons.
    synapse_ms : float, ms, >= 0
        Delay beside conduction.
    excitation, inhibition : float, 1/ms, >= 0
        Conductance that one spike opens, per ms as in the unit equations: mean weight of an excitatory synapse before
        the share `release` is taken, and weight of every inhibitory one.
    weight_spread : float, in [0, 1]
        Excitatory weights begin uniform in excitation (1 ± weight_spread).
    nmda_share : float, >= 0
        Jump of the NMDA conductance as a share of that of AMPA.
    tau_ms : (AMPA, NMDA, GABA), ms, > 0
        Decay of the conductances.
    reversal_mv : float, mV
        Of inhibition; that of excitation is 0.
    release : float, in [0, 1)
        Share of an excitatory unit's resources that one spike uses; 0 switches short-term depression off.
    recovery_ms : float, ms, > 0
        In which used resources come back.
    noise_mean, noise_sd : float, mV/ms
        Background input of excitatory units, drawn afresh every step; the spread is meant for steps of 0.5 ms and is
        multiplied by sqrt(0.5 / dt_ms).
    noise_inhibitory : float, >= 0
        Factor on the background input of inhibitory units.
    drive_spread : float, mV/ms, >= 0
        Means of the background input are uniform in noise_mean ± drive_spread over units.
    dt_ms : float, ms, > 0
        Step; 10 ms must be a whole number of steps.
    plasticity : {"stdp", "r_stdp_centred", "frozen"}
        Of the synapses between excitatory units; all others stay as they are.
    potentiation, depression : float, >= 0
        Change by one pair of simultaneous spikes, as a share of `excitation`: A+ and A-.
    window_ms : (before, after), ms, > 0
        Time constants of A+ (source first) and A- (target first).
    weight_most : float, >= 1 + weight_spread
        Greatest weight, as a multiple of `excitation`.
    eligibility_ms : float, ms, > 0
        In which a pairing is forgotten, where reward decides.
    learning_rate : float, >= 0
        Factor from eligibility times centred reward to change of weight.
    reward_blend : float, in [0, 1]
        Weight of the newest reward in the running mean that is subtracted.
    target_hz : float, Hz, > 0
        Rate towards which synaptic scaling pulls every excitatory unit.
    rate_tau_s : float, s, > 0
        Over which the rate is averaged.
    scaling : float, in [0, 1)
        Greatest relative change of the weights onto a unit in one second; 0 switches scaling off.
    stimulus_um : float, µm, > 0
        A pulse of A mV moves the potential of a unit at distance d by A / (1 + (d / stimulus_um)^2), up to 6 times
        this distance.
    reading_um : float, µm, > 0
        A unit is seen by its nearest electrode if that is no farther.

    Raises
    ------
    ConfigError
        If a setting is out of its range.

    Notes
    -----
    Every unit is Izhikevich's (2003): regular spiking where excitatory, fast spiking where inhibitory, with the spread
    of parameters of that paper. Conductances, and NMDA's dependence on the potential, are those of Izhikevich and
    Edelman (2008). Short-term depression is Tsodyks and Markram's (1997) without facilitation. STDP is additive, of all
    pairs, from the times at the cell bodies; pairs in the same step change nothing. Scaling is multiplicative
    (Turrigiano et al., 1998). With "r_stdp_centred" pairings only mark a synapse, and a reward changes it by
    learning_rate (reward - running mean) mark (Izhikevich, 2007, without dopamine's own decay; Frémaux et al., 2010,
    for the mean). Constants that differ from published ones, and why: docs/methods/culture.md.

    One seed gives the same bits on any processor, whatever the size of the calls. Cost O(n_units) per step, and per
    spike O(edges in and out).

    References
    ----------
    Izhikevich (2003), IEEE Trans. Neural Netw. 14:1569, equations 1-3; Izhikevich and Edelman (2008), PNAS 105:3593,
    supporting equations; Tsodyks and Markram (1997), PNAS 94:719; Turrigiano et al. (1998), Nature 391:892.

    Examples
    --------
    >>> culture = Culture(n_units=100).begin(seed=1)
    >>> culture.stimulate([120], amplitude_mv=75.0)
    >>> time_s, electrode = culture.advance(ticks=10)
    >>> bool((time_s < 0.1).all()), culture.electrodes.n
    (True, 900)
    """

    n_units: int = 1000
    excitatory: float = 0.8
    size_um: tuple[float, float] = (3850.0, 2100.0)
    p_max: float = 0.43
    reach_um: float = 400.0
    speed_m_per_s: float = 0.3
    synapse_ms: float = 1.0
    excitation: float = 0.175
    inhibition: float = 0.07
    weight_spread: float = 0.5
    nmda_share: float = 0.2
    tau_ms: tuple[float, float, float] = (2.0, 100.0, 6.0)
    reversal_mv: float = -70.0
    release: float = 0.3
    recovery_ms: float = 1900.0
    noise_mean: float = 1.0
    noise_sd: float = 2.6
    noise_inhibitory: float = 0.6
    drive_spread: float = 1.4
    dt_ms: float = 0.5
    plasticity: Plasticity = "stdp"
    potentiation: float = 0.005
    depression: float = 0.00525
    window_ms: tuple[float, float] = (20.0, 50.0)
    weight_most: float = 2.0
    eligibility_ms: float = 1000.0
    learning_rate: float = 1.0
    reward_blend: float = 0.1
    target_hz: float = 0.7
    rate_tau_s: float = 60.0
    scaling: float = 0.0004
    stimulus_um: float = 50.0
    reading_um: float = 100.0

    def __post_init__(self) -> None:
        for name in (
            "reach_um", "speed_m_per_s", "recovery_ms", "dt_ms", "eligibility_ms", "target_hz", "rate_tau_s",
            "stimulus_um", "reading_um",
        ):  # fmt: skip
            require_setting(name, getattr(self, name), above=0)
        for name in (
            "synapse_ms", "excitation", "inhibition", "nmda_share", "noise_sd", "noise_inhibitory", "drive_spread",
            "potentiation", "depression", "learning_rate",
        ):  # fmt: skip
            require_setting(name, getattr(self, name), least=0)
        for name in ("p_max", "weight_spread", "reward_blend"):
            require_setting(name, getattr(self, name), least=0, most=1)
        for name, size in (("size_um", 2), ("window_ms", 2), ("tau_ms", 3)):
            value = tuple(float(x) for x in getattr(self, name))
            if len(value) != size:
                raise ConfigError(f"`{name}` must have {size} numbers, got {len(value)}: {value}. Give all of them.")
            for k, x in enumerate(value):
                require_setting(f"{name}[{k}]", x, above=0)
            object.__setattr__(self, name, value)
        require_setting("n_units", self.n_units, least=10)
        require_setting("excitatory", self.excitatory, above=0, below=1)
        require_setting("release", self.release, least=0, below=1)
        require_setting("scaling", self.scaling, least=0, below=1)
        require_setting("weight_most", self.weight_most, least=1 + self.weight_spread)
        require_setting("reversal_mv", self.reversal_mv, below=0)
        if self.plasticity not in PLASTICITIES:
            raise ConfigError(unknown_name("`plasticity`", str(self.plasticity), PLASTICITIES))
        if abs(TICK_MS / self.dt_ms - self.tick_steps) > 1e-9 or self.tick_steps < 1:
            raise ConfigError(
                f"`dt_ms` must divide {TICK_MS:g} ms, got {self.dt_ms}. Take 0.5, 0.25 or 1, for example."
            )

    @classmethod
    def preset(cls, name: str, **changes: Any) -> Self:
        """Give a culture of a usual size: "1k", "5k" or "20k" units, each with as many edges.

        Parameters
        ----------
        name : {"1k", "5k", "20k"}
        **changes
            Settings that differ from the preset.

        Returns
        -------
        Culture

        Raises
        ------
        ConfigError
            If there is no such preset.
        """
        if name not in _PRESETS:
            raise ConfigError(unknown_name("preset", name, _PRESETS))
        return cls(**(_PRESETS[name] | changes))

    @property
    def tick_steps(self) -> int:
        """Give the steps in one tick of 10 ms."""
        return round(TICK_MS / self.dt_ms)

    @property
    def n_excitatory(self) -> int:
        """Give the number of excitatory units."""
        return round(self.excitatory * self.n_units)

    def begin(self, seed: int) -> LiveCulture:
        """Grow the culture of this seed, at time 0, and let it own its memory.

        Parameters
        ----------
        seed : int, >= 0

        Returns
        -------
        LiveCulture
        """
        from interplay.spiking.culture_state import fresh
        from interplay.spiking.live_culture import LiveCulture

        require_setting("seed", seed, least=0)
        return LiveCulture(self, fresh(self, seed))

    def init(self, rng: np.random.Generator) -> CultureState:
        """Grow a culture whose seed is drawn from `rng`.

        Parameters
        ----------
        rng : numpy.random.Generator

        Returns
        -------
        CultureState
        """
        from interplay.spiking.culture_state import fresh

        return fresh(self, int(rng.integers(2**63)))

    def step(
        self, state: CultureState, drive: NDArray[np.float64] | None, rng: np.random.Generator
    ) -> tuple[CultureState, Events]:
        """Advance one tick of 10 ms.

        Parameters
        ----------
        state : CultureState
            Left as it is.
        drive : (900,) float array, mV, or None
            One pulse at every electrode whose value is not 0, at the start of the tick.
        rng : numpy.random.Generator
            Not drawn from: all noise hangs on the seed in `state`, so that interventions share it.

        Returns
        -------
        state : CultureState
        events : Events
            Spikes seen at the 900 electrodes.

        Raises
        ------
        DataError
            If `drive` has another shape or is not finite.
        """
        from interplay.spiking.live_culture import LiveCulture

        live = LiveCulture(self, state.copy())
        n = live.electrodes.n
        if drive is not None:
            amplitude = Shapes(C=n).array("drive", drive, "C")
            for place in np.flatnonzero(amplitude):
                live.stimulate(place, float(amplitude[place]))
        start = live.time_s
        time, seen_at = live.advance(1)
        return live.state(), Events(time=time, unit=seen_at, n_units=n, span=(start, live.time_s))
