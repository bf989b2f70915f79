"""Made-up words: what counts cannot tell, time does."""

import numpy as np
import pytest

from interplay._core.errors import ConfigError
from interplay.spiking import spoken_digits
from interplay.spiking.spoken_words import _swell


def still(n=40, **more):
    """Four words of one family without any variation and without background."""
    settings = {"classes": 4, "channels": 70, "events": 800, "difficulty": 0.0, "noise": 0.0, **more}
    return spoken_digits(n, **settings)


def spread(first, second):
    """Root mean square of the differences of two sets of Poisson counts, in standard deviations."""
    seen = first + second > 0
    return np.sqrt(np.mean((first - second)[seen] ** 2 / (first + second)[seen]))


def totals(data, **how):
    """Counts of each word summed over its utterances, (C, steps, units)."""
    counts = data.counts(**{"step_s": 0.8, "n_steps": 1, "beyond": "ignore", **how}).transpose(1, 0, 2)
    return np.stack([counts[data.label == c].sum(axis=0) for c in range(data.n_classes)]).astype(float)


def test_counts_do_not_tell_the_words_of_a_family():
    table = totals(still())[:, 0]
    for c in range(1, 4):
        assert spread(table[0], table[c]) < 1.35


def test_counts_tell_families():
    table = totals(still(10, classes=8))[:, 0]
    assert spread(table[0], table[4]) > 5


def test_the_second_word_is_the_first_backwards_and_all_four_differ_in_time():
    """The word lasts 0.7 s, with 0.05 s of silence before and after: 16 steps of 0.05 s."""
    table = totals(still(), step_s=0.05, n_steps=16)
    assert table[:, [0, -1]].sum() == 0
    assert spread(table[0], table[1][::-1]) < 1.2
    for a in range(4):
        for b in range(a):
            assert spread(table[a], table[b]) > 3


def test_nearest_means_of_counts_reach_a_quarter_and_nearest_means_in_time_reach_all():
    data = spoken_digits(12, channels=70, events=2000, difficulty=0.3, classes=8)
    half = np.arange(len(data)) < len(data) // 2

    def accuracy(features):
        means = np.stack([features[half & (data.label == c)].mean(axis=0) for c in range(8)])
        found = ((features[~half][:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
        return np.mean(found == data.label[~half])

    steps = data.counts(step_s=0.1, n_steps=20).transpose(1, 0, 2)
    assert accuracy(steps.sum(axis=1)) < 0.5
    assert accuracy(steps.reshape(len(data), -1)) > 0.8


def test_numbers_of_spikes_are_those_asked_for():
    data = still(60, events=500, noise=0.25)
    assert abs(data.n_events.mean() - 500) < 4 * np.sqrt(500 / 240)
    assert 0.7 < data.n_events.var() / 500 < 1.4
    before = sum((data.sample(k).time < 0.05).sum() for k in range(len(data)))
    assert before == pytest.approx(240 * 500 * 0.25 * 0.05 / 0.8, rel=0.15)


def test_a_sound_swells_lasts_and_fades_and_is_the_same_backwards():
    share = (np.arange(20000) + 0.5) / 20000
    place = _swell(share)
    assert (np.diff(place) > 0).all()
    assert np.allclose(place + place[::-1], 1)
    height = np.histogram(place, 100, (0, 1))[0] / 200
    middle = np.arange(0.005, 1, 0.01)
    wanted = np.clip(np.minimum(middle, 1 - middle) / 0.15, 0, 1) / 0.85
    assert np.allclose(height, wanted, atol=0.02)


def test_words_belong_to_the_vocabulary_and_speakers_to_the_seed():
    one, same, other = (totals(still(5, **kind))[0, 0] for kind in ({"seed": 1}, {"seed": 2}, {"vocabulary": 3}))
    assert spread(one, same) < 1.4
    assert spread(one, other) > 3
    moved = [totals(still(5, speakers=1, difficulty=1.0, seed=k))[0, 0] for k in (1, 2)]
    assert spread(*moved) > 3


def test_more_utterances_leave_the_first_as_they_were():
    few, many = (spoken_digits(n, classes=3, channels=32, events=200, speakers=2, seed=5) for n in (2, 3))
    assert many.take(np.arange(6)).digest == few.digest
    assert many.group.tolist() == ["speaker 0"] * 3 + ["speaker 1"] * 3 + ["speaker 0"] * 3
    assert many.time.dtype == np.float32
    assert "difficulty 1" in many.notes[0]


def test_a_speaker_keeps_the_shift():
    """Mean channels vary between speakers more than within."""
    data = spoken_digits(24, classes=2, channels=100, events=1000, speakers=6)
    middle = np.array([data.sample(k).unit.mean() for k in range(len(data))])
    means = {g: middle[data.group == g].mean() for g in np.unique(data.group)}
    within = np.std([m - means[g] for m, g in zip(middle, data.group, strict=True)])
    assert np.std(list(means.values())) > 1.5 * within / np.sqrt(8)


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"n_per_class": 0}, "`n_per_class` must be a whole number >= 1"),
        ({"classes": 1}, "`classes` must be a whole number >= 2"),
        ({"channels": 8}, "`channels` must be a whole number >= 16"),
        ({"speakers": 0}, "`speakers`"),
        ({"events": 0.0}, "`events` must be > 0"),
        ({"noise": 1.0}, "`noise` must be >= 0 and < 1"),
        ({"difficulty": -1.0}, "`difficulty` must be >= 0"),
        ({"vocabulary": -1}, "`vocabulary`"),
        ({"seed": -1}, "`seed` must be >= 0"),
    ],
)
def test_wrong_settings(settings, match):
    with pytest.raises(ConfigError, match=match):
        spoken_digits(**{"n_per_class": 1, "classes": 2, "channels": 16, "events": 10, **settings})
