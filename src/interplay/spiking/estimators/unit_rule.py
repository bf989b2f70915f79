"""How a binary unit fires, and what slope goes back through it."""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError
from interplay.ops.spike_laws import TABLE_END, TABLE_PIECES
from interplay.spiking.estimators.gumbel_rao_weights import slope_table
from interplay.spiking.estimators.laws import LAWS, Law, density, hazard, logit, probability


class _Kind(NamedTuple):
    code: int  # for compiled kernels
    stochastic: bool
    default: float | None  # of the parameter; None: it must be given, NaN: there is none
    low: float = -math.inf
    high: float = math.inf


_NONE = math.nan
#: Read-only, as tables are: compiled kernels are compiled once per type.
_NO_TABLE = np.empty(0)
_NO_TABLE.flags.writeable = False
#: A parameter beyond this makes products of no number and 0.
_LARGEST = 1e12
#: Logits beyond this count as this: no number is left there.
_FARTHEST = 1e6
_KINDS = {
    "st": _Kind(0, True, _NONE),
    "half": _Kind(0, True, _NONE),
    "interp": _Kind(0, True, None, 0, 1),
    "const": _Kind(1, True, None, 0, 1),
    "power": _Kind(2, True, None),
    "agr": _Kind(3, True, 1.0, 0),
    "fast_sigmoid": _Kind(10, False, 25.0, 0),
    "arctan": _Kind(11, False, 2.0, 0),
    "triangle": _Kind(12, False, 1.0, 0),
    "hard_tanh": _Kind(13, False, _NONE),
}
#: Papers behind each kind; the family's own where there is no other.
_PAPERS = {
    "st": ("walker2025importance", "bengio2013estimating"),
    "half": ("walker2025importance", "shekhovtsov2023cold"),
    "agr": ("walker2025importance", "paulus2021rao"),
    "fast_sigmoid": ("zenke2018superspike",),
    "arctan": ("fang2021membrane",),
    "triangle": ("esser2016convolutional",),
    "hard_tanh": ("hubara2016binarized",),
}
#: Kinds whose parameter must not be the lower end of its range.
_OPEN = ("agr", "fast_sigmoid", "arctan", "triangle")
_WRITTEN = re.compile(r"\s*([a-z_]+)\s*(?:\(\s*([^(),\s]+)\s*(?:,\s*(normalised)\s*)?\))?\s*")


@dataclass(frozen=True, kw_only=True)
class UnitRule:
    """How binary units fire, and the slope that their gradient is multiplied by.

    Parameters
    ----------
    gradient : str
        Units that fire by chance, P = F(a / s), with the importance-weighted straight-through family IW-ST(p):
        "st" (p = P), "half" (p = 1/2), "const(p)", "interp(λ)" (p = (1 - λ) P + λ / 2), "power(r)" (p proportional to
        P^(1 - r)), "agr(τ)" (analytical Gumbel-Rao), "agr(τ,normalised)" (the same without its factor c).
        Units with a threshold, b = 1[a > 0], and a surrogate slope: "fast_sigmoid(k)" 1 / (1 + k abs(a))², k = 25;
        "arctan(a)" (a / 2) / (1 + (π a x / 2)²), 2; "triangle(w)" max(0, 1 - abs(a) / w) / w, 1; "hard_tanh" 1/2 where
        abs(a) < 1.
    noise : {"gaussian", "logistic"}
        The law F.
    code : {"01", "pm1"}
        What a unit sends: 0 and 1, or -1 and 1 (twice the slope).

    Raises
    ------
    ConfigError
        If a name is unknown or a parameter out of range.

    Notes
    -----
    What goes back is f / s · q(b) / P(b), with q = (p, 1 - p), never as that quotient: f / P and f / (1 - P) are found
    as such, to the type's precision however far out. As s falls to 0 while a stays, P goes to 0 or 1, the unit becomes
    1[a > 0], and the slope of what it does goes to 0 in every member of the family, no number to NaN; at a = 0 it grows
    like 1 / s. A scale of exactly 0 is refused: there is no gradient to estimate. Tables of "agr" are within 1e-9 of
    their integrals, of the value.

    References
    ----------
    Walker, Khajehnejad, Razi (2025), for the name; p as it stands here is derived on the method's page. Bengio, Léonard
    and Courville (2013), for "st". Shekhovtsov (2023), for "half". Paulus, Maddison, Krause (2021), for "agr". Zenke,
    Ganguli (2018), for "fast_sigmoid"; Fang and others (2021), for "arctan"; Esser and others (2016), for "triangle";
    Hubara and others (2016), for "hard_tanh".

    Examples
    --------
    >>> UnitRule(gradient="interp(0.5)").stochastic
    True
    >>> UnitRule(gradient="arctan").stochastic
    False
    """

    gradient: str = "st"
    noise: Law = "gaussian"
    code: Literal["01", "pm1"] = "01"

    def __post_init__(self) -> None:
        for name, valid in (("noise", LAWS), ("code", ("01", "pm1"))):
            if getattr(self, name) not in valid:
                raise ConfigError(f"`{name}` must be one of {', '.join(valid)}, got {getattr(self, name)!r}.")
        _ = self._parsed

    @cached_property
    def _parsed(self) -> tuple[str, float, bool]:
        """Name, parameter, and whether "agr" is normalised."""
        found = _WRITTEN.fullmatch(self.gradient) if isinstance(self.gradient, str) else None
        if found is None or found[1] not in _KINDS:
            raise ConfigError(
                f"`gradient` must be one of {', '.join(_KINDS)}, with a number in brackets where it takes one, got "
                f"{self.gradient!r}. Write for example 'half' or 'interp(0.5)'."
            )
        name, text, normalised = found[1], found[2], found[3]
        kind = _KINDS[name]
        if normalised and name != "agr":
            raise ConfigError(f"`gradient` {name!r} takes no 'normalised', got {self.gradient!r}. Leave it out.")
        if text is None:
            if kind.default is None:
                raise ConfigError(f"`gradient` {name!r} needs a number, as in '{name}(0.5)'; got none.")
            return name, kind.default, False
        if kind.default is not None and math.isnan(kind.default):
            raise ConfigError(f"`gradient` {name!r} takes no number, got {self.gradient!r}. Leave it out.")
        try:
            number = float(text)
        except ValueError:
            raise ConfigError(f"`gradient` {name!r} needs a number, got {text!r}.") from None
        low = max(kind.low, -_LARGEST)
        above, least = (low, None) if name in _OPEN else (None, low)
        require_setting(f"gradient {name}", number, above=above, least=least, most=min(kind.high, _LARGEST))
        return name, number, normalised is not None

    @property
    def stochastic(self) -> bool:
        """Whether units fire by chance."""
        return _KINDS[self._parsed[0]].stochastic

    @property
    def citations(self) -> tuple[str, ...]:
        """Keys of what to cite."""
        return _PAPERS.get(self._parsed[0], ("walker2025importance",))

    @property
    def kernel(self) -> tuple[int, float, int]:
        """Give kind, parameter and noise as plain numbers for compiled kernels.

        Kinds: 0 mixture (parameter λ: slope (1 - λ) f + λ/2 · hazard), 1 constant p, 2 power r, 3 `table` of W1 / P,
        4 `table` of W1 / (W1 + W0); 10 fast sigmoid, 11 arctan, 12 triangle, 13 hard tanh. Noise: 0 Gaussian, 1
        logistic.
        """
        name, number, normalised = self._parsed
        parameter = {"st": 0.0, "half": 1.0, "hard_tanh": 1.0}.get(name, number)
        return _KINDS[name].code + normalised, parameter, LAWS.index(self.noise)

    @property
    def table(self) -> NDArray[np.float64]:
        """W1 / P or W1 / (W1 + W0) over the logit for "agr" (see `slope_table`); empty for others."""
        name, tau, normalised = self._parsed
        return slope_table(tau, normalised) if name == "agr" else _NO_TABLE

    def branches(self, p: Tensor) -> tuple[Tensor, Tensor]:
        """Give the ratios q(b) / P(b) for b = 1 and b = 0 of units that fire by chance.

        Parameters
        ----------
        p : tensor, in (0, 1)
            Probability to fire.

        Returns
        -------
        two tensors
        """
        if not self.stochastic:
            raise ConfigError(f"`gradient` {self.gradient!r} belongs to units with a threshold: they have no branches.")
        if bool(((p <= 0) | (p >= 1) | p.isnan()).any()):
            raise DataError("`p` must lie above 0 and below 1, got other values. Give F(a / s).")
        z = torch.logit(p)
        slope, every = density(z, "logistic"), torch.ones_like(z, dtype=torch.bool)
        return self._branch_slope(z, every, "logistic") / slope, self._branch_slope(z, ~every, "logistic") / slope

    def slopes(self, preactivation: Tensor, scale: Tensor | float, spikes: Tensor) -> tuple[Tensor, Tensor]:
        """Give the slopes that a unit's gradient is multiplied by.

        Parameters
        ----------
        preactivation : tensor
        scale : tensor or float, > 0
            Noise scale s; units with a threshold do not look at it.
        spikes : tensor
            What was sent, in the rule's code.

        Returns
        -------
        tuple of tensors
            With respect to pre-activation and scale.
        """
        factor = 1.0 if self.code == "01" else 2.0
        if not self.stochastic:
            return factor * self._surrogate(preactivation), torch.zeros_like(preactivation)
        z = _standardised(preactivation, scale)
        slope = factor * self._branch_slope(z, spikes > 0, self.noise) / scale
        return slope, -slope * z

    def fire(
        self,
        preactivation: Tensor,
        scale: Tensor | float = 1.0,
        *,
        uniform: Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Let units fire; the result is differentiable with respect to pre-activation and scale.

        Parameters
        ----------
        preactivation : tensor
            a, any shape.
        scale : tensor that broadcasts to it, or float, > 0
            s. Not used by units with a threshold.
        uniform : tensor of the same shape, in [0, 1), or None
            A unit fires where this is below P.
        generator : torch.Generator or None
            To draw `uniform` from; one of both is needed for units that fire by chance.

        Returns
        -------
        tensor
            Spikes in the rule's code.

        Raises
        ------
        ConfigError
            If units fire by chance and neither `uniform` nor `generator` is given, or a number as scale is not above 0.
        DataError
            If shapes do not fit, a pre-activation is not finite, or an entry of a scale is not above 0 and finite.
        """
        whole = preactivation.detach()
        if not bool(torch.isfinite(whole.sum())) and not bool(torch.isfinite(whole).all()):
            raise DataError(
                "`preactivation` must be finite, got NaN or infinity. Lower the learning rate, or check the input."
            )
        scaled = self._scale(preactivation, scale)
        if self.stochastic and uniform is None:
            if generator is None:
                raise ConfigError("`generator` (or `uniform`) must be given where units fire by chance, got neither.")
            uniform = torch.rand(
                preactivation.shape, generator=generator, device=preactivation.device, dtype=preactivation.dtype
            )
        if uniform is not None and uniform.shape != preactivation.shape:
            raise DataError(
                f"`uniform` must have the shape of `preactivation`, {tuple(preactivation.shape)}, got "
                f"{tuple(uniform.shape)}."
            )
        fired: Tensor = _Fire.apply(preactivation, scaled, uniform, self)  # type: ignore[no-untyped-call]
        return fired

    def _scale(self, preactivation: Tensor, scale: Tensor | float) -> Tensor:
        if not isinstance(scale, Tensor):
            require_setting("scale", scale, above=0, below=math.inf)
            scale = preactivation.new_tensor(scale)
        try:
            shape = torch.broadcast_shapes(scale.shape, preactivation.shape)  # type: ignore[no-untyped-call]
        except RuntimeError:
            shape = torch.Size()
        if shape != preactivation.shape:
            raise DataError(
                f"`scale` must broadcast to `preactivation`, {tuple(preactivation.shape)}, got {tuple(scale.shape)}."
            )
        if not scale.numel():
            return scale
        low, high = map(float, scale.detach().aminmax())
        if not low > 0:
            raise DataError(
                f"`scale` must be above 0 everywhere in {scale.dtype}, got {low:g}. Give units noise of their own "
                "(a floor)."
            )
        if not high < math.inf:
            # A unit with endless noise is a coin whatever drives it, and learns nothing.
            raise DataError(
                f"`scale` must be finite everywhere in {scale.dtype}, got {high:g}. Scale the input down, for example "
                "to [0, 1], or lower the learning rate."
            )
        return scale

    def _stochastic_slope(self, side: Tensor, law: str) -> Tensor:
        """Give the slope in a / s, in the code of 0 and 1, of the branch that was drawn.

        `side` is z where b = 1 and -z where b = 0: by the law's symmetry both branches are one formula.
        """
        kind, number, _ = self.kernel
        if kind == 0:
            # The ends of the mixture need one of its terms only.
            if number == 0:
                return density(side, law)
            slope = hazard(side, law) * (number / 2)
            return slope if number == 1 else slope + (1 - number) * density(side, law)
        found = hazard(side, law)
        at = logit(side, law).clamp(-_FARTHEST, _FARTHEST)
        if kind == 2:
            return torch.sigmoid((1 - number) * at) * found
        value, beyond = _looked_up(at, number, kind == 4), _beyond(at, number)
        if kind == 3:
            # From the slope in the logit to that in a / s: d logit / dz is the sum of both hazards.
            return value * beyond.exp() * (found + hazard(-side, law))
        # Past the table the weights' quotient goes on like exp(logit), times what the likely one's weight falls by.
        more = beyond - _beyond(-at, number) + at - at.clamp(-TABLE_END, TABLE_END)
        return value / (value + (1 - value) * (-more).exp()) * found

    def _branch_slope(self, z: Tensor, up: Tensor, law: str) -> Tensor:
        kind, number, _ = self.kernel
        side = torch.where(up, z, -z)
        if kind == 1:  # the one member that tells its branches apart
            return torch.where(up, z.new_tensor(number), z.new_tensor(1 - number)) * hazard(side, law)
        return self._stochastic_slope(side, law)

    def _surrogate(self, a: Tensor) -> Tensor:
        kind, number, _ = self.kernel
        if kind == 10:
            return 1 / (1 + number * a.abs()).square()
        if kind == 11:
            return number / 2 / (1 + (math.pi / 2 * number * a).square())
        if kind == 12:
            return (1 - a.abs() / number).clamp(min=0) / number
        return 0.5 * (a.abs() < 1).to(a.dtype)


def _standardised(preactivation: Tensor, scale: Tensor | float) -> Tensor:
    """Give a / s, the largest number there is where the quotient overflows."""
    z = preactivation / scale
    most = torch.finfo(z.dtype).max
    return z.clamp(-most, most)


@functools.lru_cache(maxsize=32)
def _table(tau: float, normalised: bool) -> Tensor:
    return torch.tensor(slope_table(tau, normalised)).view(-1, 4)


def _looked_up(at: Tensor, tau: float, normalised: bool) -> Tensor:
    """Give the table's cubic at a logit, and the table's ends outside."""
    table = _table(tau, normalised).to(at.device)
    place = (at.double().clamp(-TABLE_END, TABLE_END) + TABLE_END) * TABLE_PIECES
    piece = place.floor().clamp(max=len(table) - 1)
    x = place - piece
    c = table[piece.long()]
    return (((c[..., 3] * x + c[..., 2]) * x + c[..., 1]) * x + c[..., 0]).to(at.dtype)


def _beyond(at: Tensor, tau: float) -> Tensor:
    """`log_beyond_table` for tensors."""
    wide = max(tau, 1.0)
    far = at.clamp(min=TABLE_END)
    return (TABLE_END - far) / wide + 2 * (math.log1p(math.exp(-TABLE_END / wide)) - (-far / wide).exp().log1p())


class _Fire(torch.autograd.Function):
    """Spikes forward, the rule's slope back."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, scale: Tensor, uniform: Tensor | None, rule: UnitRule) -> Tensor:
        """Draw, or compare with the threshold."""
        fired = a > 0 if uniform is None or not rule.stochastic else uniform < probability(a / scale, rule.noise)
        spikes = fired.to(a.dtype)
        spikes = spikes if rule.code == "01" else 2 * spikes - 1
        ctx.save_for_backward(a, scale, spikes)
        ctx.rule = rule
        return spikes

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Multiply by the slopes."""
        a, scale, spikes = ctx.saved_tensors
        (gradient,) = gradients
        by_a, by_scale = ctx.rule.slopes(a, scale, spikes)
        to_scale = (gradient * by_scale).sum_to_size(scale.shape) if ctx.needs_input_grad[1] else None
        return gradient * by_a, to_scale, None, None
