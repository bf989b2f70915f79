"""The layer that adds rows where few fire, against the dense product in double precision."""

import pytest
import torch

from interplay.spiking.nets.spike_linear import _SpikeProduct, spike_linear


def problem(rows, n_in, n_out, rate, dtype, *, bias=True, lead=()):
    g = torch.Generator().manual_seed(0)
    x = (torch.rand(*lead, rows, n_in, generator=g) < rate).to(dtype).requires_grad_()
    weight = torch.randn(n_out, n_in, generator=g, dtype=dtype).requires_grad_()
    offset = torch.randn(n_out, generator=g, dtype=dtype).requires_grad_() if bias else None
    return x, weight, offset, torch.randn(*lead, rows, n_out, generator=g, dtype=dtype)


def both(x, weight, bias, upon):
    """Give the result and all gradients, from the layer and from the dense product in double precision."""
    found = []
    for function in (spike_linear, torch.nn.functional.linear):
        wide = function is not spike_linear
        given = [None if p is None else p.double() if wide else p for p in (x, weight, bias)]
        out = function(*given)
        leaves = [p for p in (x, weight, bias) if p is not None and p.requires_grad]
        found.append((out, *torch.autograd.grad((out * upon).sum(), leaves)))
    return zip(*found, strict=True)


@pytest.fixture
def sparse_only(monkeypatch):
    """Count the calls of the sum of rows, whose threshold of size is taken away."""
    calls = []
    kept = _SpikeProduct.apply
    monkeypatch.setattr("interplay.spiking.nets.spike_lists.LEAST", 0)
    monkeypatch.setattr(_SpikeProduct, "apply", lambda *given: calls.append(1) or kept(*given))
    return calls


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("rows", "n_in", "n_out"), [(3, 5, 7), (801, 20, 128), (1700, 33, 130), (1, 1, 1)])
@pytest.mark.parametrize("bias", [True, False])
def test_it_is_the_dense_product(sparse_only, rows, n_in, n_out, dtype, bias):
    close = {"rtol": 1e-4, "atol": 1e-3} if dtype == torch.float32 else {"rtol": 1e-11, "atol": 1e-11}
    x, weight, offset, upon = problem(rows, n_in, n_out, 0.15, dtype, bias=bias)
    for mine, dense in both(x, weight, offset, upon):
        assert mine.dtype == dtype
        torch.testing.assert_close(mine.double(), dense.double(), **close)
    assert sparse_only


def test_leading_axes_and_layout_do_not_matter(sparse_only):
    x, weight, bias, upon = problem(9, 12, 10, 0.2, torch.float64, lead=(4, 2))
    for mine, dense in both(x, weight, bias, upon):
        torch.testing.assert_close(mine, dense, rtol=1e-12, atol=1e-12)
    turned = x.detach().permute(2, 1, 0, 3).contiguous().permute(2, 1, 0, 3).requires_grad_()
    columns = weight.detach().t().contiguous().t().requires_grad_()
    for mine, dense in both(turned, columns, bias, upon):
        torch.testing.assert_close(mine, dense, rtol=1e-12, atol=1e-12)
    assert len(sparse_only) == 2


def test_silence_gives_the_bias(sparse_only):
    x, weight, bias, upon = problem(30, 12, 10, 0.0, torch.float64)
    out = spike_linear(x, weight, bias)
    assert torch.equal(out, bias.expand(30, 10))
    by_weight, by_x = torch.autograd.grad((out * upon).sum(), [weight, x])
    assert not by_weight.any()
    torch.testing.assert_close(by_x, upon @ weight)
    assert sparse_only


@pytest.mark.parametrize(("rate", "sparse"), [(0.1, True), (0.6, False), (1.0, False)])
def test_many_spikes_go_the_dense_way(sparse_only, rate, sparse):
    x, weight, bias, upon = problem(40, 50, 10, rate, torch.float64)
    for mine, dense in both(x, weight, bias, upon):
        torch.testing.assert_close(mine, dense, rtol=1e-12, atol=1e-12)
    assert bool(sparse_only) == sparse


@pytest.mark.parametrize("odd", [0.5, 2.0, -1.0, float("nan")])
def test_numbers_go_the_dense_way(sparse_only, odd):
    x, weight, bias, _ = problem(40, 50, 10, 0.1, torch.float64)
    x = x.detach().clone()
    x[7, 3] = odd
    torch.testing.assert_close(
        spike_linear(x, weight, bias), torch.nn.functional.linear(x, weight, bias), equal_nan=True, rtol=0, atol=0
    )
    assert not sparse_only


def test_small_products_are_left_alone():
    x, weight, bias, _ = problem(3, 5, 7, 0.2, torch.float64)
    assert torch.equal(spike_linear(x, weight, bias), torch.nn.functional.linear(x, weight, bias))


def test_what_does_not_fit_is_refused_by_torch(sparse_only):
    x, weight, bias, _ = problem(40, 50, 10, 0.1, torch.float32)
    for given in ((x[:, :49], weight, bias), (x, weight.double(), bias), (x, weight, bias.double())):
        with pytest.raises(RuntimeError):
            spike_linear(*given)
    assert not sparse_only
    half = spike_linear(x.bfloat16(), weight.bfloat16())
    assert half.dtype == torch.bfloat16


def test_only_what_is_wanted_is_computed(sparse_only):
    x, weight, bias, upon = problem(40, 50, 10, 0.1, torch.float64)
    spikes = x.detach()
    spike_linear(spikes, weight, bias).backward(upon)
    torch.testing.assert_close(weight.grad, upon.t() @ spikes)
    torch.testing.assert_close(bias.grad, upon.sum(dim=0))
    assert spikes.grad is None
    assert sparse_only
