"""The training loop: what it computes, when it stops, what it keeps, and that a stopped one goes on bit for bit."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from interplay._core.errors import ConfigError, DataError, NumericalError
from interplay.tensors import (
    TrainingPlan,
    parameters_of,
    require_device,
    seeded_torch,
    torch_threads,
    train,
    with_parameters,
)

cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")


class Regression:
    """Least squares with noise on the inputs, in batches; the last rows may be held out."""

    parts = ("loss", "error")

    def __init__(self, *, noise=0.1, size=None, held=0):
        self.noise, self.size, self.held = noise, size, held

    def batches(self, data, epoch):
        x, y = (part[: len(part) - self.held] for part in data)
        size = self.size or len(x)
        start = range(0, len(x), size)
        for k in np.roll(start, epoch):
            yield x[k : k + size], y[k : k + size]

    def loss(self, encoder, batch, generator):
        x, y = batch
        draw = torch.randn(x.shape, generator=generator, device=x.device, dtype=x.dtype)
        error = ((encoder(x + self.noise * draw) - y) ** 2).mean()
        return error, error.detach() * 2

    def held_out(self, encoder, data):
        if not self.held:
            return None
        assert not encoder.training
        assert not torch.is_grad_enabled()
        x, y = (part[-self.held :] for part in data)
        return float(((encoder(x) - y) ** 2).mean())


class Told(Regression):
    """A held-out number that is told beforehand, epoch by epoch."""

    def __init__(self, numbers):
        super().__init__()
        self.numbers = iter(numbers)

    def held_out(self, encoder, data):
        return next(self.numbers)


class Stopped(Exception):
    pass


def stop_after(epoch):
    def progress(done, total):
        if done == epoch:
            raise Stopped

    return progress


def network(dropout=0.2):
    with seeded_torch(0, "init"):
        return torch.nn.Sequential(
            torch.nn.Linear(3, 5),
            torch.nn.BatchNorm1d(5),  # buffers, one of them whole numbers
            torch.nn.Tanh(),
            torch.nn.Dropout(dropout),  # draws from torch's global generator
            torch.nn.Linear(5, 1),
        )


def data(dtype=torch.float32, device="cpu"):
    x = np.random.default_rng(0).normal(size=(20, 3))
    y = x @ [[1.0], [-2.0], [0.5]]
    return torch.tensor(x, dtype=dtype, device=device), torch.tensor(y, dtype=dtype, device=device)


def same(one, other):
    first, second = parameters_of(one.encoder), parameters_of(other.encoder)
    assert first.keys() == second.keys()
    assert one.trace.keys() == other.trace.keys()
    for name in first:
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)
    for name in one.trace:
        np.testing.assert_array_equal(one.trace[name], other.trace[name], err_msg=name)
    assert (one.best_epoch, one.converged, one.notes) == (other.best_epoch, other.converged, other.notes)


def test_steps_are_those_of_adam_with_decay_apart_written_out_by_hand():
    x, y = data(torch.float64)
    with seeded_torch(0):
        line = torch.nn.Linear(3, 1, bias=False).double()
    weight = line.weight.detach().numpy()[0].copy()
    plan = TrainingPlan(epochs=5, learning_rate=0.03, weight_decay=0.2, clip=0.7, dtype="float64", keep="last")
    told = train(line, Regression(noise=0.0), (x, y), plan)
    mean = square = np.zeros(3)
    losses = []
    for t in range(1, 6):
        error = x.numpy() @ weight - y.numpy()[:, 0]
        losses.append((error**2).mean())
        slope = 2 * x.numpy().T @ error / len(error)
        slope = slope * min(1.0, 0.7 / np.sqrt((slope**2).sum()))
        mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
        weight = weight * (1 - 0.03 * 0.2)
        weight = weight - 0.03 * (mean / (1 - 0.9**t)) / (np.sqrt(square / (1 - 0.999**t)) + 1e-8)
    np.testing.assert_allclose(told.encoder.weight.detach().numpy()[0], weight, rtol=1e-12)
    np.testing.assert_allclose(told.trace["loss"], losses, rtol=1e-12)
    np.testing.assert_allclose(told.trace["error"], 2 * np.array(losses), rtol=1e-12)
    assert set(told.trace) == {"loss", "error"}


def test_clipping_rests_below_its_norm():
    plan = TrainingPlan(epochs=4)
    task = Regression()
    same(train(network(), task, data(), plan), train(network(), task, data(), replace(plan, clip=1e6)))
    clipped = train(network(), task, data(), replace(plan, clip=0.01, learning_rate=0.1))
    assert not np.array_equal(clipped.trace["loss"], train(network(), task, data(), plan).trace["loss"])


def test_encoder_given_stays_as_it_is_and_the_trained_one_learns():
    encoder = network()
    before = parameters_of(encoder)
    told = train(encoder, Regression(), data(), TrainingPlan(epochs=60))
    for name, value in parameters_of(encoder).items():
        np.testing.assert_array_equal(value, before[name])
    assert encoder.training
    assert not told.encoder.training
    assert all(p.grad is None for module in (encoder, told.encoder) for p in module.parameters())
    assert told.trace["loss"][-1] < 0.3 * told.trace["loss"][0]
    assert told.encoder[0].weight.dtype == torch.float32


def test_frozen_parameters_stay():
    encoder = network()
    encoder[0].requires_grad_(False)
    told = train(encoder, Regression(), data(), TrainingPlan(epochs=3, weight_decay=0.5))
    assert torch.equal(told.encoder[0].weight, encoder[0].weight)
    assert not torch.equal(told.encoder[4].weight, encoder[4].weight)
    for parameter in encoder.parameters():
        parameter.requires_grad_(False)
    with pytest.raises(ConfigError, match="`encoder` must have parameters to train"):
        train(encoder, Regression(), data(), TrainingPlan())


def test_seed_decides_and_draws_depend_on_seed_and_epoch_only():
    plan = TrainingPlan(epochs=6)
    first = train(network(), Regression(), data(), plan)
    torch.rand(3, generator=torch.Generator().manual_seed(1))
    same(first, train(network(), Regression(), data(), plan))
    other = train(network(), Regression(), data(), replace(plan, seed=1))
    assert not np.array_equal(first.trace["loss"], other.trace["loss"])
    shorter = train(network(), Regression(), data(), replace(plan, epochs=3))
    np.testing.assert_array_equal(first.trace["loss"][:3], shorter.trace["loss"])


@pytest.mark.parametrize(("noise", "dropout"), [(0.1, 0.0), (0.0, 0.2)])
def test_every_epoch_has_draws_of_its_own(noise, dropout):
    still = TrainingPlan(epochs=4, learning_rate=1e-12)
    told = train(network(dropout), Regression(noise=noise), data(), still)
    assert len(set(told.trace["loss"])) == 4
    calm = train(network(0.0), Regression(noise=0.0), data(), still)
    assert np.ptp(calm.trace["loss"]) < 1e-6


def test_nothing_global_of_torch_is_touched():
    def state():
        return (
            torch.random.get_rng_state().numpy().tobytes(),
            torch.get_default_dtype(),
            torch.get_num_threads(),
            torch.get_num_interop_threads(),
            torch.are_deterministic_algorithms_enabled(),
            torch.is_grad_enabled(),
            torch.is_anomaly_enabled(),
        )

    before = state()
    train(network(), Regression(held=4), data(torch.float64), TrainingPlan(epochs=2, dtype="float64"))
    assert state() == before
    with pytest.raises(Stopped):
        train(network(), Regression(held=4), data(), TrainingPlan(epochs=2), progress=stop_after(1))
    with pytest.raises(StopIteration):  # in the midst of an epoch, inside the evaluation
        train(network(), Told([]), data(), TrainingPlan(epochs=2))
    assert state() == before


class Watched(Regression):
    threads = ()

    def loss(self, encoder, batch, generator):
        self.threads += (torch.get_num_threads(),)
        return super().loss(encoder, batch, generator)


def test_threads_are_the_plan_s_and_the_caller_s_come_back():
    before = torch.get_num_threads()
    for threads in (1, 2):
        task = Watched()
        train(network(), task, data(), TrainingPlan(epochs=2, threads=threads))
        assert task.threads == (threads, threads)
        assert torch.get_num_threads() == before
    with pytest.raises(ZeroDivisionError), torch_threads(before + 1):
        _ = 1 / (torch.get_num_threads() - before - 1)
    assert torch.get_num_threads() == before


def test_trainings_in_threads_have_the_bits_of_trainings_in_turn():
    plan = TrainingPlan(epochs=30)
    alone = train(network(), Regression(), data(), plan)
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda _: train(network(), Regression(), data(), plan), range(6)))
    for trained in found:
        same(trained, alone)


def test_mini_batches_take_a_step_each_and_the_trace_has_their_mean():
    seen = []

    class Watched(Regression):
        def loss(self, encoder, batch, generator):
            parts = super().loss(encoder, batch, generator)
            seen.append((len(batch[0]), float(parts[0].detach())))
            return parts

    told = train(network(0.0), Watched(size=6), data(), TrainingPlan(epochs=2))
    assert [size for size, _ in seen] == [6, 6, 6, 2, 2, 6, 6, 6]  # the task's order, which turns with the epoch
    np.testing.assert_allclose(
        told.trace["loss"], np.array([loss for _, loss in seen]).reshape(2, 4).mean(axis=1), rtol=1e-12
    )


def test_a_task_without_batches_is_refused():
    class Empty(Regression):
        def batches(self, data, epoch):
            return ()

    with pytest.raises(DataError, match="`task` must give a batch per epoch, got none in epoch 0"):
        train(network(), Empty(), data(), TrainingPlan())


@pytest.mark.parametrize(
    ("numbers", "patience", "tolerance", "epochs", "best", "converged"),
    [
        ([5, 4, 3, 3, 3, 3], 2, 0.0, 5, 2, True),  # stops two epochs after the last improvement
        ([5, 4, 3, 3.5, 2.9, 3, 3], 2, 0.0, 7, 4, True),  # improved in time
        ([5, 4.9, 4.8, 4.7, 4.6], 2, 0.1, 3, 2, True),  # every step improves too little; the best is kept all the same
        ([5, 4.9, 4.8, 4.4, 4.3], 3, 0.1, 5, 4, False),  # together they are enough: 4.4 < 0.9 * 5
        ([-1, -1.05, -1.2, -1.2], 2, 0.1, 4, 2, False),  # better below zero too
        ([-1, -1.01, -1.02, -1.03], 2, 0.1, 3, 2, True),
        ([3, 2, 1, 5], 1, 0.0, 4, 2, True),  # patience runs out with the last epoch: it did converge
        ([3, 2, 1, 0], 1, 0.0, 4, 3, False),
        ([3, 1, 2, 2], None, 0.0, 4, 1, False),  # no patience, no early stop
    ],
)
def test_early_stopping_and_the_best_epoch(numbers, patience, tolerance, epochs, best, converged):
    plan = TrainingPlan(epochs=len(numbers), patience=patience, tolerance=tolerance)
    calls = []
    told = train(network(), Told(numbers), data(), plan, progress=lambda *pair: calls.append(pair))
    assert len(told.trace["loss"]) == len(told.trace["held_out"]) == epochs
    assert (told.best_epoch, told.converged) == (best, converged)
    assert calls[-1] == (len(numbers), len(numbers))
    assert [done for done, _ in calls[:-1]] == list(range(1, epochs))
    assert len(told.notes) == (patience is not None and not converged)
    # what is kept is the state at the end of the best epoch, and with keep="last" of the last one run
    cut = train(network(), Told(numbers), data(), replace(plan, epochs=best + 1, patience=None, keep="last"))
    for name, value in parameters_of(cut.encoder).items():
        np.testing.assert_array_equal(parameters_of(told.encoder)[name], value)
    last = train(network(), Told(numbers), data(), replace(plan, keep="last"))
    assert last.best_epoch == epochs - 1
    np.testing.assert_array_equal(last.trace["loss"], told.trace["loss"])


def test_without_held_out_data_the_loss_is_watched():
    told = train(network(0.0), Regression(noise=0.0), data(), TrainingPlan(epochs=200, patience=2, tolerance=0.1))
    assert told.converged
    assert len(told.trace["loss"]) < 200
    assert told.best_epoch == int(np.argmin(told.trace["loss"]))
    assert "held_out" not in told.trace


def test_epochs_that_warm_up_count_neither_for_the_best_nor_for_patience():
    plan = TrainingPlan(epochs=9, patience=2, keep="best", warm_up=3)
    told = [0.1, 0.2, 0.3, 5.0, 4.0, 6.0, 7.0, 0.0]
    trained = train(network(), Told(told), data(), plan)
    assert (trained.best_epoch, len(trained.trace["held_out"]), trained.converged) == (4, 7, True)
    short = train(network(), Told(told), data(), replace(plan, epochs=3))
    assert (short.best_epoch, short.converged) == (2, False)
    assert "still warming up (3 epochs)" in short.notes[0]


class Fragile(Regression):
    """Gives no number in one epoch, as long as no retreat has halved the steps."""

    def __init__(self, epoch, tries):
        super().__init__()
        self.epoch, self.tries, self.seen = epoch, tries, []

    def batches(self, data, epoch):
        self.now = epoch
        return super().batches(data, epoch)

    def loss(self, encoder, batch, generator):
        error, part = super().loss(encoder, batch, generator)
        if self.now >= self.epoch:
            self.seen.append(parameters_of(encoder))
            if len(self.seen) <= self.tries:
                return error * np.inf, part
        return error, part


def test_a_retreat_goes_on_from_the_best_parameters_with_half_the_learning_rate(tmp_path):
    plan = TrainingPlan(epochs=6, keep="best", retreats=2, clip=1.0, checkpoint_every=1)
    task = Fragile(4, tries=2)
    trained = train(network(), task, data(), plan, checkpoint=tmp_path / "c", key="k")
    assert len(trained.trace["loss"]) == 6
    assert np.isfinite(trained.trace["loss"]).all()
    assert "went back to its best parameters 2 times" in trained.notes[0]
    assert "in epochs 4, 4" in trained.notes[0]
    best = train(network(), Regression(), data(), replace(plan, epochs=4)).best_epoch
    until = train(network(), Regression(), data(), replace(plan, epochs=best, keep="last"))
    for name, value in parameters_of(until.encoder).items():
        if not name.endswith(("running_mean", "running_var", "num_batches_tracked")):
            for seen in task.seen[1:3]:
                np.testing.assert_array_equal(seen[name], value, err_msg=name)
    # Half of half the learning rate, without moments: Adam's first step has the size of the learning rate.
    moved = np.abs(task.seen[3]["0.weight"] - task.seen[2]["0.weight"])
    np.testing.assert_allclose(moved.max(), plan.learning_rate / 4, rtol=1e-3)
    with pytest.raises(Stopped):
        train(network(), Fragile(4, tries=2), data(), plan, checkpoint=tmp_path / "d", key="k", progress=stop_after(5))
    same(trained, train(network(), Regression(), data(), plan, checkpoint=tmp_path / "d", key="k"))


def test_without_a_retreat_left_training_ends():
    with pytest.raises(NumericalError, match="in epoch 4"):
        train(network(), Fragile(4, tries=2), data(), TrainingPlan(epochs=6, retreats=1))


class Edge(torch.nn.Module):
    """One number, from 1 on."""

    def __init__(self):
        super().__init__()
        self.place = torch.nn.Parameter(torch.ones(1))

    def forward(self, x):
        return self.place


class Cliff(Regression):
    """Least at 0.96, and without a number below 0.945."""

    def loss(self, encoder, batch, generator):
        place = encoder(batch).sum()
        error = (place - 0.96) ** 2 if place > 0.945 else place * np.inf
        return error, error.detach()


@pytest.mark.parametrize("warm_up", [0, 40])
@pytest.mark.parametrize("keep", ["best", "last"])
def test_a_retreat_does_not_end_where_the_training_before_it_did(keep, warm_up):
    plan = TrainingPlan(epochs=40, learning_rate=0.03, retreats=5, keep=keep, warm_up=warm_up)
    with pytest.raises(NumericalError, match="in epoch 3"):
        train(Edge(), Cliff(), data(), replace(plan, retreats=0))
    trained = train(Edge(), Cliff(), data(), plan)
    assert trained.trace["loss"][-1] < 1e-5
    assert "in epochs 3" in " ".join(trained.notes)


def test_held_out_number_is_of_the_kept_parameters():
    task = Regression(held=5)
    told = train(network(), task, data(), TrainingPlan(epochs=30, learning_rate=0.1))
    assert told.best_epoch == int(np.argmin(told.trace["held_out"]))
    with torch.no_grad():
        assert task.held_out(told.encoder, data()) == told.trace["held_out"].min()


class Broken(Regression):
    """Not finite from some epoch on."""

    def __init__(self, what, epoch):
        super().__init__(held=4)
        self.what, self.epoch, self.now = what, epoch, -1

    def batches(self, data, epoch):
        self.now = epoch
        yield from super().batches(data, epoch)

    def loss(self, encoder, batch, generator):
        loss, error = super().loss(encoder, batch, generator)
        if self.now >= self.epoch:
            if self.what == "loss":
                return loss * np.nan, error
            if self.what == "error":
                return loss, error * np.inf
            if self.what == "gradient":  # a finite loss whose slope is not
                return loss + torch.sqrt(encoder[0].weight[0, 0].detach() - encoder[0].weight[0, 0]), error
        return loss, error

    def held_out(self, encoder, data):
        return np.nan if self.what == "held_out" and self.now >= self.epoch else super().held_out(encoder, data)


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("loss", "loss=nan.* in epoch 2"),
        ("error", "error=inf in epoch 2"),
        ("gradient", "gradient=(nan|inf) in epoch 2"),
        ("held_out", "held_out=nan in epoch 2"),
    ],
)
def test_a_number_that_is_not_finite_ends_training_with_epoch_and_remedy(what, text, tmp_path):
    plan = TrainingPlan(epochs=5, checkpoint_every=1)
    file = tmp_path / "c"
    with pytest.raises(NumericalError, match=f"{text}.*Lower `learning_rate`.*`clip`"):
        train(network(), Broken(what, 2), data(), plan, checkpoint=file, key="a")
    sound = train(network(), Regression(held=4), data(), plan, checkpoint=file, key="a")  # nothing bad was written
    same(sound, train(network(), Regression(held=4), data(), plan))


@pytest.mark.parametrize("keep", ["best", "last"])
@pytest.mark.parametrize("stop", [1, 4, 9])
def test_a_stopped_training_goes_on_with_the_same_bits(keep, stop, tmp_path):
    plan = TrainingPlan(epochs=12, patience=50, keep=keep, checkpoint_every=4, weight_decay=0.1, learning_rate=0.2)
    task = Regression(size=6, held=4)
    whole = train(network(), task, data(), plan)
    file = tmp_path / "training.ckpt"
    with pytest.raises(Stopped):
        train(network(), task, data(), plan, checkpoint=file, key="a", progress=stop_after(stop))
    assert file.exists() == (stop >= 4)
    assert [p.name for p in tmp_path.iterdir()] == ["training.ckpt"] * (stop >= 4)
    calls = []
    resumed = train(network(), task, data(), plan, checkpoint=file, key="a", progress=lambda k, n: calls.append(k))
    same(whole, resumed)
    assert calls == list(range(4 * (stop // 4) + 1, 13))


def test_a_finished_training_is_read_back_and_can_be_prolonged(tmp_path):
    file = tmp_path / "c"
    plan = TrainingPlan(epochs=7, checkpoint_every=5)
    done = train(network(), Regression(), data(), plan, checkpoint=file, key="a")
    content = file.read_bytes()
    same(done, train(network(), Regression(), data(), plan, checkpoint=file, key="a"))
    assert file.read_bytes() == content
    longer = replace(plan, epochs=9, checkpoint_every=2)
    same(
        train(network(), Regression(), data(), longer),
        train(network(), Regression(), data(), longer, checkpoint=file, key="a"),
    )
    with pytest.raises(
        DataError, match=r"`checkpoint` must not be further than the plan goes.*9 epochs.*`epochs` is 7"
    ):
        train(network(), Regression(), data(), plan, checkpoint=file, key="a")


def test_a_training_that_stopped_early_stays_stopped(tmp_path):
    plan = TrainingPlan(epochs=9, patience=2)
    told = [3, 2, 2, 2]
    done = train(network(), Told(told), data(), plan, checkpoint=tmp_path / "c", key="a")
    same(done, train(network(), Told([]), data(), plan, checkpoint=tmp_path / "c", key="a"))


def test_a_checkpoint_of_another_training_is_refused_and_kept(tmp_path):
    file = tmp_path / "c"
    plan = TrainingPlan(epochs=2)
    train(network(), Regression(), data(), plan, checkpoint=file, key="a")
    content = file.read_bytes()
    other = network()
    with torch.no_grad():
        other[0].bias += 1
    cases = [
        ("b", plan, network()),
        ("a", replace(plan, learning_rate=0.02), network()),
        ("a", replace(plan, seed=1), network()),
        ("a", plan, other),
    ]
    for key, changed, encoder in cases:
        with pytest.raises(DataError, match=r"must belong to this training.*Remove it to begin anew"):
            train(encoder, Regression(), data(), changed, checkpoint=file, key=key)
        assert file.read_bytes() == content
    with pytest.raises(ConfigError, match="`key` must be given with `checkpoint`"):
        train(network(), Regression(), data(), plan, checkpoint=file)


def test_a_damaged_checkpoint_and_a_file_that_is_none_are_refused_and_kept(tmp_path):
    file = tmp_path / "c"
    plan = TrainingPlan(epochs=2)
    train(network(), Regression(), data(), plan, checkpoint=file, key="a")
    whole = file.read_bytes()
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    for content, text in [(flipped, "is damaged"), (whole[:-1], "is damaged"), (b"time,unit\n", "is another")]:
        file.write_bytes(content)
        with pytest.raises(DataError, match=f"{text}.*Remove it to begin anew"):
            train(network(), Regression(), data(), plan, checkpoint=file, key="a")
        assert file.read_bytes() == content
    with pytest.raises(DataError, match="`checkpoint` must be a file that can be read"):
        train(network(), Regression(), data(), plan, checkpoint=tmp_path, key="a")
    with pytest.raises(DataError, match="must lie in an existing folder"):
        train(network(), Regression(), data(), plan, checkpoint=tmp_path / "none" / "c", key="a")


@pytest.mark.slow
def test_a_killed_process_resumes_to_the_bits_of_an_undisturbed_one(tmp_path):
    script = (
        "import importlib.util, os, signal, sys\n"
        "spec = importlib.util.spec_from_file_location('t', sys.argv[1]); t = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(t)\n"
        "from pathlib import Path\n"
        "kill = lambda k, n: os.kill(os.getpid(), signal.SIGKILL) if k == 17 else None\n"
        "t.train(t.network(), t.Regression(size=6, held=4), t.data(), t.KILLED, checkpoint=Path(sys.argv[2]),"
        " key='a', progress=kill)\n"
    )
    file = tmp_path / "c"
    child = subprocess.run([sys.executable, "-c", script, __file__, str(file)], check=False, env={**os.environ})
    assert child.returncode == -signal.SIGKILL
    assert file.exists()
    calls = []
    task = Regression(size=6, held=4)
    resumed = train(network(), task, data(), KILLED, checkpoint=file, key="a", progress=lambda k, n: calls.append(k))
    assert calls[0] == 16
    same(train(network(), task, data(), KILLED), resumed)


KILLED = TrainingPlan(epochs=30, patience=20, checkpoint_every=5)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"epochs": 0}, "`epochs` must be a whole number >= 1"),
        ({"learning_rate": 0.0}, "`learning_rate` must be > 0"),
        ({"learning_rate": np.nan}, "`learning_rate` must be"),
        ({"weight_decay": -1.0}, "`weight_decay` must be >= 0"),
        ({"clip": 0.0}, "`clip` must be > 0"),
        ({"patience": 0}, "`patience` must be a whole number >= 1"),
        ({"tolerance": 1.0}, "`tolerance` must be >= 0 and < 1"),
        ({"checkpoint_every": 0}, "`checkpoint_every` must be a whole number >= 1"),
        ({"seed": -1}, "`seed` must be a whole number >= 0"),
        ({"keep": "first"}, "Unknown `keep` 'first'"),
        ({"dtype": "float16"}, "Unknown `dtype` 'float16'"),
    ],
)
def test_plans_out_of_range_are_refused(change, text):
    with pytest.raises(ConfigError, match=text):
        TrainingPlan(**change)


@pytest.mark.parametrize("name", ["tpu", "mps", "", "cuda:99", "meta"])
def test_devices_that_are_not_here_are_refused(name):
    with pytest.raises(ConfigError, match="`device` must be"):
        require_device(name)
    with pytest.raises(ConfigError, match="`device` must be"):
        train(network(), Regression(), data(), TrainingPlan(device=name))


def test_parameters_go_to_arrays_and_back_without_loss():
    told = train(network(), Regression(), data(), TrainingPlan(epochs=2, keep="last")).encoder
    kept = parameters_of(told)
    assert kept["0.weight"].dtype == np.float64
    assert kept["1.num_batches_tracked"] == 2
    blank = network()
    again = with_parameters(blank, kept)
    assert not again.training
    assert again[0].weight.dtype == torch.float64
    assert torch.equal(again.float()(data()[0]), told(data()[0]))
    assert not torch.equal(blank[0].weight, told[0].weight)
    kept["0.weight"][:] = 0  # a copy
    assert again[0].weight.abs().sum() > 0
    assert told[0].weight.abs().sum() > 0


def test_parameters_of_double_precision_lose_no_digit():
    plan = TrainingPlan(epochs=2, dtype="float64")
    told = train(network(), Regression(), data(torch.float64), plan).encoder
    again = with_parameters(network(), parameters_of(told))  # a blank in single precision
    assert torch.equal(again[0].weight, told[0].weight)


def test_parameters_that_do_not_fit_are_refused():
    kept = parameters_of(network())
    with pytest.raises(DataError, match=r"missing \['0.bias'\], unknown \['bias'\]"):
        with_parameters(network(), {("bias" if k == "0.bias" else k): v for k, v in kept.items()})
    with pytest.raises(DataError, match=r"`parameters\['0.weight'\]` must have shape \(5, 3\), got \(4, 3\)"):
        with_parameters(network(), {**kept, "0.weight": kept["0.weight"][:4]})


@pytest.mark.gpu
@cuda
def test_on_a_card_training_resumes_and_agrees_with_the_processor(tmp_path):
    plan = TrainingPlan(epochs=12, checkpoint_every=4, device="cuda", dtype="float64")
    task, here = Regression(size=6, held=4, noise=0.0), data(torch.float64, "cuda")
    before = torch.cuda.get_rng_state().numpy().tobytes()
    whole = train(network(), task, here, plan)
    with pytest.raises(Stopped):
        train(network(), task, here, plan, checkpoint=tmp_path / "c", key="a", progress=stop_after(6))
    resumed = train(network(), task, here, plan, checkpoint=tmp_path / "c", key="a")
    np.testing.assert_allclose(resumed.trace["loss"], whole.trace["loss"], rtol=1e-9)
    assert torch.cuda.get_rng_state().numpy().tobytes() == before
    assert next(whole.encoder.parameters()).is_cuda
    still = train(network(0.0), task, here, plan)  # dropout draws other numbers there
    processor = train(network(0.0), task, data(torch.float64), replace(plan, device="cpu"))
    np.testing.assert_allclose(still.trace["loss"], processor.trace["loss"], rtol=1e-7)
    for name, value in parameters_of(processor.encoder).items():
        np.testing.assert_allclose(parameters_of(still.encoder)[name], value, rtol=1e-5, atol=1e-8)


@pytest.mark.gpu
@cuda
def test_noise_on_a_card_depends_on_the_seed_only():
    plan = TrainingPlan(epochs=3, device="cuda")
    first, second = (train(network(), Regression(), data(device="cuda"), plan) for _ in range(2))
    np.testing.assert_allclose(first.trace["loss"], second.trace["loss"], rtol=1e-5)


def test_file_is_named_as_text_too(tmp_path):
    train(network(), Regression(), data(), TrainingPlan(epochs=1), checkpoint=str(tmp_path / "c"), key="a")
    assert Path(tmp_path / "c").exists()
