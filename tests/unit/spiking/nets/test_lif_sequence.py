"""LIF sequences against a step-by-step implementation from the equations, with firing and slopes of its own."""

import itertools
import math
import threading
import time

import numpy as np
import pytest
import torch
from scipy import integrate, special

from interplay._core.errors import ConfigError, DataError
from interplay.spiking.estimators import UnitRule
from interplay.spiking.nets import LIFState, leaky_readout, lif, lif_autograd, lif_step
from interplay.spiking.nets.lif_noise import step_uniform
from interplay.spiking.nets.lif_sequence import lif_plain

STOCHASTIC = ("st", "half", "const(0.3)", "interp(0.4)", "power(0.5)", "agr(1)", "agr(0.3,normalised)")
THRESHOLD = ("fast_sigmoid(25)", "arctan(2)", "triangle(0.7)", "hard_tanh")
LAWS = ("gaussian", "logistic")
T, B, N = 6, 3, 5


def relaxed(logit, tau):
    """Give W1 and W0 of Gumbel-Rao by adaptive quadrature over the relaxed sample."""
    a = math.exp(logit)

    def h(s):
        return a * s**tau * (1 - s) ** tau / (s**tau + a * (1 - s) ** tau) ** 2

    return integrate.quad(h, 0.5, 1, epsabs=1e-13)[0], integrate.quad(h, 0, 0.5, epsabs=1e-13)[0]


def ratios(name, p):
    """Give q(b) / P(b) for b = 1 and b = 0, from the family's definition."""
    kind, _, rest = name.partition("(")
    number = float(rest.rstrip(")").split(",")[0]) if rest else None
    if kind == "agr":
        weights = np.array([relaxed(float(x), number) for x in special.logit(p).ravel()]).reshape(*p.shape, 2)
        if "normalised" in name:
            weights = weights / weights.sum(axis=-1, keepdims=True)
            return weights[..., 0] / p, weights[..., 1] / (1 - p)
        bend = p * (1 - p)
        return weights[..., 0] / p / bend, weights[..., 1] / (1 - p) / bend
    q = {
        "st": lambda: p,
        "half": lambda: 0.5 + 0 * p,
        "const": lambda: number + 0 * p,
        "interp": lambda: (1 - number) * p + number / 2,
        "power": lambda: p ** (1 - number) / (p ** (1 - number) + (1 - p) ** (1 - number)),
    }[kind]()
    return q / p, (1 - q) / (1 - p)


def surrogate(name, x):
    kind, _, rest = name.partition("(")
    k = float(rest.rstrip(")")) if rest else 0.0
    return {
        "fast_sigmoid": lambda: 1 / (1 + k * np.abs(x)) ** 2,
        "arctan": lambda: k / 2 / (1 + (math.pi * k * x / 2) ** 2),
        "triangle": lambda: np.maximum(0, 1 - np.abs(x) / k) / k,
        "hard_tanh": lambda: 0.5 * (np.abs(x) < 1),
    }[kind]()


class Spike(torch.autograd.Function):
    """Fire on z; back with the slope in z."""

    @staticmethod
    def forward(ctx, z, uniform, name, law):
        x = z.detach().numpy()
        if uniform is None:
            b, slope = x > 0, surrogate(name, x)
        else:
            p = special.ndtr(x) if law == "gaussian" else special.expit(x)
            f = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi) if law == "gaussian" else p * (1 - p)
            b = uniform.numpy() < p
            slope = f * np.where(b, *ratios(name, p))
        ctx.slope = torch.from_numpy(np.asarray(slope))
        return torch.from_numpy(b.astype(x.dtype))

    @staticmethod
    def backward(ctx, gradient):
        return gradient * ctx.slope, None, None, None


def stepwise(current, decay, rule, threshold, reset, variance, recurrent, state, seed, detach):
    v, b, out = state.membrane, state.spikes, []
    for t in range(len(current)):
        m = current[t]
        s2 = variance[t] if isinstance(variance, torch.Tensor) else torch.full_like(m, variance)
        if recurrent:
            m = m + torch.einsum("ij,bj->bi", recurrent[0], b)
            if len(recurrent) > 1:
                s2 = s2 + torch.einsum("ij,bj->bi", recurrent[1], b)
        held = b.detach() if detach else b
        v = decay * v * (1 - held) + m if reset == "hard" else decay * v - threshold * held + m
        uniform = step_uniform(seed, state.step + t, v) if rule.gradient in STOCHASTIC else None
        z = (v - threshold) / s2.sqrt() if uniform is not None else v - threshold
        b = Spike.apply(z, uniform, rule.gradient, rule.noise)
        out.append(b)
    return torch.stack(out), LIFState(v, b)


def problem(seed, *, spread, n_recurrent, dtype=torch.float64, shape=(T, B, N)):
    g = torch.Generator().manual_seed(seed)

    def normal(*size):
        return torch.randn(size, generator=g, dtype=dtype)

    n = shape[-1]
    leaves = {
        "current": normal(*shape) * 0.7 + 0.6,
        "decay": torch.rand(n, generator=g, dtype=dtype) * 0.95,
        "membrane": normal(*shape[1:]),
        "spikes": (normal(*shape[1:]) > 0).to(dtype),
    }
    if spread == "tensor":
        leaves["variance"] = torch.rand(shape, generator=g, dtype=dtype) + 0.2
    if n_recurrent > 0:
        leaves["mean"] = normal(n, n) * 0.5
    if n_recurrent > 1:
        leaves["square"] = normal(n, n) ** 2 * 0.1
    return {name: leaf.requires_grad_() for name, leaf in leaves.items()}, normal(*shape), normal(*shape[1:])


def settings(leaves, rule, **more):
    recurrent = tuple(leaves[name] for name in ("mean", "square") if name in leaves)
    return {
        "decay": leaves["decay"],
        "rule": rule,
        "variance": leaves.get("variance", 0.4),
        "recurrent": recurrent or None,
        "state": LIFState(leaves["membrane"], leaves["spikes"], 3),
        "seed": 5,
    } | more


def slopes(spikes, state, leaves, weight, last, of_last=0.3):
    loss = (spikes * weight).sum() + (state.membrane * last).sum() + of_last * (state.spikes * last).sum()
    found = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)
    return {k: torch.zeros_like(v) if g is None else g for (k, v), g in zip(leaves.items(), found, strict=True)}


CASES = [
    (gradient, law)
    for gradient in STOCHASTIC + THRESHOLD
    for law in (LAWS if gradient in STOCHASTIC else LAWS[:1])
]  # fmt: skip


@pytest.mark.parametrize("gradient", ["half", "fast_sigmoid(5)"])
@pytest.mark.parametrize("n", [128, 150])
@pytest.mark.parametrize("n_recurrent", [1, 2])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.filterwarnings("ignore:divide by zero")  # ratios of what cannot happen, which is not looked at
def test_few_spikes_among_units_are_added_row_by_row(monkeypatch, gradient, n, n_recurrent, dtype):
    """Some steps fire much and go the dense way, and a state that is no spikes does; all are the same sums."""
    asked, told = [], []
    monkeypatch.setattr("interplay.spiking.nets.spike_lists.LEAST", 0)
    monkeypatch.setattr("interplay.spiking.nets.lif_autograd.STEP_LEAST", 0)
    kept = lif_autograd.spike_lists
    monkeypatch.setattr(lif_autograd, "spike_lists", lambda x: asked.append(len(x)) or told.append(kept(x)) or told[-1])
    rule = UnitRule(gradient=gradient)
    leaves, weight, last = problem(0, spread="tensor", n_recurrent=n_recurrent, shape=(5, 2, n), dtype=dtype)
    with torch.no_grad():
        leaves["current"][3] += 2
        leaves["mean"] /= 10
        leaves["spikes"] *= 0.5
    given = settings(leaves, rule, threshold=2.0)
    spikes, state = lif(leaves["current"], detach_reset=False, **given)
    expected, after = stepwise(
        leaves["current"], leaves["decay"], rule, 2.0, "hard", given["variance"], given["recurrent"], given["state"],
        5, False,
    )  # fmt: skip
    assert torch.equal(spikes, expected)
    mine, theirs = (slopes(s, x, leaves, weight, last) for s, x in ((spikes, state), (expected, after)))
    # Asked in every step, and once for all on each way back; the first state is no spikes, the burst too many.
    assert asked == [2] * 5 + [10]
    assert [x is not None for x in told] == [False, True, True, True, False, False]
    for name, slope in theirs.items():
        torch.testing.assert_close(mine[name], slope, rtol=1e-4, atol=1e-4 if dtype == torch.float32 else 1e-10)
    sparse = leaves | {"spikes": torch.zeros_like(leaves["spikes"]).requires_grad_()}
    with torch.no_grad():
        sparse["current"][3] -= 2
    given = settings(sparse, rule, threshold=2.0)
    mine = slopes(*lif(sparse["current"], detach_reset=False, **given), sparse, weight, last)
    theirs = stepwise(
        sparse["current"], sparse["decay"], rule, 2.0, "hard", given["variance"], given["recurrent"], given["state"],
        5, False,
    )  # fmt: skip
    assert told[-1] is not None
    for name, slope in slopes(*theirs, sparse, weight, last).items():
        torch.testing.assert_close(mine[name], slope, rtol=1e-4, atol=1e-4 if dtype == torch.float32 else 1e-10)


@pytest.mark.parametrize(("gradient", "law"), CASES)
@pytest.mark.parametrize("reset", ["hard", "soft"])
@pytest.mark.parametrize("detach", [True, False])
def test_spikes_and_gradients_are_those_of_the_equations(gradient, law, reset, detach):
    rule = UnitRule(gradient=gradient, noise=law)
    # The tables of Gumbel-Rao weights are read with linear interpolation.
    close = {"rtol": 3e-5, "atol": 3e-5} if "agr" in gradient else {"rtol": 1e-10, "atol": 1e-10}
    for spread, n_recurrent in itertools.product(("tensor", "number"), (0, 1, 2)):
        leaves, weight, last = problem(n_recurrent, spread=spread, n_recurrent=n_recurrent)
        given = settings(leaves, rule, reset=reset, threshold=0.8)
        spikes, state = lif(leaves["current"], detach_reset=detach, **given)
        expected, after = stepwise(
            leaves["current"], leaves["decay"], rule, 0.8, reset, given["variance"], given["recurrent"],
            given["state"], 5, detach,
        )  # fmt: skip
        assert torch.equal(spikes, expected)
        assert 0.1 < float(spikes.detach().mean()) < 0.9
        torch.testing.assert_close(state.membrane, after.membrane, rtol=1e-12, atol=1e-12)
        assert torch.equal(state.spikes, spikes[-1])
        assert state.step == 3 + T
        mine, theirs = (slopes(s, x, leaves, weight, last) for s, x in ((spikes, state), (expected, after)))
        for name, slope in theirs.items():
            torch.testing.assert_close(mine[name], slope, msg=lambda m, n=name: f"{n}: {m}", **close)


@pytest.mark.parametrize(("gradient", "law"), CASES)
def test_the_plain_torch_path_says_the_same(gradient, law):
    rule = UnitRule(gradient=gradient, noise=law)
    for reset, detach, n_recurrent in itertools.product(("hard", "soft"), (True, False), (0, 2)):
        leaves, weight, last = problem(7, spread="tensor", n_recurrent=n_recurrent)
        given = settings(leaves, rule, reset=reset, threshold=1.0, detach_reset=detach)
        found = [function(leaves["current"], **given) for function in (lif, lif_plain)]
        assert torch.equal(found[0][0], found[1][0])
        mine, theirs = (slopes(*pair, leaves, weight, last) for pair in found)
        for name, slope in theirs.items():
            torch.testing.assert_close(mine[name], slope, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("reset", ["hard", "soft"])
def test_forward_is_the_double_loop(reset):
    rng = np.random.default_rng(0)
    current, decay = rng.normal(0.5, 1, (T, B, N)), rng.random(N) * 0.9
    v, b, expected = np.zeros((B, N)), np.zeros((B, N)), np.zeros((T, B, N))
    for t, k, n in itertools.product(range(T), range(B), range(N)):
        kept = decay[n] * v[k, n]
        v[k, n] = current[t, k, n] + (kept * (1 - b[k, n]) if reset == "hard" else kept - 1.5 * b[k, n])
        b[k, n] = expected[t, k, n] = float(v[k, n] > 1.5)
    found, state = lif(
        torch.from_numpy(current), decay=torch.from_numpy(decay), rule=UnitRule(gradient="arctan"), threshold=1.5,
        reset=reset,
    )  # fmt: skip
    np.testing.assert_array_equal(found.numpy(), expected)
    np.testing.assert_allclose(state.membrane.numpy(), v, rtol=1e-14)


@pytest.mark.parametrize("gradient", ["half", "arctan"])
@pytest.mark.parametrize("n_recurrent", [0, 2])
def test_steps_and_parts_make_the_sequence(gradient, n_recurrent):
    """One call, two calls with the state handed on, and T single steps: one result, one gradient."""
    leaves, weight, last = problem(1, spread="tensor", n_recurrent=n_recurrent)
    given = settings(leaves, UnitRule(gradient=gradient))
    variance, start = given.pop("variance"), given.pop("state")
    current = leaves["current"]
    found = []
    for parts in ([slice(0, T)], [slice(0, 2), slice(2, T)], [slice(t, t + 1) for t in range(T)]):
        state, out = start, []
        for part in parts:
            spikes, state = lif(current[part], variance=variance[part], state=state, **given)
            out.append(spikes)
        found.append((torch.cat(out), state))
    state, out = start, []
    for t in range(T):
        spikes, state = lif_step(current[t], state, variance=variance[t], **given)
        out.append(spikes)
    found.append((torch.stack(out), state))
    whole = slopes(*found[0], leaves, weight, last)
    for spikes, state in found[1:]:
        assert torch.equal(spikes, found[0][0])
        # Products with weights among units round by where their arrays lie.
        if n_recurrent == 0:
            assert torch.equal(state.membrane, found[0][1].membrane)
        torch.testing.assert_close(state.membrane, found[0][1].membrane, rtol=1e-13, atol=1e-13)
        assert state.step == found[0][1].step
        for name, slope in slopes(spikes, state, leaves, weight, last).items():
            torch.testing.assert_close(slope, whole[name], rtol=1e-11, atol=1e-11)


def test_single_precision_is_the_double_one_rounded():
    rule = UnitRule(gradient="interp(0.5)")
    leaves, weight, last = problem(2, spread="tensor", n_recurrent=2)
    spikes, state = lif(leaves["current"], **settings(leaves, rule))
    narrow = {name: leaf.detach().float().requires_grad_() for name, leaf in leaves.items()}
    few, after = lif(narrow["current"], **settings(narrow, rule))
    assert few.dtype == torch.float32
    assert torch.equal(few.double(), spikes)
    wide = slopes(spikes, state, leaves, weight, last)
    for name, slope in slopes(few, after, narrow, weight.float(), last.float()).items():
        torch.testing.assert_close(slope.double(), wide[name], rtol=1e-4, atol=1e-4)
    plain, _ = lif_plain(narrow["current"], **settings(narrow, rule, reset="hard", threshold=1.0, detach_reset=True))
    assert torch.equal(plain, few)


def test_firing_follows_its_probability():
    """Frequencies over many steps of constant drive, without memory between them."""
    for law, cdf in (("gaussian", special.ndtr), ("logistic", special.expit)):
        rule, z = UnitRule(noise=law), torch.linspace(-2.5, 2.5, 6, dtype=torch.float64)
        spikes, _ = lif((1 + 0.5 * z).expand(4000, 10, 6), decay=torch.zeros(6).double(), rule=rule, variance=0.25)
        np.testing.assert_allclose(spikes.mean(dim=(0, 1)).numpy(), cdf(z.numpy()), atol=0.01)


def test_samples_and_units_do_not_touch_each_other():
    """A change of one sample's current moves that sample's spikes only, and with it later steps only."""
    leaves, _, _ = problem(3, spread="tensor", n_recurrent=2)
    given = settings(leaves, UnitRule(gradient="half"))
    spikes, _ = lif(leaves["current"], **given)
    changed = leaves["current"].detach().clone()
    changed[3, 1] += 5
    moved = lif(changed, **given)[0] != spikes
    assert moved[3:, 1].any()
    assert not moved[:3].any()
    assert not moved[:, [0, 2]].any()


def test_nothing_given_is_changed():
    for gradient in ("half", "arctan"):
        leaves, weight, last = problem(4, spread="tensor", n_recurrent=2)
        before = {name: leaf.detach().clone() for name, leaf in leaves.items()}
        kept = weight.clone()
        slopes(
            *lif(leaves["current"], detach_reset=False, **settings(leaves, UnitRule(gradient=gradient))),
            leaves,
            weight,
            last,
        )
        assert all(torch.equal(leaf, before[name]) for name, leaf in leaves.items())
        assert torch.equal(weight, kept)


def test_layout_of_the_input_does_not_matter():
    leaves, weight, last = problem(5, spread="tensor", n_recurrent=0)
    rule = UnitRule(gradient="half")
    spikes, state = lif(leaves["current"], **settings(leaves, rule))
    turned = dict(leaves)
    for name in ("current", "variance"):
        turned[name] = leaves[name].detach().permute(2, 1, 0).contiguous().permute(2, 1, 0).requires_grad_()
    turned["membrane"] = leaves["membrane"].detach().t().contiguous().t().requires_grad_()
    found, after = lif(turned["current"], **settings(turned, rule))
    assert torch.equal(found, spikes)
    expected = slopes(spikes, state, leaves, weight, last)
    for name, slope in slopes(found, after, turned, weight, last).items():
        torch.testing.assert_close(slope, expected[name])
    same = torch.tensor([0.9]).expand(N)
    assert lif(torch.ones(T, B, N), decay=same, rule=UnitRule(gradient="arctan"))[0].shape == (T, B, N)


def test_a_state_holds_its_own_memory():
    """A view of the last step would keep all steps alive."""
    spikes, state = lif(torch.ones(T, B, N), decay=torch.full((N,), 0.5), rule=UnitRule())
    for tensor in state[:2]:
        assert tensor.untyped_storage().nbytes() == B * N * 4
    assert torch.equal(state.spikes, spikes[-1])


@pytest.mark.parametrize("gradient", ["half", "agr(1)", "fast_sigmoid"])
def test_silence_and_storms_stay_finite(gradient):
    for drive in (0.0, -1e6, 1e6):
        for dtype in (torch.float32, torch.float64):
            current = torch.full((T, B, N), drive, dtype=dtype, requires_grad=True)
            decay = torch.full((N,), 0.9, dtype=dtype, requires_grad=True)
            variance = torch.full((T, B, N), 1e-6, dtype=dtype, requires_grad=True)
            spikes, _ = lif(current, decay=decay, rule=UnitRule(gradient=gradient), variance=variance)
            assert float(spikes.detach().mean()) == (1.0 if drive > 1 else 0.0)
            for slope in torch.autograd.grad(spikes.sum(), [current, decay, variance], allow_unused=True):
                assert slope is None or torch.isfinite(slope).all()


def test_no_steps_no_samples_no_units():
    rule, decay = UnitRule(gradient="half"), torch.full((N,), 0.5)
    state = LIFState(torch.ones(B, N), torch.zeros(B, N), 4)
    spikes, after = lif(torch.zeros(0, B, N), decay=decay, rule=rule, state=state)
    assert spikes.shape == (0, B, N)
    assert after is state
    assert lif(torch.zeros(T, 0, N), decay=decay, rule=rule)[0].shape == (T, 0, N)
    assert lif(torch.zeros(T, B, 0), decay=decay[:0], rule=rule)[0].shape == (T, B, 0)


def broken(**more):
    return {"current": torch.zeros(T, B, N), "decay": torch.full((N,), 0.5), "rule": UnitRule()} | more


NAN = float("nan")


@pytest.mark.parametrize(
    ("given", "error", "named"),
    [
        ({"current": torch.zeros(T, N)}, DataError, "current"),
        ({"current": torch.zeros(T, B, N, dtype=torch.int64)}, DataError, "current"),
        ({"current": torch.full((T, B, N), NAN)}, DataError, "current.*finite"),
        ({"current": torch.full((T, B, N), -math.inf)}, DataError, "current.*finite"),
        ({"decay": torch.full((N + 1,), 0.5)}, DataError, "decay"),
        ({"decay": torch.full((N,), 0.5).double()}, DataError, "decay"),
        ({"decay": torch.full((N,), 1.0)}, DataError, r"decay.*\[0, 1\)"),
        ({"decay": torch.full((N,), -0.1)}, DataError, r"decay.*\[0, 1\)"),
        ({"decay": torch.full((N,), NAN)}, DataError, r"decay.*\[0, 1\)"),
        ({"threshold": 0.0}, ConfigError, "threshold"),
        ({"threshold": NAN}, ConfigError, "threshold"),
        ({"reset": "half"}, ConfigError, "reset"),
        ({"rule": UnitRule(code="pm1")}, ConfigError, "rule"),
        ({"seed": -1}, ConfigError, "seed"),
        ({"seed": 2**64}, ConfigError, "seed"),
        ({"variance": 0.0}, ConfigError, "variance"),
        ({"variance": NAN}, ConfigError, "variance"),
        ({"variance": torch.zeros(T, B, N)}, DataError, "variance.*above 0"),
        ({"variance": torch.full((T, B, N), NAN)}, DataError, "variance.*above 0"),
        ({"variance": torch.full((T, B, N), math.inf)}, DataError, "variance.*finite"),
        ({"variance": torch.ones(B, N)}, DataError, "variance.*shape"),
        ({"recurrent": (torch.zeros(N, N + 1),)}, DataError, r"recurrent\[0\]"),
        ({"recurrent": (torch.zeros(N, N).double(),)}, DataError, r"recurrent\[0\].*type"),
        ({"recurrent": (torch.full((N, N), NAN),)}, DataError, r"recurrent\[0\].*finite"),
        ({"recurrent": (torch.zeros(N, N), torch.full((N, N), -1.0))}, DataError, r"recurrent\[1\].*variances"),
        ({"recurrent": (torch.zeros(N, N),) * 3}, DataError, "recurrent.*mean"),
        ({"state": LIFState(torch.zeros(N), torch.zeros(B, N))}, DataError, "state.membrane"),
        ({"state": LIFState(torch.zeros(B, N), torch.zeros(B, N).double())}, DataError, "state.spikes"),
        ({"state": LIFState(torch.full((B, N), NAN), torch.zeros(B, N))}, DataError, "state.membrane.*finite"),
        ({"state": LIFState(torch.zeros(B, N), torch.full((B, N), math.inf))}, DataError, "state.spikes.*finite"),
    ],
)
def test_what_does_not_fit_is_refused(given, error, named):
    parts = broken(**given)
    with pytest.raises(error, match=named):
        lif(parts.pop("current"), **parts)


def test_a_step_wants_two_axes():
    with pytest.raises(DataError, match="one step"):
        lif_step(torch.zeros(T, B, N), decay=torch.full((N,), 0.5), rule=UnitRule())


def test_second_derivatives_are_refused():
    """They would leave out the slopes' own dependence in silence."""
    current = torch.zeros(T, B, N, requires_grad=True)
    spikes, _ = lif(current, decay=torch.full((N,), 0.5), rule=UnitRule())
    (slope,) = torch.autograd.grad((spikes * current).sum(), current, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        slope.sum().backward()


def test_the_readout_is_the_mean_of_leaky_integrators():
    x = torch.randn(T, B, N, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    y, total = torch.zeros(B, N).double(), torch.zeros(B, N).double()
    for t in range(T):
        y = 0.7 * y + 0.3 * x[t]
        total = total + y
    torch.testing.assert_close(leaky_readout(x, 0.7), total / T, rtol=1e-13, atol=1e-13)
    with pytest.raises(DataError, match="current"):
        leaky_readout(x[0], 0.7)
    with pytest.raises(ConfigError, match="decay"):
        leaky_readout(x, 1.0)


@pytest.mark.slow
def test_other_threads_run_meanwhile():
    """The kernels hold no lock: a thread that counts gets on during one long call."""
    current, decay = torch.zeros(400, 64, 512), torch.full((512,), 0.9)
    rule = UnitRule()
    lif(current[:1], decay=decay, rule=rule)
    marks, over = [], threading.Event()

    def count():
        while not over.is_set():
            marks.append(time.perf_counter())
            time.sleep(1e-4)

    thread = threading.Thread(target=count)
    thread.start()
    began = time.perf_counter()
    lif(current, decay=decay, rule=rule)
    ended = time.perf_counter()
    over.set()
    thread.join()
    # Without the lock given back there would be none between a twentieth after the beginning and before the end.
    assert sum(began + 0.25 * (ended - began) < mark < ended - 0.25 * (ended - began) for mark in marks) > 3
