"""The networks by their settings: one frozen configuration each, and one door, `fit`."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args

from numpy.typing import ArrayLike

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, unknown_name
from interplay._core.protocols import Progress
from interplay.spiking.nets.results import SpikingModel

if TYPE_CHECKING:
    from torch import Tensor, nn

    from interplay.data import LabelledEvents, LabelledImages
    from interplay.spiking.estimators import UnitRule

Normalise = Literal["none", "batch"]
Noise = Literal["per_step", "per_sequence"]
Law = Literal["gaussian", "logistic"]
Reset = Literal["hard", "soft"]
Connect = Literal["convolution", "dense"]


@dataclass(frozen=True, kw_only=True)
class SpikingNet(ABC):
    """What all networks share: units, posterior, training.

    Parameters
    ----------
    layers : int, >= 1
        L, layers of units.
    width : int, >= 1
        Units of a layer, or channels of the first.
    gradient : str
        How the gradient passes a unit: "st", "half", "const(p)", "interp(λ)", "agr(τ)", "power(r)" for units that fire
        by chance; "fast_sigmoid(k)", "arctan(a)", "triangle(w)", "hard_tanh" for units with a threshold; see
        `UnitRule`.
    law : {"gaussian", "logistic"}
        Of the noise of units that fire by chance.
    posterior : bool or None
        Whether weights have one; None: where units fire by chance.
    prior, spread : float, > 0
        Standard deviation of the prior, and of the posterior at the start, in units of 1 / sqrt(fan in).
    floor : float, > 0
        Noise that units have of their own, beside that of the weights: without it silence has none.
    noise : {"per_step", "per_sequence"}
        Each step draws pre-activations (local reparametrisation, cheap), or each sequence draws its weights.
    kl_weight : float, >= 0
        β: the loss is cross-entropy + β KL / N with N training samples. 1 is the evidence bound.
    normalise : {"none", "batch"}
        "batch" is the baseline.
    epochs, batch : int, >= 1
    learning_rate : float, > 0
    weight_decay : float, >= 0
    clip : float, > 0, or None
        Largest norm of the gradient.
    patience : int, epochs, >= 1, or None
        Stop after so many epochs without improvement on validation samples, or of the loss without any.
    keep : {"best", "last"}
        Whose parameters are kept; "best" judges by validation samples where there are any.
    threads : int, >= 1
    seed : int, >= 0

    Raises
    ------
    ConfigError
        If a number is out of range or a word is unknown.
    """

    layers: int = 2
    width: int = 64
    gradient: str = "st"
    law: Law = "gaussian"
    posterior: bool | None = None
    prior: float = 1.0
    spread: float = 0.5
    floor: float = 0.5
    noise: Noise = "per_step"
    kl_weight: float = 0.005
    normalise: Normalise = "none"
    epochs: int = 20
    batch: int = 64
    learning_rate: float = 3e-3
    weight_decay: float = 0.0
    clip: float | None = None
    patience: int | None = None
    keep: Literal["best", "last"] = "last"
    threads: int = 1
    seed: int = 0

    #: Registered name.
    name: ClassVar[str] = ""

    def __post_init__(self) -> None:
        for name in ("layers", "width", "epochs", "batch", "threads"):
            require_setting(name, getattr(self, name), least=1, whole=True)
        require_setting("seed", self.seed, least=0, whole=True)
        for name in ("prior", "spread", "floor", "learning_rate"):
            require_setting(name, getattr(self, name), above=0, most=1e3)
        for name in ("kl_weight", "weight_decay"):
            require_setting(name, getattr(self, name), least=0, below=math.inf)
        if self.clip is not None:
            require_setting("clip", self.clip, above=0)
        if self.patience is not None:
            require_setting("patience", self.patience, least=1, whole=True)
        words = (("law", Law), ("noise", Noise), ("normalise", Normalise))
        for name, valid in words:
            require_word(name, getattr(self, name), get_args(valid))
        require_word("keep", self.keep, ("best", "last"))
        _ = self.rule
        if not (self.posterior is None or isinstance(self.posterior, bool)):
            raise ConfigError(f"`posterior` must be True, False or None, got {self.posterior!r}. Give one of them.")
        for name in ("residual", "recurrent", "learn_tau"):
            answer = getattr(self, name, False)
            if not isinstance(answer, bool):
                raise ConfigError(f"`{name}` must be true or false, got {answer!r}. Give one of them.")
        self._check()

    @abstractmethod
    def _check(self) -> None:
        """Check what is the network's own."""

    @property
    @abstractmethod
    def rule(self) -> UnitRule:
        """How units fire and what slope goes back."""

    @property
    @abstractmethod
    def auxiliary_weights(self) -> tuple[float, float]:
        """Of the auxiliary losses u² and signal to noise."""

    @property
    def bayesian(self) -> bool:
        """Whether weights have a posterior."""
        return self.rule.stochastic if self.posterior is None else self.posterior

    @property
    def citations(self) -> tuple[str, ...]:
        """Keys of what to cite."""
        return ("walker2025importance", "kingma2015local", "wen2018flipout")

    def prepare(self, data: Any) -> Any:
        """Bring data into the form that samples are read from, once."""
        return data

    @abstractmethod
    def shape(self, data: Any) -> tuple[int, ...]:
        """Give the shape of a sample (of one step of it) of prepared data, or raise DataError if they do not fit."""

    @abstractmethod
    def build(self, shape: tuple[int, ...], n_classes: int) -> nn.Module:
        """Make the network, inside `seeded_torch`; its forward maps (input, Pass) to logits."""

    @abstractmethod
    def read(self, data: Any, rows: Any) -> Tensor:
        """Read samples of prepared data as the network takes them: (B, C, H, W), or (T, B, units)."""

    @abstractmethod
    def unseen(self, data: Any, rows: Any) -> tuple[str, ...]:
        """Say what of these samples the network does not see."""

    def fit(
        self,
        data: LabelledEvents | LabelledImages,
        *,
        train: ArrayLike | None = None,
        validation: ArrayLike | None = None,
        checkpoint: Path | None = None,
        device: str = "cpu",
        progress: Progress | None = None,
    ) -> SpikingModel:
        """Train on labelled samples.

        Parameters
        ----------
        data : LabelledEvents or LabelledImages
        train, validation : int arrays of rows, or None
            Samples to learn from (None: all), and to watch (None: none). No sample may be on both sides.
        checkpoint : Path or None
            File from which the same call goes on.
        device : str
        progress : callable or None
            Called as progress(done, total), in epochs.

        Returns
        -------
        SpikingModel

        Raises
        ------
        DataError
            If the data are of another kind, rows are wrong, or a checkpoint is of another training.
        ConfigError
            If the device is not there.
        NumericalError
            If a loss or gradient is not finite.

        Notes
        -----
        The order of samples and every draw depend on seed and epoch only. On one device, same seed, same bits.
        """
        from interplay.spiking.nets.learning import learn

        return learn(
            self, data, train=train, validation=validation, checkpoint=checkpoint, device=device, progress=progress
        )

    def _weights(self) -> dict[str, Any]:
        return {"posterior": self.bayesian, "prior": self.prior, "spread": self.spread}


@dataclass(frozen=True, kw_only=True)
class BinaryResidualNet(SpikingNet):
    """Deep network of binary units (-1 and 1) for pictures; layers add to the mean of the pre-activations.

    Parameters
    ----------
    connect : {"convolution", "dense"}
        3 x 3 kernels, or every unit with every one.
    stages : int, >= 1
        Each but the first halves the picture and doubles the channels ("convolution" only).
    residual : bool
    u2_weight, snr_weight : float, >= 0
        Of the auxiliary losses `auxiliary_u2` and `auxiliary_snr`, means over layers. Small: .002 is harmless, .05 can
        destroy a deep network.
    **settings
        As of `SpikingNet`.

    Raises
    ------
    ConfigError
        If a setting is unknown or out of range.

    Examples
    --------
    >>> BinaryResidualNet(layers=12, width=32, gradient="half").bayesian
    True
    """

    connect: Connect = "convolution"
    stages: int = 1
    residual: bool = True
    u2_weight: float = 0.0
    snr_weight: float = 0.0
    name: ClassVar[str] = "binary_residual"

    def _check(self) -> None:
        require_word("connect", self.connect, get_args(Connect))
        require_setting("stages", self.stages, least=1, most=self.layers, whole=True)
        for name in ("u2_weight", "snr_weight"):
            require_setting(name, getattr(self, name), least=0, below=math.inf)
        if any(self.auxiliary_weights):
            self._check_auxiliary()

    def _check_auxiliary(self) -> None:
        """Both losses are about the noise that a unit sees, and the weights in front of it as they are."""
        if not self.rule.stochastic or self.noise != "per_step" or self.normalise != "none":
            raise ConfigError(
                "`u2_weight` and `snr_weight` need units that fire by chance, noise='per_step' and normalise='none', "
                f"got gradient={self.gradient!r}, noise={self.noise!r}, normalise={self.normalise!r}. Leave them at 0."
            )

    @property
    def rule(self) -> UnitRule:
        """How units fire and what slope goes back."""
        from interplay.spiking.estimators import UnitRule

        return UnitRule(gradient=self.gradient, noise=self.law, code="pm1")

    @property
    def auxiliary_weights(self) -> tuple[float, float]:
        """Of the auxiliary losses u² and signal to noise."""
        return self.u2_weight, self.snr_weight

    def shape(self, data: Any) -> tuple[int, ...]:
        """Give (C, H, W) of a picture."""
        from interplay.spiking.nets.inputs import picture_shape

        return picture_shape(data)

    def build(self, shape: tuple[int, ...], n_classes: int) -> nn.Module:
        """Make the network."""
        from interplay.spiking.nets.binary_residual import BinaryResidualNetwork

        channels, height, width = shape
        return BinaryResidualNetwork(
            (channels, height, width),
            n_classes,
            layers=self.layers,
            width=self.width,
            connect=self.connect,
            stages=self.stages,
            residual=self.residual,
            normalise=self.normalise,
            rule=self.rule,
            floor=self.floor,
            **self._weights(),
        )

    def read(self, data: Any, rows: Any) -> Tensor:
        """Read pictures, (B, C, H, W)."""
        from interplay.spiking.nets.inputs import pictures

        return pictures(data, rows)

    def unseen(self, data: Any, rows: Any) -> tuple[str, ...]:
        """Nothing: pictures are read whole."""
        return ()


@dataclass(frozen=True, kw_only=True)
class EventNet(SpikingNet):
    """What networks of leaky integrate-and-fire units share.

    Parameters
    ----------
    learning_rate : float, > 0
    clip : float, > 0, or None
        1 unless told: the way back through many steps now and then gives a gradient a hundred times its usual norm, and
        one step along it throws away what many passes had learnt.
    step_s : float, s, > 0
        Δt of the network, and the bin that events are counted in.
    steps : int, >= 1
        T; events after `steps` · `step_s` are not seen.
    pool : int, >= 1
        Neighbouring units (of a grid: squares of pool x pool pixels) counted as one.
    tau_s, readout_tau_s : float, s, > 0
        Time constant of the membranes at the start, and of the read-out.
    learn_tau : bool
    reset : {"hard", "soft"}
        A spike sets the membrane to 0, or takes the threshold off.
    checkpoint_every : int, steps, >= 1, or None
        Keep only the state of every so many steps for the way back and compute the rest again: less memory, more time,
        the same noise. Not with batch normalisation.
    **settings
        As of `SpikingNet`.
    """

    gradient: str = "half"
    learning_rate: float = 1e-2
    clip: float | None = 1.0
    step_s: float = 0.02
    steps: int = 60
    pool: int = 1
    tau_s: float = 0.1
    readout_tau_s: float = 0.1
    learn_tau: bool = True
    reset: Reset = "hard"
    checkpoint_every: int | None = None

    def _check(self) -> None:
        require_setting("step_s", self.step_s, above=0, below=math.inf)
        for name in ("tau_s", "readout_tau_s"):
            # Beyond these a decay is 0 or 1 in single precision.
            require_setting(name, getattr(self, name), least=self.step_s / 12, most=self.step_s * 5000)
        for name in ("steps", "pool"):
            require_setting(name, getattr(self, name), least=1, whole=True)
        if self.checkpoint_every is not None:
            require_setting("checkpoint_every", self.checkpoint_every, least=1, whole=True)
            if self.normalise == "batch":
                raise ConfigError(
                    "`checkpoint_every` must be None with normalise='batch', whose moments are taken over all steps, "
                    f"got {self.checkpoint_every}. Leave one of the two out."
                )
        require_word("reset", self.reset, get_args(Reset))
        _ = self.rule

    @property
    def rule(self) -> UnitRule:
        """How units fire and what slope goes back."""
        from interplay.spiking.estimators import UnitRule

        return UnitRule(gradient=self.gradient, noise=self.law, code="01")

    @property
    def auxiliary_weights(self) -> tuple[float, float]:
        """None: the membrane that they are about is not laid out."""
        return 0.0, 0.0

    def prepare(self, data: Any) -> Any:
        """Pool the grid, or the line, of the units."""
        from interplay.spiking.nets.inputs import pooled_events

        return pooled_events(data, self.pool)

    def read(self, data: Any, rows: Any) -> Tensor:
        """Read counts of events per step, (T, B, units)."""
        from interplay.spiking.nets.inputs import event_counts

        return event_counts(data, rows, step_s=self.step_s, steps=self.steps)

    def unseen(self, data: Any, rows: Any) -> tuple[str, ...]:
        """Count the events that come after the last step."""
        from interplay.spiking.nets.inputs import late_events

        return late_events(data, rows, self.step_s * self.steps)

    def _units(self) -> dict[str, Any]:
        return {
            "decay": math.exp(-self.step_s / self.tau_s),
            "learn_decay": self.learn_tau,
            "reset": self.reset,
            "rule": self.rule,
            "floor": self.floor,
        }


@dataclass(frozen=True, kw_only=True)
class RecurrentSpikingNet(EventNet):
    """Layers of LIF units with weights among the units of a layer, for spikes of many channels.

    Parameters
    ----------
    recurrent : bool
    residual : bool
        Layers add to the mean of the currents of the layer below.
    **settings
        As of `EventNet` and `SpikingNet`.

    Examples
    --------
    >>> RecurrentSpikingNet(width=128, pool=5, gradient="agr(1)").rule.stochastic
    True
    """

    width: int = 128
    recurrent: bool = True
    residual: bool = False
    name: ClassVar[str] = "recurrent_spiking"

    def _check(self) -> None:
        super()._check()
        rule = self.rule
        if self.bayesian and not rule.stochastic and self.recurrent and self.noise == "per_step":
            raise ConfigError(
                f"`noise` must be 'per_sequence' where weights among units have a posterior and units a threshold "
                f"(`gradient`={self.gradient!r}), got 'per_step'. Change it, or set posterior=False."
            )

    def shape(self, data: Any) -> tuple[int, ...]:
        """Give (units,) after pooling."""
        from interplay.spiking.nets.inputs import event_units

        return event_units(data)

    def build(self, shape: tuple[int, ...], n_classes: int) -> nn.Module:
        """Make the network."""
        from interplay.spiking.nets.event_networks import RecurrentSpikingNetwork

        return RecurrentSpikingNetwork(
            shape[0],
            n_classes,
            layers=self.layers,
            width=self.width,
            recurrent=self.recurrent,
            residual=self.residual,
            normalise=self.normalise,
            readout_decay=math.exp(-self.step_s / self.readout_tau_s),
            weights=self._weights(),
            units=self._units(),
            checkpoint_every=self.checkpoint_every,
        )


@dataclass(frozen=True, kw_only=True)
class ConvSpikingNet(EventNet):
    """Convolutions with LIF units, for event cameras: each layer halves the picture.

    Parameters
    ----------
    **settings
        As of `EventNet` and `SpikingNet`; `layers` blocks, `width` channels in the first.

    Examples
    --------
    >>> ConvSpikingNet(layers=3, width=16, steps=16, step_s=0.1).name
    'conv_spiking'
    """

    layers: int = 3
    width: int = 16
    steps: int = 16
    step_s: float = 0.1
    tau_s: float = 0.2
    readout_tau_s: float = 0.2
    name: ClassVar[str] = "conv_spiking"

    def shape(self, data: Any) -> tuple[int, ...]:
        """Give (channels, H, W) after pooling."""
        from interplay.spiking.nets.inputs import event_grid

        return event_grid(data)

    def build(self, shape: tuple[int, ...], n_classes: int) -> nn.Module:
        """Make the network."""
        from interplay.spiking.nets.event_networks import ConvSpikingNetwork

        channels, height, width = shape
        return ConvSpikingNetwork(
            (channels, height, width),
            n_classes,
            layers=self.layers,
            width=self.width,
            normalise=self.normalise,
            readout_decay=math.exp(-self.step_s / self.readout_tau_s),
            weights=self._weights(),
            units=self._units(),
            checkpoint_every=self.checkpoint_every,
        )


def require_word(name: str, value: object, valid: tuple[str, ...]) -> None:
    """Refuse a word that is not among the valid ones."""
    if value not in valid:
        raise ConfigError(unknown_name(f"`{name}`", str(value), valid))
