"""The variance between the corners, its two traps, and the auxiliary losses."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from interplay._core.errors import ConfigError, DataError  # noqa: E402
from interplay._core.rng import stream  # noqa: E402
from interplay.spiking.estimators import auxiliary_snr, auxiliary_u2, multilinear_variance  # noqa: E402
from interplay.testing.binary_outcomes import member, random_network  # noqa: E402

VARIANCE = torch.tensor([[0.5, 2.0, 0.25], [1.0, 0.0, 3.0]], dtype=torch.float64)


@pytest.mark.parametrize("code", ["01", "pm1"])
def test_on_the_corners_it_is_the_variance(code):
    spikes = torch.tensor(list(np.ndindex(2, 2, 2)), dtype=torch.float64)
    spikes = spikes if code == "01" else 2 * spikes - 1
    found = multilinear_variance(spikes, VARIANCE, code=code, floor=0.7)
    torch.testing.assert_close(found, spikes.square() @ VARIANCE.T + 0.49)


def test_between_the_corners_it_is_linear_in_each_spike():
    between = torch.rand(5, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64).requires_grad_()
    found = multilinear_variance(between, VARIANCE, floor=0.1)
    (slope,) = torch.autograd.grad(found.sum(), between)
    torch.testing.assert_close(slope, VARIANCE.sum(dim=0).expand(5, 3))
    signs = multilinear_variance(between, VARIANCE, code="pm1", floor=0.1)
    assert not signs.requires_grad
    torch.testing.assert_close(signs, (VARIANCE.sum(dim=1) + 0.01).expand(5, 2))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"code": "spike"}, ConfigError, "`code` must be one of"),
        ({"floor": -1.0}, ConfigError, "floor"),
        ({"spikes": torch.ones(4)}, DataError, "`spikes` must be"),
        ({"weight_variance": torch.ones(3)}, DataError, "`spikes` must be"),
        ({"weight_variance": -torch.ones(2, 3)}, DataError, "`weight_variance` must be >= 0"),
        ({"weight_variance": torch.full((2, 3), torch.nan)}, DataError, "`weight_variance` must be >= 0"),
    ],
)
def test_arguments_that_do_not_fit_are_named(change, error, message):
    given = {"spikes": torch.ones(3), "weight_variance": torch.ones(2, 3)} | change
    with pytest.raises(error, match=message):
        multilinear_variance(given.pop("spikes"), given.pop("weight_variance"), **given)


def test_nothing_in_nothing_out():
    assert multilinear_variance(torch.zeros(0, 3), torch.ones(2, 3)).shape == (0, 2)
    assert multilinear_variance(torch.zeros(4, 0), torch.ones(2, 0), floor=2.0).tolist() == [[4.0, 4.0]] * 4


def biases(gradient, *, code, form, mean_over_spread, floor, n=12):
    """Relative bias of networks whose weights have a spread of one over the root of the fan-in."""
    found = []
    for seed in range(n):
        network = random_network(
            stream(seed, "traps"), ratio=mean_over_spread, noise="gaussian", code=code, scale=floor
        )
        spread = tuple(np.full_like(w, 1 / w.shape[1]) for w in network.weights)
        network = replace(network, weight_variance=spread, form=form)
        found.append(network.enumerate(member(gradient)).relative_bias)
    return np.array(found)


def test_the_extension_trap():
    """Signs at |μ| / σ = 1/4: the notes have .10 to .31 with b² and .009 to .025 multilinearly."""
    square = biases("half", code="pm1", form="square", mean_over_spread=0.25, floor=0.0)
    linear = biases("half", code="pm1", form="multilinear", mean_over_spread=0.25, floor=0.0)
    assert np.median(square) > 0.08
    assert np.median(linear) < 0.03
    assert (square > 2 * linear).all()


def test_the_silence_trap():
    """0 and 1 and no noise but the weights': without a floor the estimate is worse than none, with one it is good."""
    for gradient in ("st", "half"):
        bare = biases(gradient, code="01", form="multilinear", mean_over_spread=0.25, floor=0.02)
        kept = biases(gradient, code="01", form="multilinear", mean_over_spread=0.25, floor=1.0)
        assert np.median(bare) > 1
        assert np.median(kept) < 0.07
    # The trap is that of a spread much wider than the mean, and of the form that is linear in the spike.
    assert np.median(biases("half", code="01", form="square", mean_over_spread=0.25, floor=0.02)) < 0.5


def test_u2_is_the_mean_square_of_signal_over_noise():
    mean = torch.tensor([[1.0, -2.0], [0.5, 0.0]], dtype=torch.float64, requires_grad=True)
    scale = torch.tensor([0.5, 2.0], dtype=torch.float64)
    found = auxiliary_u2(mean, scale)
    assert found.item() == pytest.approx((4 + 1 + 1 + 0) / 4)
    found.backward()
    torch.testing.assert_close(mean.grad, 2 * mean.detach() / scale**2 / 4)
    assert float(auxiliary_u2(torch.zeros(3), 0.1)) == 0


def test_snr_is_the_curvature_that_flips_meet():
    weights = torch.tensor([[1.0, -2.0], [0.5, 3.0], [0.0, 1.0]], dtype=torch.float64)
    p = torch.tensor([[0.5, 0.2], [1.0, 0.0]], dtype=torch.float64)
    scale = torch.tensor([[1.0, 2.0, 0.5], [1.0, 1.0, 1.0]], dtype=torch.float64)
    wanted = np.mean(
        [
            sum(
                float(weights[j, i]) ** 2 * float(p[n, i] * (1 - p[n, i])) / float(scale[n, j]) ** 2
                for j in range(3)
                for i in range(2)
            )
            for n in range(2)
        ]
    )
    assert float(auxiliary_snr(weights, p, scale)) == pytest.approx(wanted)
    assert float(auxiliary_snr(weights, p, 2.0)) == pytest.approx(float(auxiliary_snr(weights, p, 1.0)) / 4)
    with pytest.raises(DataError, match="`probability` must be"):
        auxiliary_snr(weights, p[:, :1], 1.0)
