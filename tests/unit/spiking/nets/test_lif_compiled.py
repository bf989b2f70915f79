"""LIF units under torch.compile: whole graphs, with the same spikes, slopes and complaints."""

import shutil

import pytest
import torch

from interplay._core.errors import DataError
from interplay.spiking.estimators import UnitRule
from interplay.spiking.nets import LIFState, lif, lif_step

T, B, N = 4, 3, 6
pytestmark = pytest.mark.filterwarnings("ignore")


def leaves(n_recurrent, spread):
    g = torch.Generator().manual_seed(n_recurrent)
    found = {
        "current": torch.randn(T, B, N, generator=g) + 0.5,
        "decay": torch.rand(N, generator=g) * 0.9,
        "membrane": torch.randn(B, N, generator=g),
        "spikes": (torch.randn(B, N, generator=g) > 0).float(),
    }
    if spread:
        found["variance"] = torch.rand(T, B, N, generator=g) + 0.2
    if n_recurrent > 0:
        found["mean"] = torch.randn(N, N, generator=g) * 0.5
    if n_recurrent > 1:
        found["square"] = torch.rand(N, N, generator=g) * 0.1
    return {name: leaf.requires_grad_() for name, leaf in found.items()}


def settings(of):
    recurrent = tuple(of[name] for name in ("mean", "square") if name in of) or None
    state = LIFState(of["membrane"], of["spikes"], 5)
    return {"decay": of["decay"], "variance": of.get("variance", 0.3), "recurrent": recurrent, "state": state}


def slopes(spikes, state, of):
    g = torch.Generator().manual_seed(9)
    weights = [torch.randn(x.shape, generator=g) for x in (spikes, *state[:2])]
    loss = sum((x * w).sum() for x, w in zip((spikes, *state[:2]), weights, strict=True))
    return torch.autograd.grad(loss, list(of.values()), allow_unused=True)


def same(found, expected):
    for mine, theirs in zip(found, expected, strict=True):
        none = torch.zeros(())
        assert torch.equal(*torch.broadcast_tensors(none if mine is None else mine, none if theirs is None else theirs))


CASES = [
    ("half", "gaussian", "hard", True, 0, True), ("agr(1)", "logistic", "soft", False, 2, True),
    ("st", "gaussian", "hard", False, 1, False), ("fast_sigmoid(5)", "gaussian", "soft", True, 0, False),
    ("arctan", "gaussian", "hard", False, 2, True),
]  # fmt: skip


@pytest.mark.parametrize(("gradient", "law", "reset", "detach", "n_recurrent", "spread"), CASES)
def test_a_sequence_compiles_whole(gradient, law, reset, detach, n_recurrent, spread):
    rule, of = UnitRule(gradient=gradient, noise=law), leaves(n_recurrent, spread)
    given = settings(of) | {"rule": rule, "reset": reset, "detach_reset": detach, "seed": 2**63 + 7}

    def run(current):
        return lif(current, **given)

    expected = run(of["current"])
    found = torch.compile(run, fullgraph=True, backend="aot_eager")(of["current"])
    assert torch.equal(found[0], expected[0])
    assert torch.equal(found[1].membrane, expected[1].membrane)
    assert found[1].step == 5 + T
    same(slopes(*found, of), slopes(*expected, of))


@pytest.mark.skipif(shutil.which("gcc") is None, reason="torch.compile needs a C compiler")
@pytest.mark.parametrize("kind", ["lists", "transposed"])
def test_generated_code_is_told_the_strides_of_what_comes(kind):
    """The default backend checks strides: where few units fire the weights' gradient is summed from lists."""
    steps, batch, n = (40, 16, 96) if kind == "lists" else (T, B, N)
    g = torch.Generator().manual_seed(1)
    current = torch.randn(steps, batch, n, generator=g).requires_grad_()
    mean, state = torch.randn(n, n, generator=g) * 0.05, torch.zeros(n, batch).t()
    mean = (mean.t() if kind == "transposed" else mean).requires_grad_()
    rule = UnitRule(gradient="half")

    def run(current, mean):
        before = LIFState(state, torch.zeros_like(state), 0)
        return lif(current, decay=torch.full((n,), 0.8), rule=rule, variance=0.3, recurrent=(mean,), state=before)[0]

    expected = run(current, mean)
    assert 0 < float(expected.detach().mean()) < 0.35
    with torch._inductor.config.patch(force_disable_caches=True):
        found = torch.compile(run, fullgraph=True)(current, mean)
        mine = torch.autograd.grad(found.sum(), (current, mean))
    same((found, *mine), (expected, *torch.autograd.grad(expected.sum(), (current, mean))))


@pytest.mark.skipif(shutil.which("gcc") is None, reason="torch.compile needs a C compiler")
def test_a_step_compiles_once_for_all_steps():
    """With a layer in front: step, seed and state come and go, and nothing is compiled anew after the fourth time."""
    g = torch.Generator().manual_seed(0)
    weight, decay = torch.randn(N, N, generator=g, requires_grad=True), torch.full((N,), 0.8)
    drive = torch.randn(12, B, N, generator=g)
    rule, counts = UnitRule(gradient="half"), torch._dynamo.utils.counters

    def step(x, state, seed):
        return lif_step(x @ weight, state, decay=decay, rule=rule, seed=seed, variance=0.5)

    def run(one):
        total = 0.0
        for seed in (3, 2**61 + 1, 17):
            state = LIFState(torch.zeros(B, N), torch.zeros(B, N))
            for t, x in enumerate(drive):
                fired, state = one(x, state, seed)
                total = total + (fired * x).sum() * (t + 1)
        return total, torch.autograd.grad(total, weight)[0]

    torch._dynamo.reset()
    counts.clear()
    found = run(torch.compile(step, fullgraph=True))
    assert counts["stats"]["unique_graphs"] <= 4
    expected = run(step)
    assert found[0] == expected[0]
    torch.testing.assert_close(found[1], expected[1])


def test_what_does_not_fit_is_refused_when_compiled_too():
    decay, rule = torch.full((N,), 0.5), UnitRule()
    run = torch.compile(lambda x, decay: lif_step(x, decay=decay, rule=rule)[0], fullgraph=True, backend="aot_eager")
    assert run(torch.zeros(B, N), decay).shape == (B, N)
    with pytest.raises(DataError, match="finite"):
        run(torch.full((B, N), float("nan")), decay)
    with pytest.raises(DataError, match="decay"):
        run(torch.zeros(B, N), decay + 1)
