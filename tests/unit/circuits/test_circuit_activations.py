"""Activations: values at kinks and ends, parameters, messages."""

import numpy as np
import pytest

from interplay._core.errors import ConfigError
from interplay.circuits import ACTIVATIONS, Activation, activation


def test_values_at_hand():
    z = [-1.0, 0.0, 0.5, 2.0]
    assert activation("relu")(z).tolist() == [0, 0, 0.5, 2]
    assert activation("clip")(z).tolist() == [0, 0, 0.5, 1]
    assert activation("threshold_linear", gain=2.0, threshold=0.25)(z).tolist() == [0, 0, 0.5, 3.5]
    assert activation("leaky_relu")(z).tolist() == [-0.1, 0, 0.5, 2]
    assert activation("soft_threshold", threshold=0.4)(z) == pytest.approx([-0.6, 0, 0.1, 1.6])
    assert activation("logistic", steepness=np.log(3.0), threshold=-1.0)(0.0) == pytest.approx(0.75)
    assert activation("softplus")(0.0) == pytest.approx(np.log(2.0))
    assert activation("power", gain=3.0)(z).tolist() == [0, 0, 0.75, 12]


def test_huge_inputs_neither_overflow_nor_warn():
    huge = np.array([-1e4, 1e4])
    assert activation("logistic")(huge).tolist() == [0, 1]
    assert activation("tanh")(huge).tolist() == [-1, 1]
    assert activation("softplus")(huge).tolist() == [0, 1e4]
    for kind in ("logistic", "tanh"):
        assert activation(kind).slope(huge).tolist() == [0, 0]
    assert activation("softplus").slope(huge).tolist() == [0, 1]


def test_at_a_kink_the_smaller_slope():
    assert activation("relu").slope(0.0) == 0
    assert activation("clip", top=2.0).slope([0.0, 1.0, 2.0]).tolist() == [0, 1, 0]
    assert activation("threshold_linear", gain=0.5, threshold=1.0).slope([1.0, 1.1]).tolist() == [0, 0.5]
    assert activation("leaky_relu", slope=0.1).slope(0.0) == 0.1
    assert activation("leaky_relu", slope=3.0).slope(0.0) == 1
    assert activation("soft_threshold", threshold=1.0).slope([-1.0, 1.0, 1.5]).tolist() == [0, 0, 1]


def test_the_inverse_at_the_ends_of_the_domain():
    assert activation("relu").inverse(0.0) == 0
    assert activation("threshold_linear", threshold=0.7).inverse(0.0) == 0.7
    assert activation("clip", top=2.0).inverse([0.0, 2.0]).tolist() == [0, 2]
    assert activation("soft_threshold").inverse(0.0) == 0
    assert activation("tanh").inverse([-1.0, 1.0]).tolist() == [-np.inf, np.inf]
    assert activation("logistic").inverse([0.0, 1.0]).tolist() == [-np.inf, np.inf]
    assert activation("softplus").inverse(0.0) == -np.inf
    assert activation("power").inverse(0.0) == 0


def test_the_ends_belong_to_the_domain_of_the_cost():
    assert activation("softplus").cost(0.0) == pytest.approx(np.pi**2 / 6)
    assert activation("tanh").cost([-1.0, 1.0]) == pytest.approx(np.log(2.0) - 0.5)
    assert activation("logistic", steepness=2.0, threshold=3.0).cost([0.0, 1.0]) == pytest.approx([0, 2.5])
    assert activation("relu").cost([-1e-9, 0.0]).tolist() == [np.inf, 0]


def test_the_cost_of_a_power_is_the_integral_of_its_inverse():
    phi = activation("power", gain=0.7, exponent=2.3)
    grid = np.linspace(0, 1.5, 20001)
    inverse = (grid / 0.7) ** (1 / 2.3)
    integral = np.sum((inverse[1:] + inverse[:-1]) / 2) * grid[1]
    assert phi.cost(1.5) == pytest.approx(integral - 1.5**2 / 2, abs=1e-5)


def test_pieces_rebuild_the_piecewise_linear_kinds():
    z = np.linspace(-3, 3, 101)
    for kind in ACTIVATIONS:
        phi = activation(kind)
        if phi.pieces:
            assert phi.pieces[0][0] == -np.inf
            assert phi.pieces[-1][1] == np.inf
            assert all(p[1] == q[0] for p, q in zip(phi.pieces[:-1], phi.pieces[1:], strict=True))
        for low, high, slope, offset in phi.pieces:
            at = z[(z >= low) & (z <= high)]
            assert phi(at) == pytest.approx(slope * at + offset, abs=1e-15)
    smooth = {kind for kind in ACTIVATIONS if not activation(kind).pieces}
    assert smooth == {"tanh", "logistic", "softplus", "power"}


def test_largest_slopes():
    assert activation("logistic", steepness=6.0).max_slope == 1.5
    assert activation("threshold_linear", gain=0.3).max_slope == 0.3
    assert activation("leaky_relu", slope=2.0).max_slope == 2
    assert activation("power").max_slope == np.inf


def test_text_is_short():
    assert str(activation("relu")) == "relu"
    assert str(activation("logistic", steepness=2.0)) == "logistic(steepness=2, threshold=0)"


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (lambda: activation("rely"), r"Unknown activation 'rely'; did you mean 'relu'\?"),
        (lambda: activation("clip", tip=1.0), r"Unknown parameter of 'clip' 'tip'; did you mean 'top'\?"),
        (lambda: activation("clip", top=0.0), r"`top of 'clip'` must be > 0"),
        (lambda: activation("clip", top=np.nan), r"`top of 'clip'` must be > 0"),
        (lambda: activation("logistic", threshold="1"), r"`threshold of 'logistic'` must be a number"),
        (lambda: activation("power", exponent=1.0), r"`exponent of 'power'` must be > 1"),
        (lambda: Activation("tanh", (1.0,)), r"must be 0 number\(s\) \(none\), got 1"),
        (lambda: Activation("logistic", (1.0,)), r"must be 2 number\(s\) \(steepness, threshold\), got 1"),
        (lambda: activation("relu").prox(1.0, 0.0), "`step` must be > 0"),
        (lambda: activation("power").prox(1.0, 1.2), "`step` must be < 1 for power"),
        (lambda: activation("logistic", steepness=8.0).prox(1.0, 2.0), "`step` must be < 2 for logistic"),
    ],
)
def test_messages(work, message):
    with pytest.raises(ConfigError, match=message):
        work()
