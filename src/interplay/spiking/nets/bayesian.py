"""Layers whose weights have a posterior: what they give is the mean and the variance of the next pre-activation."""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay.spiking.nets.spike_linear import spike_linear

#: What drives a layer: numbers, spikes of 0 and 1, or signs.
Code = Literal["analogue", "01", "pm1"]
_CODES = ("analogue", "01", "pm1")
#: Spreads whose squares, and logarithms, are single-precision numbers.
_SPREADS = (1e-12, 1e6)


class Moments(NamedTuple):
    """Mean and variance of pre-activations, of one shape; the variance is None where weights are points."""

    mean: Tensor
    variance: Tensor | None


class WeightDraw(NamedTuple):
    """Weights for a batch of B sequences, fixed over their steps: one disturbance, and signs that tell samples apart.

    Attributes
    ----------
    weight : tensor, shape of the weights
        Drawn disturbance about the mean, shared.
    bias : (B, n_out) tensor or None
        Drawn bias of each sample.
    incoming, outgoing : (B, n_in), (B, n_out) tensors of signs
    """

    weight: Tensor
    bias: Tensor | None
    incoming: Tensor
    outgoing: Tensor


class BayesianLayer(nn.Module):
    """Weights w ~ N(mean, spread²), each for itself; `spread` is softplus of a trained number.

    Parameters
    ----------
    shape : tuple of int
        (n_out, n_in), or (n_out, n_in, k, k) of a convolution.
    posterior : bool
        False: the weights are points, the variance is None, the divergence 0.
    prior : float, > 0
        Standard deviation of the prior, in units of 1 / sqrt(connections per unit): the divergence pulls each weight to
        N(0, prior² / fan_in).
    spread : float, in [1e-12, 1e6]
        Of the posterior at the start, in the same units.
    bias : bool

    Notes
    -----
    Made inside `seeded_torch`: means begin as N(0, 1 / fan_in), biases at 0. The layer holds no state but parameters:
    what is drawn is given out and handed back by the caller.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        *,
        posterior: bool = True,
        prior: float = 1.0,
        spread: float = 0.5,
        bias: bool = True,
    ) -> None:
        super().__init__()
        for size in shape:
            require_setting("shape", size, least=1, whole=True)
        require_setting("prior", prior, above=0, below=math.inf)
        require_setting("spread", spread, least=_SPREADS[0], most=_SPREADS[1])
        fan_in = math.prod(shape[1:])
        unit = 1 / math.sqrt(fan_in)
        self.prior = prior * unit
        self.mean = nn.Parameter(torch.randn(shape) * unit)
        self.bias = nn.Parameter(torch.zeros(shape[0])) if bias else None
        start = spread * unit + math.log(-math.expm1(-spread * unit))  # softplus of it is spread · unit
        self.raw_spread = nn.Parameter(torch.full(shape, start)) if posterior else None
        self.raw_bias_spread = nn.Parameter(torch.full((shape[0],), start)) if posterior and bias else None

    def product(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """Apply weights and bias to (..., B, *input)."""
        raise NotImplementedError

    def moments(self, x: Tensor, code: Code, squares: Tensor | None = None) -> Moments:
        """Give mean and variance of the pre-activation over the posterior (local reparametrisation).

        Parameters
        ----------
        x : (B, *input) tensor
        code : {"analogue", "01", "pm1"}
            What the input is. It decides how the variance goes on between the corners where spikes live: multilinearly,
            s² = σ² b for 0 and 1, and constant for signs; x² only for numbers.
        squares : tensor like `x`, or None
            Stands in for x² where x is made of spikes: its value is x², its slope that of the multilinear form.

        Returns
        -------
        Moments
            Of shape (B, *output).

        Raises
        ------
        ConfigError
            If `code` is unknown.
        """
        if self.raw_spread is None:
            return Moments(self.product(x, self.mean, self.bias), None)
        variance, bias_variance = self.variances()
        if code == "01":  # spikes are their own squares: one product gives both
            both = None if self.bias is None or bias_variance is None else torch.cat([self.bias, bias_variance])
            found = self.product(x, torch.cat([self.mean, variance]), both)
            return Moments(*found.tensor_split(2, dim=1 - self.mean.dim()))
        squares = _squared(x, code) if squares is None else squares
        return Moments(self.product(x, self.mean, self.bias), self.product(squares, variance, bias_variance))

    def variances(self) -> tuple[Tensor, Tensor | None]:
        """Give the variances of weights and of biases under the posterior; zeros where weights are points."""
        if self.raw_spread is None:
            return torch.zeros_like(self.mean), None if self.bias is None else torch.zeros_like(self.bias)
        bias = None if self.raw_bias_spread is None else functional.softplus(self.raw_bias_spread).square()
        return functional.softplus(self.raw_spread).square(), bias

    def draw(self, batch: int, generator: torch.Generator) -> WeightDraw:
        """Draw weights for sequences: the same over all steps of one.

        Parameters
        ----------
        batch : int
            B, sequences.
        generator : torch.Generator

        Returns
        -------
        WeightDraw
            Each sample's weights are a draw of the posterior; those of two samples share the size of every weight's
            disturbance and differ in its sign (flipout), so that a batch costs one product more, not B.

        References
        ----------
        Wen, Vicol, Ba, Tran, Grosse (2018), ICLR, equation 4.
        """
        n_out, n_in = self.mean.shape[:2]

        def signs(n: int) -> Tensor:
            drawn = torch.randint(2, (batch, n), generator=generator, device=self.mean.device)
            return drawn.to(self.mean.dtype) * 2 - 1

        def noise(*shape: int) -> Tensor:
            return torch.randn(shape, generator=generator, device=self.mean.device, dtype=self.mean.dtype)

        weight = torch.zeros_like(self.mean)
        bias = None if self.bias is None else self.bias.expand(batch, n_out)
        if self.raw_spread is not None:
            weight = functional.softplus(self.raw_spread) * noise(*self.mean.shape)
            if self.raw_bias_spread is not None and bias is not None:
                bias = bias + functional.softplus(self.raw_bias_spread) * noise(batch, n_out)
        return WeightDraw(weight, bias, signs(n_in), signs(n_out))

    def drawn(self, x: Tensor, draw: WeightDraw) -> Tensor:
        """Apply drawn weights.

        Parameters
        ----------
        x : (..., B, *input) tensor
            Leading axes, as time, share the draw.
        draw : WeightDraw

        Returns
        -------
        (..., B, *output) tensor
        """
        tail = (1,) * (self.mean.dim() - 2)
        mean = self.product(x, self.mean, None)
        incoming, outgoing = (s.reshape(*s.shape, *tail) for s in (draw.incoming, draw.outgoing))
        found = mean if self.raw_spread is None else mean + self.product(x * incoming, draw.weight, None) * outgoing
        return found if draw.bias is None else found + draw.bias.reshape(*draw.bias.shape, *tail)

    def operations(self, x: Tensor) -> Tensor:
        """Count pairs of an input of (B, *input) that is not 0 and a unit that it goes to, (B,)."""
        ones = torch.ones_like(self.mean[:1])
        reached = self.product((x != 0).to(ones.dtype), ones, None)
        return reached.flatten(1).sum(dim=1, dtype=torch.float64) * len(self.mean)

    def divergence(self) -> Tensor:
        """Give KL(posterior ‖ prior) of all weights and biases, in nats; 0 where they are points."""
        total = self.mean.new_zeros(())
        pairs = ((self.mean, self.raw_spread), (self.bias, self.raw_bias_spread))
        for mean, raw in pairs:
            if mean is not None and raw is not None:
                total = total + _Divergence.apply(mean, raw, self.prior)  # type: ignore[no-untyped-call]
        return total


class BayesianLinear(BayesianLayer):
    """Dense layer.

    Parameters
    ----------
    n_in, n_out : int, >= 1
    **settings
        As of `BayesianLayer`: posterior, prior, spread, bias.
    """

    def __init__(self, n_in: int, n_out: int, **settings: Any) -> None:
        super().__init__((n_out, n_in), **settings)

    def product(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """Apply weights and bias to (..., n_in)."""
        if x.shape[-1] != weight.shape[1]:
            raise DataError(
                f"`x` must have n_in={weight.shape[1]} numbers on its last axis, got shape {tuple(x.shape)}."
            )
        return spike_linear(x, weight, bias)


class BayesianConv2d(BayesianLayer):
    """Convolution with a square kernel of odd size; zeros lie around the pictures.

    Parameters
    ----------
    n_in, n_out : int, >= 1
        Channels.
    kernel : int, odd
    stride : int, >= 1
        A picture of H pixels becomes one of ceil(H / stride).
    **settings
        As of `BayesianLayer`.

    Notes
    -----
    The zeros around the picture are no input: they add nothing to the variance either, whatever the code.
    """

    def __init__(self, n_in: int, n_out: int, kernel: int = 3, stride: int = 1, **settings: Any) -> None:
        require_setting("kernel", kernel, least=1, whole=True)
        require_setting("stride", stride, least=1, whole=True)
        if kernel % 2 == 0:
            raise ConfigError(f"`kernel` must be odd, got {kernel}. Take {kernel + 1}.")
        super().__init__((n_out, n_in, kernel, kernel), **settings)
        self.stride = stride

    def product(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """Apply kernels to (..., B, n_in, H, W)."""
        if x.dim() < 4 or x.shape[-3] != weight.shape[1]:
            raise DataError(f"`x` must be (..., n_in={weight.shape[1]}, H, W), got shape {tuple(x.shape)}.")
        flat = x.reshape(-1, *x.shape[-3:])
        found = functional.conv2d(flat, weight, bias, stride=self.stride, padding=weight.shape[-1] // 2)
        return found.reshape(*x.shape[:-3], *found.shape[1:])


class _Divergence(torch.autograd.Function):
    """KL(N(mean, softplus(raw)²) ‖ N(0, prior²)), summed; its derivative written out halves the operations."""

    @staticmethod
    def forward(ctx: Any, mean: Tensor, raw: Tensor, prior: float) -> Tensor:
        """Sum over weights."""
        spread = functional.softplus(raw)
        ctx.save_for_backward(mean, raw, spread)
        ctx.prior = prior
        squares = spread.square().sum() + mean.square().sum()
        return 0.5 * (squares / prior**2 - raw.numel()) - spread.log().sum() + raw.numel() * math.log(prior)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Give the derivatives with respect to both."""
        mean, raw, spread = ctx.saved_tensors
        (gradient,) = gradients
        precision = 1 / ctx.prior**2
        by_raw = (spread * precision).sub_(spread.reciprocal()).mul_(torch.sigmoid(raw)).mul_(gradient)
        return mean * (precision * gradient), by_raw, None


def _squared(x: Tensor, code: Code) -> Tensor:
    """Square an input in the way that is linear in each of its spikes."""
    if code == "analogue":
        return x.square()
    if code == "01":
        return x
    if code == "pm1":
        return torch.ones_like(x)
    raise ConfigError(unknown_name("`code`", code, _CODES))
