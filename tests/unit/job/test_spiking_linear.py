"""What needs no network, against scikit-learn and by hand."""

import numpy as np
from tests.unit.job.made_samples import made_arrays

from interplay.data import LabelledEvents, LabelledImages
from interplay.job.spiking_linear import linear_readouts


def events(**more):
    arrays = made_arrays(**more)
    return LabelledEvents(**{**arrays, "n_units": int(arrays["n_units"])})


def test_class_shares_are_those_of_the_samples_learnt_from():
    data = events()
    train = np.array([0, 1, 3, 4, 6, 2])
    shares = linear_readouts(data, train, np.array([5, 8]))[0].probabilities(data, np.arange(4))
    np.testing.assert_allclose(shares, np.tile([3 / 6, 2 / 6, 1 / 6], (4, 1)))


def test_of_one_class_there_is_nothing_to_regress():
    data = events()
    one = np.flatnonzero(data.label == 1)
    found = linear_readouts(data, one, np.array([0, 1]))
    assert [readout.name for readout in found] == ["class shares"]
    np.testing.assert_allclose(found[0].probabilities(data, [0]), [[0.0, 1.0, 0.0]])


def test_counts_are_those_of_a_regression_on_counts():
    from sklearn.linear_model import LogisticRegression

    data = events()
    train, watched, test = np.arange(24), np.arange(24, 30), np.arange(30, 36)
    found = next(r for r in linear_readouts(data, train, watched) if r.name == "counts")
    x = np.array([np.bincount(data.sample(k).unit, minlength=6) for k in range(36)], dtype=float)
    z = (x - x[train].mean(axis=0)) / x[train].std(axis=0)
    losses = {}
    for strength in (0.01, 0.1, 1.0, 10.0):
        model = LogisticRegression(C=strength, max_iter=300).fit(z[train], data.label[train])
        told = model.predict_proba(z[watched])[np.arange(6), data.label[watched]]
        losses[strength] = (-np.log(told).mean(), model)
    best = min(losses.values(), key=lambda pair: pair[0])[1]
    np.testing.assert_allclose(found.probabilities(data, test), best.predict_proba(z[test]), atol=1e-6)


def test_order_in_time_is_seen_by_the_time_bins_alone():
    """Two classes with the same counts: unit 0 then 1, or 1 then 0."""
    rng = np.random.default_rng(1)
    n = 40
    label = np.arange(n) % 2
    early, late = rng.uniform(0, 0.05, (n, 5)), rng.uniform(0.06, 0.1, (n, 5))
    data = LabelledEvents(
        time=np.concatenate([np.concatenate([np.sort(early[k]), np.sort(late[k])]) for k in range(n)]),
        unit=np.concatenate([np.repeat([label[k], 1 - label[k]], 5) for k in range(n)]),
        pointer=np.arange(n + 1) * 10,
        label=label,
        classes=["forth", "back"],
        n_units=2,
        duration_s=np.full(n, 0.1),
    )
    _, counts, binned = linear_readouts(data, np.arange(24), np.arange(24, 30))
    rows = np.arange(30, 40)
    assert (binned.probabilities(data, rows).argmax(axis=1) == label[rows]).all()
    np.testing.assert_allclose(counts.probabilities(data, rows), 0.5, atol=1e-6)


def test_a_class_that_nothing_is_learnt_of_is_never_told():
    data = events()
    train = np.flatnonzero(data.label < 2)
    for readout in linear_readouts(data, train[:16], train[16:]):
        assert (readout.probabilities(data, np.arange(6))[:, 2] == 0).all()


def test_pictures_are_read_by_their_pixels():
    rng = np.random.default_rng(0)
    label = np.arange(30) % 2
    image = rng.normal(size=(30, 1, 3, 3)) + 2 * label[:, None, None, None]
    data = LabelledImages(image=image, label=label, classes=["dark", "bright"])
    names = [readout.name for readout in linear_readouts(data, np.arange(20), np.arange(20, 24))]
    assert names == ["class shares", "pixels"]
    told = linear_readouts(data, np.arange(20), np.arange(20, 24))[1].probabilities(data, np.arange(24, 30))
    assert (told.argmax(axis=1) == label[24:]).mean() > 0.8


def test_the_watched_samples_choose_the_penalty():
    """Where they contradict what was learnt, the least sure readout is the best; where they agree, the surest."""
    data = events(samples=60)
    train, watched = np.arange(30), np.arange(30, 48)
    label = np.array(data.label)
    label[watched] = (label[watched] + 1) % 3
    against = LabelledEvents(**{**made_arrays(samples=60), "n_units": 6, "label": label})
    agreed, opposed = (
        next(r for r in linear_readouts(samples, train, watched) if r.name == "counts") for samples in (data, against)
    )
    assert np.abs(opposed.weight).max() < 0.5 * np.abs(agreed.weight).max()
