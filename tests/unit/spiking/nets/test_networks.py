"""Networks as a user meets them: they learn, repeat themselves, resume, are saved, count, and refuse what cannot be."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from interplay._core.errors import ConfigError, DataError
from interplay.data import LabelledEvents
from interplay.spiking.nets import (
    SPIKING_METHODS,
    BinaryResidualNet,
    ConvSpikingNet,
    Pass,
    RecurrentSpikingNet,
    load_model,
    save_model,
)
from interplay.spiking.nets.activity import layer_activity
from interplay.spiking.nets.prediction import network_of

BINARY = BinaryResidualNet(layers=3, width=8, epochs=4, batch=20)
RECURRENT = RecurrentSpikingNet(layers=2, width=16, steps=10, step_s=0.1, epochs=20, batch=12, spread=0.2)
CONV = ConvSpikingNet(layers=2, width=8, steps=8, step_s=0.125, tau_s=1.0, epochs=15, batch=12, spread=0.2)
EVERY = (BINARY, RECURRENT, CONV)
GRADIENTS = ("st", "half", "agr(1)", "power(0.5)", "fast_sigmoid(5)", "arctan", "triangle", "hard_tanh")


def fitting(config, images, events, films):
    return {"binary_residual": images, "recurrent_spiking": events, "conv_spiking": films}[config.name]


@pytest.mark.parametrize("config", EVERY, ids=lambda c: c.name)
def test_it_learns_what_counts_cannot_tell_and_repeats_itself(config, images, events, films):
    data = fitting(config, images, events, films)
    train, test = np.arange(36), np.arange(36, len(data.label))
    model = config.fit(data, train=train)
    assert model.trace["cross_entropy"][-1] < 0.6 * model.trace["cross_entropy"][0]
    found = model.predict(data, test, draws=3)
    assert found.accuracy >= 0.9
    again = config.fit(data, train=train)
    for name, value in model.parameters.items():
        np.testing.assert_array_equal(again.parameters[name], value)
    np.testing.assert_array_equal(again.predict(data, test, draws=3).drawn, found.drawn)
    other = replace(config, seed=1).fit(data, train=train)
    assert any((other.parameters[name] != value).any() for name, value in model.parameters.items())


@pytest.mark.parametrize("gradient", GRADIENTS)
@pytest.mark.parametrize("config", EVERY, ids=lambda c: c.name)
def test_every_gradient_reaches_every_parameter(config, gradient, images, events, films):
    data = fitting(config, images, events, films)
    model = replace(config, gradient=gradient, epochs=1).fit(data)
    assert all(np.isfinite(v) and v > 0 for v in model.gradient_start.values()), model.gradient_start
    assert all(np.isfinite(v).all() for v in model.parameters.values())


@pytest.mark.parametrize("config", EVERY, ids=lambda c: c.name)
@pytest.mark.parametrize("more", [{"noise": "per_sequence"}, {"normalise": "batch"}, {"posterior": False}])
def test_choices_train(config, more, images, events, films):
    data = fitting(config, images, events, films)
    model = replace(config, **more).fit(data)
    assert model.trace["cross_entropy"][-1] < model.trace["cross_entropy"][0]
    assert (model.trace["kl"][0] == 0) == ("posterior" in more)


def test_a_stopped_training_goes_on_with_the_same_bits(tmp_path, events):
    whole = RECURRENT.fit(events)
    place = tmp_path / "training.checkpoint"

    class Stop(Exception):
        pass

    def progress(done, total):
        if done == 3:
            raise Stop

    with pytest.raises(Stop):
        RECURRENT.fit(events, checkpoint=place, progress=progress)
    resumed = RECURRENT.fit(events, checkpoint=place)
    for name, value in whole.parameters.items():
        np.testing.assert_array_equal(resumed.parameters[name], value)
    with pytest.raises(DataError, match="must belong to this training"):
        replace(RECURRENT, width=10).fit(events, checkpoint=place)


@pytest.mark.parametrize("config", EVERY, ids=lambda c: c.name)
def test_a_saved_model_says_the_same(config, tmp_path, images, events, films):
    data = fitting(config, images, events, films)
    model = replace(config, epochs=2).fit(data)
    back = load_model(save_model(tmp_path / "model.npz", model))
    assert back.config == model.config
    assert back.notes == model.notes
    for draws in (0, 2):
        found, expected = back.predict(data, draws=draws), model.predict(data, draws=draws)
        np.testing.assert_array_equal(found.drawn, expected.drawn)
        assert found.made_from == expected.made_from


def test_a_damaged_or_foreign_file_is_refused(tmp_path, events):
    place = save_model(tmp_path / "model.npz", replace(RECURRENT, epochs=1).fit(events))
    content = bytearray(place.read_bytes())
    for k in range(200, len(content), len(content) // 7):
        broken = bytearray(content)
        broken[k] ^= 0x40
        damaged = tmp_path / f"damaged{k}.npz"
        damaged.write_bytes(broken)
        try:
            found = load_model(damaged)
        except DataError:
            continue
        assert found.predict(events, draws=0).accuracy >= 0  # the bit lay where nothing is read
    other = tmp_path / "other.npz"
    np.savez(other, a=np.zeros(3))
    with pytest.raises(DataError, match="trained spiking network"):
        load_model(other)


def test_without_noise_nothing_is_drawn_and_batches_do_not_matter(events):
    model = RECURRENT.fit(events)
    one = model.predict(events, draws=0, batch=5)
    np.testing.assert_allclose(one.probabilities, model.predict(events, draws=0, batch=48).probabilities, atol=1e-6)
    np.testing.assert_array_equal(
        model.predict(events, draws=0, seed=3).probabilities, model.predict(events, draws=0).probabilities
    )
    drawn = model.predict(events, draws=4).drawn
    assert (drawn[0] != drawn[1]).any()
    np.testing.assert_allclose(drawn.sum(axis=2), 1)


def test_more_draws_begin_with_the_fewer(events):
    model = replace(RECURRENT, epochs=2).fit(events)
    np.testing.assert_array_equal(model.predict(events, draws=5).drawn[:2], model.predict(events, draws=2).drawn)


def test_the_order_of_samples_is_carried_along(images):
    model = replace(BINARY, epochs=1).fit(images)
    order = np.random.default_rng(0).permutation(len(images.label))
    found = model.predict(images, order, draws=0)
    np.testing.assert_allclose(found.probabilities, model.predict(images, draws=0).probabilities[order], atol=1e-6)
    np.testing.assert_array_equal(found.truth, images.label[order])


def test_the_future_does_not_reach_back(events):
    """Spikes of a step depend on no later event."""
    model = replace(RECURRENT, epochs=1).fit(events)
    network = network_of(model)
    x = RECURRENT.read(events, np.arange(6))
    later = x.clone()
    later[6:] = 0
    passes = []
    for given in (x, later):
        passes.append(Pass(torch.Generator().manual_seed(0), "per_step"))
        with torch.no_grad():
            network(given, passes[-1])
    for one, other in zip(passes[0].fired, passes[1].fired, strict=True):
        spikes, cut = (f.spikes.reshape(10, 6, -1) for f in (one, other))
        assert torch.equal(spikes[:6], cut[:6])
    assert not torch.equal(passes[0].fired[-1].spikes, passes[1].fired[-1].spikes)


def test_units_may_be_renamed(events):
    """The network with its first weights reordered says of reordered units what it said of those in order."""
    model = replace(RECURRENT, epochs=2).fit(events)
    order = np.random.default_rng(1).permutation(events.n_units)
    renamed = LabelledEvents(
        time=events.time, unit=np.argsort(order)[events.unit], pointer=events.pointer, label=events.label,
        classes=events.classes, n_units=events.n_units, duration_s=events.duration_s,
    )  # fmt: skip
    moved = {k: v[:, order] if k.startswith("feed.0.") and v.ndim == 2 else v for k, v in model.parameters.items()}
    found = replace(model, parameters=moved).predict(renamed, draws=0)
    np.testing.assert_allclose(found.probabilities, model.predict(events, draws=0).probabilities, atol=1e-5)


def test_operations_are_spikes_times_connections(events):
    model = replace(RECURRENT, epochs=1).fit(events)
    found = model.predict(events, draws=1)
    n = RECURRENT.width
    counts = np.array(events.counts(step_s=0.1, n_steps=10) > 0)
    np.testing.assert_allclose(found.multiplies["weights 1"], counts.sum(axis=(0, 2)) * n)
    np.testing.assert_allclose(found.accumulates["weights 2"], found.rates["layer 1"] * 10 * n * n)
    assert found.dense["weights 1"] == events.n_units * n * 10
    assert found.dense["weights 2"] == n * n * 10
    assert found.dense["read-out"] == n * 2


@pytest.mark.parametrize("steps", [1, 2, 10])
def test_spikes_among_units_drive_the_step_after_them(events, steps):
    """Those of the last step drive nothing: T - 1 steps count, none where there is one step."""
    n = RECURRENT.width
    model = replace(RECURRENT, epochs=1, steps=steps).fit(events)
    found = model.predict(events, [3], draws=0)
    fired = layer_activity(model, events, 3, seed=None)
    for layer in ("layer 1", "layer 2"):
        name = f"{layer}, recurrent"
        assert found.accumulates[name].tolist() == [fired[layer][:-1].sum() * n]
        assert found.dense[name] == (steps - 1) * n * n
    assert found.dense["weights 2"] == steps * n * n


def test_signs_drive_all_their_connections(images):
    found = replace(BINARY, connect="dense", epochs=1).fit(images).predict(images, draws=1)
    np.testing.assert_allclose(found.accumulates["weights 1"], 64)
    assert found.dense["weights 1"] == 64
    assert found.dense["stem"] == 36 * 8


def test_residual_layers_pass_the_gradient_where_plain_ones_lose_it(images):
    deep = replace(BINARY, layers=16, connect="dense", width=16, epochs=1)
    first = {}
    for residual in (True, False):
        start = replace(deep, residual=residual).fit(images).gradient_start
        first[residual] = start["stem"] / start["read-out"]
    assert first[True] > 5 * first[False]


def test_auxiliary_losses_count_and_are_off_by_default(images):
    assert (BINARY.fit(images).trace["auxiliary"] == 0).all()
    for name in ("u2_weight", "snr_weight"):
        trace = replace(BINARY, **{name: 0.01}).fit(images).trace
        assert (trace["auxiliary"] > 0).all()
        np.testing.assert_allclose(
            trace["loss"], trace["cross_entropy"] + BINARY.kl_weight / 60 * trace["kl"] + trace["auxiliary"], rtol=1e-5
        )


def test_stages_halve_pictures_of_any_size():
    from .conftest import pictures

    odd = pictures(shape=(2, 7, 5))
    model = replace(BINARY, layers=4, stages=3, epochs=1).fit(odd)
    assert model.predict(odd, draws=1).probabilities.shape == (60, 2)


def test_notes_say_what_a_reader_must_know(events):
    alone = replace(RECURRENT, epochs=1)
    assert any("rising" in note for note in alone.fit(events, train=np.flatnonzero(events.label == 1)).notes)
    mixed = alone.fit(events, train=np.arange(0, 40), validation=np.arange(40, 48))
    assert any("groups" in note for note in mixed.notes)
    fixed = replace(alone, gradient="arctan").fit(events)
    assert any("drawn" in note for note in fixed.predict(events, draws=3).notes)


def test_wrong_data_are_refused(images, events, films):
    with pytest.raises(DataError, match="LabelledImages"):
        BINARY.fit(events)
    with pytest.raises(DataError, match="LabelledEvents"):
        RECURRENT.fit(images)
    with pytest.raises(DataError, match="grid"):
        CONV.fit(events)
    model = replace(RECURRENT, epochs=1).fit(events)
    with pytest.raises(DataError, match=r"shape \(8,\)"):
        model.predict(films)
    renamed = LabelledEvents(
        time=events.time, unit=events.unit, pointer=events.pointer, label=events.label, classes=["a", "b"],
        n_units=8, duration_s=events.duration_s,
    )  # fmt: skip
    with pytest.raises(DataError, match="rising"):
        model.predict(renamed)
    for other in (np.zeros((2, 8)), None, [1]):
        with pytest.raises(DataError, match="`data` must be LabelledEvents or LabelledImages"):
            model.predict(other)
    for rows, message in (([], "at least one"), ([0, 0], "once"), ([99], "rows")):
        with pytest.raises(DataError, match=message):
            model.predict(events, rows)
    with pytest.raises(DataError, match="at least one"):
        RECURRENT.fit(events, train=[])
    with pytest.raises(DataError, match="both sides"):
        RECURRENT.fit(events, train=[0, 1, 2], validation=[2, 3])


def test_pixels_whose_squares_overflow_are_refused_and_large_ones_are_not(images):
    """Finite in single precision, but not their squares: every unit would be a coin."""
    model = replace(BINARY, epochs=1).fit(images)
    said = r"`data` must hold pixels of at most 1e\+15 in size.* got 3e\+25\. Scale the pictures"
    huge = images.image.copy()
    huge[5, 0, 0, 0] = -3e25
    for wrong in (huge, huge.astype(np.float64)):
        with pytest.raises(DataError, match=said):
            replace(BINARY, epochs=1).fit(replace(images, image=wrong))
        with pytest.raises(DataError, match=said):
            model.predict(replace(images, image=wrong))
    assert len(model.predict(replace(images, image=huge), [0, 1], draws=1).label) == 2
    # Just inside the limit the noise of a unit still is a number, and what is drawn depends on the picture.
    large = replace(images, image=images.image / np.abs(images.image).max() * 9e14)
    found = model.predict(large, draws=3)
    assert np.isfinite(found.drawn).all()


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"layers": 0}, "layers"),
        ({"width": 2.5}, "width"),
        ({"floor": 0.0}, "floor"),
        ({"floor": float("nan")}, "floor"),
        ({"kl_weight": -1.0}, "kl_weight"),
        ({"gradient": "straight"}, "gradient"),
        ({"gradient": "const(1.5)"}, "gradient"),
        ({"noise": "never"}, "noise"),
        ({"normalise": "layer"}, "normalise"),
        ({"law": "cauchy"}, "law"),
        ({"posterior": "yes"}, "posterior"),
        ({"posterior": 1}, "posterior"),
        ({"keep": "first"}, "keep"),
    ],
)
@pytest.mark.parametrize("config", EVERY, ids=lambda c: c.name)
def test_wrong_settings_are_named(config, settings, named):
    with pytest.raises(ConfigError, match=named):
        replace(config, **settings)


@pytest.mark.parametrize(
    ("config", "name"),
    [
        (BINARY, "residual"),
        (RECURRENT, "recurrent"),
        (RECURRENT, "residual"),
        (RECURRENT, "learn_tau"),
        (CONV, "learn_tau"),
    ],
)
def test_words_for_yes_and_no_are_no_answer(config, name):
    for answer in ("no", "off", 0):
        with pytest.raises(ConfigError, match=f"`{name}` must be true or false"):
            replace(config, **{name: answer})


def test_settings_of_their_own_are_checked_too():
    for settings in ({"stages": 4}, {"connect": "sparse"}, {"u2_weight": -0.1}):
        with pytest.raises(ConfigError, match=next(iter(settings))):
            replace(BINARY, **settings)
    for settings in ({"steps": 0}, {"tau_s": 0.0}, {"reset": "half"}, {"pool": 0}):
        with pytest.raises(ConfigError, match=next(iter(settings))):
            replace(RECURRENT, **settings)
    with pytest.raises(ConfigError, match="per_sequence"):
        RecurrentSpikingNet(gradient="arctan", posterior=True)


def test_samples_without_any_event_are_told_too(events):
    silent = LabelledEvents(
        time=[], unit=[], pointer=[0, 0, 0], label=[0, 1], classes=events.classes, n_units=8, duration_s=[1.0, 1.0]
    )
    model = replace(RECURRENT, epochs=2).fit(events)
    found = model.predict(silent, draws=5)
    assert np.isfinite(found.probabilities).all()
    trained = replace(RECURRENT, epochs=2).fit(silent)
    assert np.isfinite(trained.trace["loss"]).all()


def test_every_method_is_registered_under_its_name():
    assert {name: SPIKING_METHODS[name].name for name in SPIKING_METHODS} == {n: n for n in SPIKING_METHODS}
