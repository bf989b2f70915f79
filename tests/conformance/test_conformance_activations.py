"""Every activation keeps its promises: it is the proximal operator of its own cost."""

import numpy as np
import pytest

from interplay.circuits import ACTIVATIONS, Activation, activation
from interplay.testing import check_activation

#: At least one case of every kind; kinks lie off the inputs of the check.
CASES = [
    ("identity", {}),
    ("relu", {}),
    ("clip", {}),
    ("clip", {"top": 0.3}),
    ("threshold_linear", {"gain": 0.6, "threshold": 0.4}),
    ("threshold_linear", {"gain": 1.7, "threshold": -0.5}),
    ("leaky_relu", {}),
    ("leaky_relu", {"slope": 1.8}),
    ("soft_threshold", {"threshold": 0.7}),
    ("tanh", {}),
    ("logistic", {"steepness": 2.0}),
    ("logistic", {"steepness": 4.0, "threshold": 1.0}),
    ("logistic", {"steepness": 9.0, "threshold": 0.3}),
    ("softplus", {}),
    ("power", {}),
    ("power", {"gain": 0.4, "exponent": 1.5}),
    ("power", {"gain": 2.0, "exponent": 3.2}),
]


def test_every_kind_has_a_case():
    assert {kind for kind, _ in CASES} == set(ACTIVATIONS)


@pytest.mark.parametrize(("kind", "parameters"), CASES)
def test_activations_keep_the_promises(kind, parameters):
    check_activation(activation(kind, **parameters))


class Wrong(Activation):
    """An activation that breaks one promise."""

    __slots__ = ()
    fault = ""

    def __call__(self, z):
        return super().__call__(z) * (-1 if self.fault == "decreases" else 1) + (2.0 if self.fault == "leaves" else 0.0)

    def slope(self, z):
        return super().slope(z) * (1.1 if self.fault == "slope" else 1.0)

    def inverse(self, x):
        return super().inverse(x) + (0.1 if self.fault == "inverse" else 0.0)

    def cost(self, x):
        if self.fault == "open":
            return Activation("tanh").cost(np.clip(x, -1, 1))
        return super().cost(x) * (1.2 if self.fault == "cost" else 1.0)

    def prox(self, z, step=1.0):
        return super().prox(z, step) * (0.99 if self.fault == "prox" and step != 1.0 else 1.0)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("decreases", "must not decrease"),
        ("leaves", "stay in the domain"),
        ("slope", "must be the derivative"),
        ("inverse", "must undo"),
        ("open", "infinite outside"),
        ("cost", "derivative inverse"),
        ("prox", "must find the least"),
    ],
)
def test_the_suite_sees_a_broken_promise(fault, message, monkeypatch):
    monkeypatch.setattr(Wrong, "fault", fault)
    with pytest.raises(AssertionError, match=message):
        check_activation(Wrong("tanh"))
