"""A culture of excitatory and inhibitory neurons on the electrode array: parameters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import ConfigError
from interplay.data import Events

if TYPE_CHECKING:
    from interplay.spiking.culture_state import CultureState
    from interplay.spiking.live_culture import LiveCulture

#: Units of the presets, and edges out of a unit on average.
_PRESETS: dict[str, dict[str, Any]] = {
    "1k": {"n_units": 1000},
    "5k": {"n_units": 5000},
    "20k": {"n_units": 20_000},
}
PLASTICITY = ("stdp", "r_stdp_centred", "frozen")
TICK_S = 0.01


@dataclass(frozen=True, kw_only=True)
class Culture:
    n_units: int = 1000
    excitatory: float = 0.8
    size_um: tuple[float, float] = (3850.0, 2100.0)
    p_max: float = 0.26
    reach_um: float = 600.0
    floor: float = 0.0
    speed_m_per_s: float = 0.3
    synapse_ms: float = 1.0
    excitation: float = 0.14
    inhibition: float = 0.15
    weight_spread: float = 0.5
    nmda_share: float = 0.37
    tau_ms: tuple[float, float, float] = (2.0, 100.0, 6.0)
    reversal_mv: float = -70.0
    depression: float = 0.3
    recovery_ms: float = 1500.0
    noise_mean: float = 1.0
    noise_sd: float = 3.25
    noise_inhibitory: float = 0.4
    dt_ms: float = 0.5
    plasticity: Literal["stdp", "r_stdp_centred", "frozen"] = "stdp"
    potentiation: float = 0.005
    depression_ratio: float = 1.05
    window_ms: tuple[float, float] = (20.0, 50.0)
    weight_most: float = 2.0
    eligibility_ms: float = 1000.0
    learning_rate: float = 1.0
    baseline: float = 0.1
    target_hz: float = 1.6
    rate_tau_s: float = 60.0
    scaling: float = 0.001
    stimulus_um: float = 50.0
    stimulus_reach_um: float = 300.0
    reading_um: float = 100.0

    @classmethod
    def preset(cls, name: str, **changes: Any) -> Self:
        if name not in _PRESETS:
            raise ConfigError(f"Unknown preset {name!r}. Valid: {', '.join(_PRESETS)}.")
        return cls(**(_PRESETS[name] | changes))

    @property
    def tick_steps(self) -> int:
        return round(TICK_S * 1000 / self.dt_ms)

    def begin(self, seed: int) -> LiveCulture:
        from interplay.spiking.culture_state import fresh
        from interplay.spiking.live_culture import LiveCulture

        return LiveCulture(self, fresh(self, seed))
