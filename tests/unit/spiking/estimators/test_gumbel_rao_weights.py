"""The weights of analytical Gumbel-Rao: integral, closed form, table, limits, and draws."""

import numba
import numpy as np
import pytest
from scipy import special
from scipy.integrate import quad

from interplay._core.errors import ConfigError, DataError
from interplay.ops.spike_laws import TABLE_END, TABLE_PIECES, slope_row
from interplay.spiking.estimators import agr_weights
from interplay.spiking.estimators.gumbel_rao_weights import log_beyond_table, slope_table

torch = pytest.importorskip("torch")

from interplay.spiking.estimators import UnitRule, gumbel_rao  # noqa: E402

ETAS = (-2.0, 0.3, 1.5)
TAUS = (0.05, 0.5, 1.0, 5.0, 50.0)


def integral(eta, tau):
    """W1 as it stands on the page: over the relaxed sample s from 1/2 to 1."""
    alpha = np.exp(eta)

    def h(s):
        return alpha * s**tau * (1 - s) ** tau / (s**tau + alpha * (1 - s) ** tau) ** 2

    # Near s = 1 in t = -log(1 - s), where small τ has its mass.
    near = quad(h, 0.5, 0.9, epsabs=1e-14, epsrel=1e-12)[0]
    far = quad(lambda t: h(1 - np.exp(-t)) * np.exp(-t), np.log(10), 33, epsabs=1e-14, epsrel=1e-12, limit=200)[0]
    return near + far


def closed(eta):
    """τ = 1: A(1) - A((1 + α) / 2) and A((1 + α) / 2) - A(α), straight from the page."""
    alpha = np.exp(eta)
    k = 1 - alpha

    def part(v):
        return alpha / k**3 * ((1 + alpha) * np.log(v) - v + alpha / v)

    return part(1.0) - part((1 + alpha) / 2), part((1 + alpha) / 2) - part(alpha)


@pytest.mark.parametrize("tau", TAUS)
@pytest.mark.parametrize("eta", ETAS)
def test_weights_are_the_integral(eta, tau):
    up, down = agr_weights(eta, tau)
    assert up == pytest.approx(integral(eta, tau), rel=1e-9, abs=0)
    assert down == pytest.approx(integral(-eta, tau), rel=1e-9, abs=0)


@pytest.mark.parametrize("eta", [*ETAS, 0.45, 0.55, -0.55, 5.0, -12.0])
def test_at_temperature_one_they_are_the_closed_form(eta):
    up, down = agr_weights(eta, 1.0)
    one, none = closed(eta)
    assert up == pytest.approx(one, rel=1e-10, abs=0)
    assert down == pytest.approx(none, rel=1e-10, abs=0)


def test_at_even_odds_both_are_a_twelfth():
    up, down = agr_weights([0.0, 1e-9, -1e-9], 1.0)
    np.testing.assert_allclose([up, down], 1 / 12, rtol=1e-8)
    # One formula on both sides of the place where it changes.
    left, right = agr_weights(np.array([0.5 - 1e-12, 0.5 + 1e-12]), 1.0)[0]
    assert left == pytest.approx(right, rel=1e-11)


def test_a_linear_loss_gets_the_factors_of_the_notes():
    up, down = agr_weights(ETAS, 1.0)
    p = 1 / (1 + np.exp(-np.array(ETAS)))
    np.testing.assert_allclose((up + down) / (p * (1 - p)), [1.08, 0.68, 0.90], atol=5e-3)


def test_a_cold_estimator_is_half_and_a_hot_one_straight_through():
    eta = np.array([-3.0, -0.4, 0.0, 1.0, 4.0])
    p = 1 / (1 + np.exp(-eta))
    up, down = agr_weights(eta, 1e-3)
    np.testing.assert_allclose(up, p * (1 - p) / 2, rtol=2e-3)
    np.testing.assert_allclose(down, p * (1 - p) / 2, rtol=2e-3)
    up, down = agr_weights(eta, 1e4)
    np.testing.assert_allclose(up, p / 4e4, rtol=1e-3)
    np.testing.assert_allclose(down, (1 - p) / 4e4, rtol=1e-3)


@pytest.mark.parametrize(("gradient", "limit"), [("agr(0.001,normalised)", "half"), ("agr(10000,normalised)", "st")])
def test_normalised_rules_reach_their_limits(gradient, limit):
    p = torch.linspace(0.03, 0.97, 20, dtype=torch.float64)
    for found, wanted in zip(
        UnitRule(gradient=gradient).branches(p), UnitRule(gradient=limit).branches(p), strict=True
    ):
        torch.testing.assert_close(found, wanted, rtol=5e-3, atol=0)


@pytest.mark.parametrize("tau", [0.01, *TAUS, 1000.0])
def test_far_out_the_weights_keep_their_digits(tau):
    import mpmath

    def density(x):
        fallen = mpmath.exp(-abs(x))
        return fallen / (1 + fallen) ** 2

    for eta in (-40.0, 20.0, 40.0):
        peak = min(max(eta / tau, 0), 60 / (1 - tau) if tau < 1 else np.inf)
        cuts = {0.0, peak, *(min(peak, 2.0**k) for k in range(7)), *(max(peak - 2.0**k / tau, 0.0) for k in range(7))}
        cuts = [*sorted(cuts), *(peak + k * k / (1 + tau) for k in range(1, 9))]
        with mpmath.workdps(40):  # the error it stops at is absolute
            wanted = mpmath.quad(lambda x, eta=eta: density(tau * x - eta) * density(x), cuts, maxdegree=5)
        assert float(agr_weights(eta, tau)[0]) == pytest.approx(float(wanted), rel=1e-9, abs=0)


@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize("tau", [0.01, *TAUS, 1000.0])
def test_the_cubics_of_the_table_are_within_a_billionth(tau, normalised):
    eta = np.random.default_rng(0).uniform(-TABLE_END, TABLE_END, 2000)
    table = slope_table(tau, normalised)
    assert not table.flags.writeable
    cubics = table.reshape(-1, 4)
    assert len(cubics) == 2 * TABLE_END * TABLE_PIECES
    piece, x = np.divmod((eta + TABLE_END) * TABLE_PIECES, 1)
    found = np.polynomial.polynomial.polyval(x, cubics[piece.astype(int)].T, tensor=False)
    up, down = agr_weights(eta, tau)
    np.testing.assert_allclose(found, up / (up + down) if normalised else up * (1 + np.exp(-eta)), rtol=1e-9, atol=0)
    # One cubic ends where the next begins.
    np.testing.assert_allclose(cubics[:-1].sum(axis=1), cubics[1:, 0], rtol=1e-12)


@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize("noise", ["gaussian", "logistic"])
@pytest.mark.parametrize("tau", [0.1, 1.0, 3.0])
def test_slopes_are_within_a_billionth_of_the_integral_in_compiled_code_and_in_torch(tau, noise, normalised):
    """Past the table's end, at |logit| = 40, the tail stands in: within a thousandth, but not at τ = 1."""
    far = {"gaussian": 8.5, "logistic": 39.5}[noise]
    z = np.concatenate([np.random.default_rng(2).uniform(-far, far, 300), [0.0, 1.2 * far, -1.2 * far]])
    spikes = (np.arange(len(z)) % 2).astype(float)
    side = np.where(spikes > 0, z, -z)
    lower, upper = special.log_ndtr([side, -side]) if noise == "gaussian" else special.log_expit([side, -side])
    bell = -(z**2) / 2 - np.log(2 * np.pi) / 2 if noise == "gaussian" else lower + upper
    up, down = agr_weights(lower - upper, tau)
    wanted = up * np.exp(bell - 2 * lower - upper)
    if normalised:
        wanted = up / (up + down) * np.exp(bell - lower)
    rule = UnitRule(gradient=f"agr({tau},normalised)" if normalised else f"agr({tau})", noise=noise)
    kind, number, law = rule.kernel
    compiled, row = np.empty_like(z), np.empty_like(z)
    slope_row(kind, number, law, rule.table, z, spikes, row, compiled)
    taken = rule.slopes(torch.tensor(z), 1.0, torch.tensor(spikes))[0].numpy()
    for found in (compiled, taken):
        np.testing.assert_allclose(found[:-2], wanted[:-2], rtol=1e-9, atol=0)
        np.testing.assert_allclose(found[-2:], wanted[-2:], rtol=0.5 if tau == 1 else 1e-3, atol=0)
    # Single precision keeps its own digits: logits are not rounded on the way.
    single = np.empty(len(z), np.float32)
    narrow = z.astype(np.float32)
    slope_row(kind, number, law, rule.table, narrow.astype(np.float64), spikes, row, compiled)
    slope_row(kind, number, law, rule.table, narrow, spikes.astype(np.float32), row, single)
    np.testing.assert_allclose(single, compiled, rtol=1e-7, atol=1e-37)


def test_all_rules_share_one_compiled_kernel():
    """Compilation is per type, and takes seconds: tables are of one type, also where there is none."""
    of = {numba.typeof(UnitRule(gradient=g).table) for g in ("st", "arctan", "agr", "agr(2)", "agr(1,normalised)")}
    assert len(of) == 1


@pytest.mark.parametrize("tau", [0.05, 0.5, 2.0, 5.0, 50.0, 500.0])
def test_beyond_the_table_the_weights_fall_as_their_tail(tau):
    for eta in (TABLE_END, 55.0, 120.0, 400.0):
        wanted = agr_weights(eta, tau)[0]
        found = agr_weights(TABLE_END, tau)[0] * np.exp(log_beyond_table(eta, tau))
        assert found == pytest.approx(wanted, rel=1e-3, abs=0)
    assert log_beyond_table([-50.0, 0.0, TABLE_END], tau).tolist() == [0, 0, 0]


@pytest.mark.parametrize("tau", TAUS)
@pytest.mark.parametrize("eta", ETAS)
def test_draws_of_the_noise_have_the_weights_for_their_mean(eta, tau):
    """Unconditional draws, told apart by what was sent: E[slope 1(b)] = W_b."""
    rng = np.random.default_rng(1)
    v = rng.random(400_000)
    relaxed = 1 / (1 + np.exp(-np.clip((eta + np.log(v) - np.log1p(-v)) / tau, -700, 700)))
    slope = relaxed * (1 - relaxed) / tau
    for sent, weight in zip((relaxed > 0.5, relaxed <= 0.5), agr_weights(eta, tau), strict=True):
        term = slope * sent
        assert abs(term.mean() - weight) < 5 * term.std() / np.sqrt(len(v))


@pytest.mark.parametrize("tau", [0.5, 5.0])
def test_the_drawn_estimator_tends_to_the_analytical_one_sample_by_sample(tau):
    eta = torch.tensor(ETAS, dtype=torch.float64)
    uniform = torch.tensor([[0.01, 0.99, 0.5], [0.9, 0.2, 0.95]], dtype=torch.float64)
    slope = torch.tensor([0.7, -1.1, 0.4], dtype=torch.float64)

    def loss(b):
        return b @ slope + (b @ slope) ** 2

    draws = torch.Generator().manual_seed(0)
    found = gumbel_rao(eta, loss, tau=tau, inner=100_000, uniform=uniform, generator=draws)
    rule = UnitRule(gradient=f"agr({tau})", noise="logistic")
    a = eta.expand(2, 3).clone().requires_grad_()
    b = rule.fire(a, uniform=uniform)
    loss(b).sum().backward()
    torch.testing.assert_close(found, a.grad, rtol=0.02, atol=1e-3)


def test_what_is_no_temperature_or_logit_is_refused():
    for tau in (0.0, -1.0, np.inf, np.nan):
        with pytest.raises(ConfigError, match="tau"):
            agr_weights(0.0, tau)
    with pytest.raises(DataError, match="`eta` must be finite"):
        agr_weights([0.0, np.inf], 1.0)
