"""The Perceiver: by sums and by tokens alike, gradients right, missing regions silent, sizes free."""

import copy

import numpy as np
import pytest
import torch
from tests.oracles.brain_perceiver import lattice_sums, published_forward

from interplay._core.errors import ConfigError
from interplay.represent.brain.functional import ContextStream
from interplay.represent.brain.lattice import lattice_attention, region_shares
from interplay.represent.brain.perceiver import Perceiver
from interplay.tensors import seeded_torch


def drawn(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def inputs(n_batch=2, n_regions=5, n_times=9, width=16, dtype=torch.float64):
    sizes = ((n_regions, width), (n_times, width), (n_regions, n_times), (n_regions, width))
    return [drawn(n_batch, *size, seed=k, dtype=dtype) for k, size in enumerate(sizes)]


def parts(n_regions=5, n_times=9, dtype=torch.float64, **sizes):
    with seeded_torch(0, "test"):
        context = ContextStream().to(dtype)
        perceiver = Perceiver(n_regions, n_times, **{"width": 16, "part": 4, "hidden": 8} | sizes).to(dtype).eval()
    with torch.no_grad():
        for k, parameter in enumerate(perceiver.parameters()):
            parameter += 0.1 * drawn(*parameter.shape, seed=k, dtype=dtype)
    return context, perceiver


PRESENT = torch.tensor([[True, False, True, True, True], [True] * 5])


def test_the_function_is_the_sum_over_all_pairs_and_differentiable_by_all_it_takes():
    p, q, u, x = (drawn(2, 2, 3, 4), drawn(2, 2, 3, 6), drawn(2, 2, 3, 5), drawn(2, 4, 6))
    inverse, present = drawn(2, 4, 6).abs() + 0.3, torch.tensor([[True, True, False, True], [True] * 4])
    found = [*lattice_attention(p, q, u, x, inverse, present), region_shares(p, q, u, x, inverse, present)]
    for b in range(2):
        for h in range(2):
            one = [part.numpy() for part in (p[b, h], q[b, h], u[b, h], x[b], inverse[b], present[b])]
            for ours, known in zip(found, lattice_sums(*one), strict=True):
                np.testing.assert_allclose(ours[b, h], known, rtol=1e-12, atol=1e-14)
    floats = [part.requires_grad_() for part in (p, q, u, x, inverse)]
    assert torch.autograd.gradcheck(lambda *given: lattice_attention(*given, present), floats)


def test_threads_change_no_bit(monkeypatch):
    given = [drawn(3, 2, 7, n, dtype=torch.float32) for n in (8, 20, 5)]
    x, inverse = drawn(3, 8, 20, dtype=torch.float32), drawn(3, 8, 20, dtype=torch.float32).abs() + 0.3

    def run():
        floats = [part.clone().requires_grad_() for part in (*given, x, inverse)]
        out = lattice_attention(*floats)
        torch.cat([part.flatten() for part in out]).sin().sum().backward()
        return [*out, *(part.grad for part in floats)]

    found = []
    for threads in (1, 4):
        monkeypatch.setattr(torch, "get_num_threads", lambda threads=threads: threads)
        found.append(run())
    assert all(torch.equal(a, b) for a, b in zip(*found, strict=True))


@pytest.mark.parametrize("present", [None, PRESENT])
def test_sums_and_tokens_give_the_same_values_and_gradients(present):
    context, perceiver = parts()
    found = []
    for path in ("lattice", "tokens"):
        perceiver.path = path
        given = [part.requires_grad_() for part in inputs()]
        moved = [*given, *perceiver.parameters(), context.conv1d.weight, context.conv1d.bias]
        restored, latents = perceiver(given[0], given[1], given[2], context, given[3], present)
        slopes = torch.autograd.grad(restored.square().sum() + latents.sin().sum(), moved)
        assert all(slope.abs().max() > 0 for slope in slopes)
        found.append([restored, latents, *slopes])
    for ours, plain in zip(*found, strict=True):
        torch.testing.assert_close(ours, plain, rtol=1e-9, atol=1e-11)


def test_single_precision_is_as_close_by_sums_as_by_tokens():
    context, perceiver = parts()
    given = inputs(n_regions=5, n_times=9)
    exact = perceiver(given[0], given[1], given[2], context, given[3])[0]
    single = copy.deepcopy(perceiver).float()
    small = [part.float() for part in given]
    for path in ("lattice", "tokens"):
        single.path = path
        ours = single(small[0], small[1], small[2], copy.deepcopy(context).float(), small[3])[0]
        torch.testing.assert_close(ours.double(), exact, rtol=0, atol=1e-5)


def test_half_precision_around_it_stays_out_of_the_sums():
    context, perceiver = parts(dtype=torch.float32)
    given = inputs(dtype=torch.float32)
    plain = perceiver(given[0], given[1], given[2], context, given[3])[0]
    for path in ("lattice", "tokens"):
        perceiver.path = path
        with torch.autocast("cpu", torch.bfloat16):
            narrow = [part.bfloat16() for part in given]
            ours = perceiver(narrow[0], narrow[1], narrow[2], context, narrow[3])[0]
        assert (ours.float() - plain).square().mean() < 0.01 * plain.square().mean()


@pytest.mark.parametrize("path", ["lattice", "tokens"])
def test_a_missing_region_is_heard_by_nobody_yet_has_a_latent(path):
    context, perceiver = parts(path=path)
    given = inputs()
    noisy = [given[0].clone(), given[1], given[2].clone()]
    noisy[0][0, 1], noisy[2][0, 1] = 1e3, -1e3
    first = perceiver(given[0], given[1], given[2], context, given[3], PRESENT)
    second = perceiver(noisy[0], noisy[1], noisy[2], context, given[3], PRESENT)
    for a, b in zip(first, second, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)
        assert a.isfinite().all()
    moved = given[3].clone()
    moved[0, 1] += 5.0
    other = perceiver(given[0], given[1], given[2], context, moved, PRESENT)
    for a, b in zip(first, other, strict=True):
        torch.testing.assert_close(a[PRESENT], b[PRESENT], rtol=0, atol=0)
        assert (a[0, 1] != b[0, 1]).any()


def test_latents_of_a_scan_without_regions_find_nothing():
    context, perceiver = parts()
    given, present = inputs(), torch.tensor([[False] * 5, [True] * 5])
    for path in ("lattice", "tokens"):
        perceiver.path = path
        found = perceiver.read(given[0], given[1], given[2], context, given[3], present)
        bias = perceiver.cross_attn.out_proj.bias
        torch.testing.assert_close(found[0], bias.expand(5, -1))
        assert (found[1] != bias).all()


def test_attention_to_regions_sums_to_one_and_is_that_of_the_tokens():
    context, perceiver = parts()
    given = inputs()
    found = perceiver.attention_by_region(given[0], given[1], given[2], context, given[3], PRESENT)
    torch.testing.assert_close(found.sum(-1), torch.ones(2, 5, dtype=torch.float64))
    assert (found[0, :, 1] == 0).all()
    state = [{k: v.numpy() for k, v in part.state_dict().items()} for part in (context, perceiver)]
    restored, latents = perceiver(given[0], given[1], given[2], context, given[3])
    whole = perceiver.attention_by_region(given[0], given[1], given[2], context, given[3])
    for b in range(2):
        known = published_forward(*state, *(part[b].numpy() for part in given))
        for ours, plain in zip((restored[b], latents[b], whole[b]), known, strict=True):
            np.testing.assert_allclose(ours.detach(), plain, rtol=1e-9, atol=1e-11)


def test_the_order_of_regions_does_not_matter_where_latents_are_alike():
    context, perceiver = parts()
    with torch.no_grad():
        perceiver.latents[:] = perceiver.latents[0].clone()
    given, order = inputs(), torch.tensor([3, 0, 4, 1, 2])
    plain = perceiver(given[0], given[1], given[2], context, given[3])
    moved = perceiver(given[0][:, order], given[1], given[2][:, order], context, given[3][:, order])
    for a, b in zip(plain, moved, strict=True):
        torch.testing.assert_close(a[:, order], b, rtol=1e-10, atol=1e-12)


def test_batches_do_not_mix_and_one_region_and_one_time_are_enough():
    context, perceiver = parts(n_regions=1, n_times=1)
    given = inputs(n_regions=1, n_times=1)
    both = perceiver(given[0], given[1], given[2], context, given[3])[0]
    alone = perceiver(given[0][:1], given[1][:1], given[2][:1], context, given[3][:1])[0]
    assert both.shape == (2, 1, 1)
    torch.testing.assert_close(both[:1], alone)


def test_constant_and_huge_series_give_finite_numbers():
    context, perceiver = parts(dtype=torch.float32)
    given = inputs(dtype=torch.float32)
    for series in (torch.zeros_like(given[2]), torch.full_like(given[2], 1e6), given[2] * 1e-20):
        series = series.requires_grad_()
        restored, _ = perceiver(given[0], given[1], series, context, given[3])
        restored.sum().backward()
        assert restored.isfinite().all()
        assert series.grad.isfinite().all()


def test_parameters_are_as_many_as_published():
    def count(**sizes):
        with torch.device("meta"):
            return sum(p.numel() for p in Perceiver(450, 200, **sizes).parameters())

    assert count() == 451_848
    assert count(part=128, layers=2) == 694_984


def test_an_unknown_path_is_refused():
    with pytest.raises(ConfigError, match="Unknown path 'lattices'; did you mean 'lattice'"):
        Perceiver(3, 4, path="lattices")


def test_other_devices_go_by_tokens():
    context, perceiver = parts(dtype=torch.float32)
    given = [part.to("meta") for part in inputs(dtype=torch.float32)]
    restored, latents = perceiver.to("meta")(given[0], given[1], given[2], context.to("meta"), given[3])
    assert restored.shape == (2, 5, 9)
    assert latents.shape == (2, 5, 16)
    found = perceiver.attention_by_region(given[0], given[1], given[2], context, given[3])
    assert found.shape == (2, 5, 5)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_a_card_gives_the_same_to_rounding():
    context, perceiver = parts(dtype=torch.float32)
    given = inputs(dtype=torch.float32)
    plain = perceiver(given[0], given[1], given[2], context, given[3], PRESENT)[0]
    card = [part.cuda() for part in given]
    ours = perceiver.cuda()(card[0], card[1], card[2], context.cuda(), card[3], PRESENT.cuda())[0]
    torch.testing.assert_close(ours.cpu(), plain, rtol=1e-3, atol=1e-3)
