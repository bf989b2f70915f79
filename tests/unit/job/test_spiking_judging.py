"""Which baseline a network is compared with."""

from dataclasses import dataclass

import numpy as np
from tests.unit.job.made_samples import made_arrays

from interplay.data import LabelledEvents
from interplay.job.spiking_judging import best_baseline

ARRAYS = made_arrays()
DATA = LabelledEvents(**{**ARRAYS, "n_units": int(ARRAYS["n_units"])})
WATCHED, JUDGED = np.arange(0, 12), np.arange(12, 36)


def told(right, sure):
    """Probabilities that are right on these samples, and so sure of what they say."""
    said = np.where(np.isin(np.arange(len(DATA)), right), DATA.label, (DATA.label + 1) % 3)
    return np.where(np.arange(3) == said[:, None], sure, (1 - sure) / 2)


@dataclass
class Readout:
    name: str
    all_of_them: np.ndarray

    def probabilities(self, data, rows):
        return self.all_of_them[rows]


class Told:
    def __init__(self, probabilities):
        self.probabilities = probabilities


class Network:
    def __init__(self, probabilities):
        self.known = probabilities

    def predict(self, data, rows, *, draws, seed, device):
        assert (data is DATA, draws) == (True, 0)
        return Told(self.known[rows])


def asked(models, readouts):
    made = {name: Network(p) for name, p in models.items()}
    return best_baseline(made, [Readout(n, p) for n, p in readouts.items()], DATA, WATCHED, seed=0, device="cpu")


def test_it_is_the_one_that_is_right_most_often_on_watched_samples_whatever_the_judged_ones_say():
    watched = told(WATCHED, 0.6)  # all of the watched, none of the judged
    judged = told([*WATCHED[:6], *JUDGED], 0.9)
    assert asked({"first": judged, "second": watched}, {"counts": told(WATCHED[:4], 0.9)}) == "second"
    assert asked({"first": judged}, {"counts": watched}) == "counts"


def test_of_several_it_is_the_least_surprised_one():
    assert asked({"unsure": told(WATCHED, 0.5)}, {"sure": told(WATCHED, 0.8)}) == "sure"


def test_without_any_or_without_watched_samples_there_is_none():
    assert asked({}, {}) == ""
    network = {"a": Network(told(WATCHED, 0.5))}
    assert best_baseline(network, [], DATA, WATCHED[:0], seed=0, device="cpu") == ""
