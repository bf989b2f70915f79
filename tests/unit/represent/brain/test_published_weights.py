"""The published weights load into the default shapes, and the forward is that of plain numpy."""

import numpy as np
import pytest
import torch
from tests.oracles.brain_perceiver import published_forward

from interplay._core.errors import DataError
from interplay.represent.brain.functional import ContextStream
from interplay.represent.brain.perceiver import Perceiver
from interplay.represent.brain.published import load_published
from interplay.tensors import seeded_torch


@pytest.fixture
def folder(data_dir):
    found = data_dir / "weights_brainsymphony"
    if not (found / "fusion.pth").is_file():
        pytest.skip(f"no published weights at {found}")
    return found


def compare(folder, n_times, close, dtype):
    """Give the greatest differences from numpy, relative to the greatest number, of what one made scan yields."""
    parts = load_published(folder)
    state = [{name: v.double().numpy() for name, v in part.state_dict().items()} for part in parts]
    rng = np.random.default_rng(0)
    regions, times, positions = (rng.normal(size=(n, 128)) for n in (450, n_times, 450))
    series = np.cumsum(rng.normal(size=(450, n_times)), axis=1) / 4
    known = published_forward(*state, regions, times, series, positions)
    context, perceiver = (part.to(dtype) for part in parts)
    given = [torch.from_numpy(part)[None].to(dtype) for part in (regions, times, series, positions)]
    with torch.no_grad():
        restored, latents = perceiver(given[0], given[1], given[2], context, given[3])
        seen = perceiver.attention_by_region(given[0], given[1], given[2], context, given[3])
    for ours, plain in zip((restored, latents, seen), known, strict=True):
        np.testing.assert_allclose(ours[0].numpy(), plain, rtol=0, atol=close * np.abs(plain).max())


@pytest.mark.parametrize(("dtype", "close"), [(torch.float64, 1e-11), (torch.float32, 1e-4)])
def test_a_short_scan_through_the_published_weights_gives_what_numpy_gives(folder, dtype, close):
    compare(folder, 12, close, dtype)


@pytest.mark.slow
@pytest.mark.parametrize(("dtype", "close"), [(torch.float64, 1e-11), (torch.float32, 1e-4)])
def test_a_whole_scan_through_the_published_weights_gives_what_numpy_gives(folder, dtype, close):
    compare(folder, 200, close, dtype)


def test_sizes_are_the_published_ones(folder):
    context, perceiver = load_published(folder)
    assert sum(p.numel() for p in context.parameters()) == 2738
    assert sum(p.numel() for p in perceiver.parameters()) == 451_848
    assert not perceiver.training


def saved(folder, change=None):
    with seeded_torch(0, "test"):
        states = {"context.pth": ContextStream().state_dict()}
        states["fusion.pth"] = Perceiver(4, 6, width=8, part=3, layers=2, hidden=5).state_dict()
    for name, state in states.items():
        if change is not None:
            change(name, state)
        torch.save(state, folder / name)
    return folder


def test_other_sizes_are_read_from_the_shapes(tmp_path):
    perceiver = load_published(saved(tmp_path))[1]
    assert perceiver.latents.shape == (4, 8)
    assert len(perceiver.latent_transformers) == 2
    assert perceiver.head[2].out_features == 6


def test_files_that_are_missing_damaged_or_of_something_else_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"there is no file .*context.pth"):
        load_published(tmp_path)
    with pytest.raises(DataError, match=r"fusion.pth must hold the weights of a Perceiver: 'latents'"):
        load_published(saved(tmp_path, lambda name, state: state.pop("latents", None)))
    with pytest.raises(DataError, match=r"fusion.pth .* input_ln.weight has shape none, needed \(8,\)"):
        load_published(saved(tmp_path, lambda name, state: state.pop("input_ln.weight", None)))
    with pytest.raises(DataError, match=r"context.pth .* extra has shape \(2,\), needed none"):
        load_published(saved(tmp_path, lambda name, state: state.update(extra=torch.ones(2))))
    saved(tmp_path)
    torch.save([1, 2], tmp_path / "fusion.pth")
    with pytest.raises(DataError, match=r"fusion.pth must hold named tensors, got list"):
        load_published(tmp_path)
    torch.save({"x": print}, tmp_path / "fusion.pth")
    with pytest.raises(DataError, match=r"fusion.pth must hold tensors, and nothing that runs"):
        load_published(tmp_path)
    (tmp_path / "fusion.pth").write_bytes(b"no archive")
    with pytest.raises(DataError, match=r"fusion.pth must hold tensors"):
        load_published(tmp_path)
