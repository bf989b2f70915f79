"""Masked training is honest: what is asked for cannot be seen, and every parameter is moved by some stage."""

import numpy as np
import pytest
import torch

from interplay.data import Cohort, Units
from interplay.represent.brain import tasks
from interplay.represent.brain.batches import BrainReader, FunctionBatch, StructureBatch
from interplay.represent.brain.method import BrainSymphony
from interplay.represent.brain.network import FUNCTIONAL, STAGES, BrainNetwork, Sizes, stage_parameters
from interplay.represent.brain.scaling import fit_scaling
from interplay.represent.brain.tasks import MaskedTask, Step
from interplay.tensors import seeded_torch

R, T, ROWS = 7, 20, np.array([0, 2])
SMALL = BrainSymphony(width=16, heads=4, hidden=16, layers=2, graph_layers=2, times=T)


def made_cohort(symmetric=True):
    rng = np.random.default_rng(0)
    w = rng.normal(size=(3, R, R))
    w = w + w.transpose(0, 2, 1) if symmetric else w
    x = rng.normal(size=(3, T, R))
    x[2, :, 4] = np.nan
    w[2, 4], w[2, :, 4] = np.nan, np.nan
    return Cohort.of(list(x), regions=Units(n=R), subject=["a", "b", "c"], structure=list(w))


class Fixed(BrainReader):
    """Reads, and then gives what it was told to give instead."""

    told = None

    def function(self, rows, starts):
        found = super().function(rows, starts)
        return FunctionBatch(found.x if self.told is None else self.told, found.present)

    def structure(self, rows):
        found = super().structure(rows)
        return StructureBatch(found.weights if self.told is None else self.told, found.present)


def prepared(stage, config=SMALL, symmetric=True):
    made = made_cohort(symmetric)
    reader = Fixed(made, fit_scaling(made, np.arange(3)), T, np.zeros((R, 0)), torch.device("cpu"))
    with seeded_torch(0, "test"):
        network = BrainNetwork(config, Sizes(R, T, 0, True, True)).eval()
    return network, reader, MaskedTask(stage, reader, ROWS, ROWS, batch=2, share=0.2, seed=0)


def answers(task, network, monkeypatch, values):
    """Give guess and truth of a step on given values."""
    told = []
    monkeypatch.setattr(tasks, "_squares", lambda guess, truth: told.append((guess, truth)) or (guess.sum(), 1))
    task.reader.told = values
    task.loss(network, Step(ROWS, 3), torch.Generator())
    return told[0]


@pytest.mark.parametrize("stage", FUNCTIONAL)
def test_hidden_signals_cannot_be_seen(monkeypatch, stage):
    network, reader, task = prepared(stage)
    x = reader.function(ROWS, np.zeros(2, np.int64)).x.requires_grad_()
    guess, truth = answers(task, network, monkeypatch, x)
    asked = torch.autograd.grad(truth.sum(), x)[0] != 0
    seen = torch.autograd.grad(guess.square().sum(), x)[0] != 0
    assert len(truth) == int(asked.sum()) > 0 or truth.ndim == 2
    assert seen.any()
    assert not (seen & asked).any()
    assert not asked[1, 4].any()
    for other in (torch.nan, 1e6):  # not even a number that would spoil all it touches
        again, _ = answers(task, network, monkeypatch, x.detach().masked_fill(asked, other))
        assert torch.equal(guess, again)
    moved, _ = answers(task, network, monkeypatch, torch.where(asked, x, x + 1).detach())
    assert not torch.equal(guess, moved)


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("attention", ["first_hop", "multi_hop", "diffusion"])
@pytest.mark.parametrize("positions", ["learnable", "laplacian"])
def test_hidden_edges_cannot_be_seen(monkeypatch, symmetric, attention, positions):
    config = BrainSymphony(
        width=16, heads=4, hidden=16, layers=1, graph_layers=2, graph_attention=attention, graph_positions=positions
    )
    network, reader, task = prepared("structural", config, symmetric)
    w = reader.structure(ROWS).weights.requires_grad_()
    guess, truth = answers(task, network, monkeypatch, w)
    asked = torch.autograd.grad(truth.sum(), w)[0] != 0
    asked = asked | asked.transpose(1, 2)
    seen = torch.autograd.grad(guess.square().sum(), w)[0] != 0
    assert len(truth) == int(asked.sum()) // (2 if symmetric else 1)
    assert seen.any()
    assert not (seen & asked).any()
    assert not asked[1, 4].any()
    assert not asked[1, :, 4].any()
    hidden = w.detach() + asked * torch.tensor([[[3.0]], [[-70.0]]])
    assert torch.equal(guess, answers(task, network, monkeypatch, hidden)[0])
    assert not torch.equal(guess, answers(task, network, monkeypatch, torch.where(asked, w, 2 * w).detach())[0])


def test_every_parameter_is_moved_by_the_stages_that_say_so_and_all_but_the_gate_by_some():
    moved = set()
    for stage in STAGES:
        network, _, task = prepared(stage)
        stage_parameters(network, stage)
        task.loss(network, Step(ROWS, 0), torch.Generator())[0].backward()
        learns = {name for name, p in network.named_parameters() if p.requires_grad}
        here = {name for name, p in network.named_parameters() if p.grad is not None and p.grad.any()}
        assert here <= learns
        assert learns == here
        moved |= here
    assert {name for name, _ in network.named_parameters()} - moved == {"gate.gate_proj.weight", "gate.gate_proj.bias"}
    x, w = task.reader.function(ROWS, np.zeros(2, np.int64)), task.reader.structure(ROWS)
    network.requires_grad_(True)
    fused, _ = network.gate(network.read_function(*x)[1], network.read_structure(*w))
    fused.square().sum().backward()
    assert all(p.grad.any() for p in network.gate.parameters())


@pytest.mark.parametrize("stage", STAGES)
def test_a_batch_of_one_and_one_of_many_ask_the_same(monkeypatch, stage):
    network, _, task = prepared(stage)
    told = []
    monkeypatch.setattr(tasks, "_squares", lambda guess, truth: told.append((guess, truth)) or (guess.sum(), 1))
    for rows in ([0, 2], [0], [2]):
        task.loss(network, Step(np.array(rows), 1), torch.Generator())
    for whole, *single in zip(*told, strict=True):
        torch.testing.assert_close(
            whole.flatten(), torch.cat([part.flatten() for part in single]), rtol=1e-4, atol=1e-5
        )
