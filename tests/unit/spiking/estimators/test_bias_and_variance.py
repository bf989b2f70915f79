"""What is known of bias and variance: formulas, laws of scaling, and the table of golden numbers."""

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from interplay._core.errors import DataError  # noqa: E402
from interplay._core.rng import stream  # noqa: E402
from interplay.spiking.estimators import UnitRule, predicted_bias, predicted_variance  # noqa: E402
from interplay.testing.binary_outcomes import BinaryNetwork, random_network  # noqa: E402

MEMBERS = ("st", "half", "const(0)", "const(1)", "interp(0.5)", "power(0.5)", "agr(1)", "agr(1,normalised)")
RATIOS = (4.0, 2.0, 1.0, 0.5, 0.25)
N_NETWORKS = 12
GOLDEN = Path(__file__).with_name("golden_bias.json")


def shares_of(gradient):
    """q(b) of a rule of the library."""
    rule = UnitRule(gradient=gradient, noise="logistic")

    def shares(chance):
        up, down = rule.branches(torch.tensor(np.clip(chance, 1e-15, 1 - 1e-15)))
        return up.numpy() * chance, down.numpy() * (1 - chance)

    return shares


def one_unit(a, cubic, noise, scale):
    """A unit and a loss c0 + c1 b + c2 b² + c3 b³ of it; its bias is its only parameter that counts."""
    c0, c1, c2, c3 = cubic

    def loss(b):
        return (c0 + c1 * b + c2 * b**2 + c3 * b**3)[:, 0], c1 + 2 * c2 * b + 3 * c3 * b**2

    return BinaryNetwork(
        weights=(np.zeros((1, 1)),), biases=(np.array([a]),), x=np.zeros(1), loss=loss, noise=noise, scale=scale
    )


@pytest.mark.parametrize("noise", ["logistic", "gaussian"])
@pytest.mark.parametrize("p", [0.0, 0.3, 0.5, 1.0, None])
def test_the_formulas_are_exact_for_a_cubic(noise, p):
    cubic = (0.3, -1.1, 0.7, 1.9)
    for a, scale in ((-1.2, 0.6), (0.0, 1.0), (0.8, 2.5)):
        z = torch.tensor(a / scale, dtype=torch.float64, requires_grad=True)
        law = torch.sigmoid(z) if noise == "logistic" else torch.special.ndtr(z)
        law.backward()
        chance, slope = law.item(), z.grad.item() / scale
        upper_share = chance if p is None else p
        shares = (lambda c: (c, 1 - c)) if p is None else (lambda c: (0 * c + p, 0 * c + 1 - p))
        listed = one_unit(a, cubic, noise, scale).enumerate(shares)
        lower, upper = cubic[1], cubic[1] + 2 * cubic[2] + 3 * cubic[3]
        bias = predicted_bias(upper_share, slope, upper - lower, 6 * cubic[3])
        assert listed.exact[1] == pytest.approx(slope * sum(cubic[1:]), rel=1e-12)
        assert listed.mean[1] - listed.exact[1] == pytest.approx(float(bias), rel=1e-10, abs=1e-14)
        variance = predicted_variance(upper_share, chance, slope, upper, lower)
        assert listed.variance[1] == pytest.approx(float(variance), rel=1e-10, abs=1e-14)


def test_of_a_linear_loss_only_a_share_of_its_own_has_variance():
    p, chance, slope, g = np.array([0.1, 0.5, 0.8]), np.array([0.3, 0.6, 0.8]), 0.2, 1.7
    wanted = slope**2 * g**2 * (p - chance) ** 2 / (chance * (1 - chance))
    np.testing.assert_allclose(predicted_variance(p, chance, slope, g, g), wanted, atol=1e-15)
    assert predicted_variance(chance, chance, slope, g, g) == pytest.approx(0, abs=1e-15)
    assert predicted_bias(p, slope, 0.0).tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: predicted_bias(1.1, 0.2, 1.0), "`p` must lie in"),
        (lambda: predicted_bias(-0.1, 0.2, 1.0), "`p` must lie in"),
        (lambda: predicted_bias(0.5, -0.2, 1.0), "`slope` must not be negative"),
        (lambda: predicted_bias(0.5, 0.2, np.nan), "must be finite"),
        (lambda: predicted_variance(0.5, 1.0, 0.2, 1.0, 1.0), "`probability` must lie above 0"),
        (lambda: predicted_variance(0.5, 0.0, 0.2, 1.0, 1.0), "`probability` must lie above 0"),
        (lambda: predicted_variance(2.0, 0.5, 0.2, 1.0, 1.0), "`p` must lie in"),
    ],
)
def test_what_no_unit_has_is_refused(call, message):
    with pytest.raises(DataError, match=message):
        call()


def measured(noise, gradient, ratio):
    """Medians over networks of relative bias, relative standard deviation and cosine."""
    found = [
        random_network(stream(seed, "golden bias"), ratio=ratio, noise=noise).enumerate(shares_of(gradient))
        for seed in range(N_NETWORKS)
    ]
    return {
        "bias": float(np.median([f.relative_bias for f in found])),
        "std": float(np.median([f.relative_std for f in found])),
        "cosine": float(np.median([f.cosine for f in found])),
    }


@pytest.fixture(scope="module")
def table():
    return {
        (noise, gradient, ratio): measured(noise, gradient, ratio)
        for noise in ("logistic", "gaussian")
        for gradient in MEMBERS
        for ratio in RATIOS
    }


def test_the_table_is_the_golden_one(table):
    """Numbers of this design, to 1e-3 as the notes ask (relative above 1).

    Two layers of three units, three inputs, three classes; all weights N(0, ratio² / fan-in); medians of twelve
    networks. The one network behind the notes' own table is not known: "notes" holds their numbers, and the next tests
    what must be true of both.
    """
    golden = json.loads(GOLDEN.read_text())
    assert len(golden["rows"]) == len(table)
    for row in golden["rows"]:
        found = table[row["noise"], row["gradient"], row["ratio"]]
        for name in ("bias", "std", "cosine"):
            assert found[name] == pytest.approx(row[name], rel=1e-3, abs=1e-3), row


@pytest.mark.parametrize("noise", ["logistic", "gaussian"])
def test_the_order_of_the_notes_holds(table, noise):
    for ratio in (2.0, 1.0, 0.5, 0.25):
        bias = {g: table[noise, g, ratio]["bias"] for g in MEMBERS}
        assert bias["half"] < bias["interp(0.5)"] < bias["st"] < min(bias["const(0)"], bias["const(1)"])
        std = {g: table[noise, g, ratio]["std"] for g in MEMBERS}
        assert std["st"] < std["half"] < min(std["const(0)"], std["const(1)"])
    for gradient in ("st", "half"):
        assert table[noise, gradient, 0.25]["cosine"] > 0.9987


@pytest.mark.parametrize("noise", ["logistic", "gaussian"])
def test_bias_falls_with_the_square_of_weights_over_noise_and_only_linearly_for_constants(table, noise):
    def power(gradient):
        """Exponent between the two smallest ratios."""
        return np.log2(table[noise, gradient, 0.5]["bias"] / table[noise, gradient, 0.25]["bias"])

    assert power("st") == pytest.approx(2, abs=0.35)
    assert power("half") == pytest.approx(2, abs=0.45)
    assert power("interp(0.5)") == pytest.approx(2, abs=0.35)
    assert power("const(0)") == pytest.approx(1, abs=0.2)
    assert power("const(1)") == pytest.approx(1, abs=0.2)
    # Gumbel-Rao keeps a bias of its factor unless it is normalised.
    assert table[noise, "agr(1)", 0.25]["bias"] > 0.2
    assert table[noise, "agr(1,normalised)", 0.25]["bias"] < 0.01


def test_the_notes_numbers_are_of_the_same_size(table):
    """Their table, one unknown network per cell: every number within a factor of six of our median."""
    for row in json.loads(GOLDEN.read_text())["notes"]:
        for name in ("bias", "std"):
            if row.get(name) is not None:
                ours = table[row["noise"], row["gradient"], row["ratio"]][name]
                assert 1 / 6 < row[name] / ours < 6, (row, ours)
