"""LabelledImages: checked, cut and parted like events."""

import pickle

import numpy as np
import pytest

from interplay._core.errors import DataError
from interplay.data import LabelledImages


def made(n=20, **changes):
    fields = {
        "image": np.random.default_rng(0).random((n, 2, 3, 4)),
        "label": np.arange(n) % 2,
        "classes": np.array(["cat", "dog"]),
        "group": np.array([f"g{k // 4}" for k in range(n)]),
    }
    return LabelledImages(**{**fields, **changes})


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"image": np.zeros((20, 3, 4))}, r"`image` must have shape \(S, channels, height, width\)"),
        ({"image": np.full((20, 1, 1, 1), np.nan)}, "`image` must be finite"),
        ({"label": np.zeros(19, int)}, r"`label` must have shape \(S=20\)"),
        ({"label": np.full(20, 2)}, r"`label` must lie in \[0, C=2\)"),
        ({"classes": np.array(["cat", "cat"])}, "each class once"),
        ({"group": np.array(["x"])}, r"`group` must have shape \(S=20\)"),
    ],
)
def test_what_is_wrong_is_said(changes, match):
    with pytest.raises(DataError, match=match):
        made(**changes)


def test_pictures_are_taken_parted_and_copied():
    data = made()
    part = data.take([3, 0])
    assert (part.image == data.image[[3, 0]]).all()
    assert (part.label.tolist(), part.group.tolist()) == ([1, 0], ["g0", "g0"])
    first, second = data.split(0.6, seed=1, by_group=True)
    assert len(first) == 12
    assert not set(data.group[first]) & set(data.group[second])
    assert pickle.loads(pickle.dumps(data)).digest == data.digest
    assert data.take(np.arange(20)).digest == data.digest != part.digest
    assert repr(part) == "LabelledImages(2 images of 2x3x4, 2 classes)"
    assert made(image=np.zeros((20, 1, 2, 2), np.float32)).image.dtype == np.float32
    with pytest.raises(ValueError, match="read-only"):
        data.image[0] = 0
