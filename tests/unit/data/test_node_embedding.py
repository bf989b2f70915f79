"""NodeEmbedding: what it promises of its vectors is checked."""

import numpy as np
import pytest

from interplay._core.errors import DataError
from interplay.data import NodeEmbedding

GOOD = {"embedding": np.array([[1.0, 2.0], [0.0, 0.0]]), "embedded": np.array([True, False])}


def made(**parts):
    return NodeEmbedding(config=None, made_from="", method="drawn", **GOOD | parts)


def test_what_is_promised_is_held():
    assert made().n_nodes == 2


@pytest.mark.parametrize(
    ("parts", "match"),
    [
        ({"embedding": np.zeros((3, 2))}, "one row per node"),
        ({"embedding": GOOD["embedding"].astype(np.float32)}, "must be float64"),
        ({"embedded": np.array([1, 0])}, "must be float64 and `embedded` bool"),
        ({"embedding": np.array([[np.nan, 0], [0, 0]])}, "must be finite"),
        ({"embedded": np.array([False, True])}, "row 0 is not, nor are 1 in all"),
    ],
)
def test_what_is_not_is_refused(parts, match):
    with pytest.raises(DataError, match=match):
        made(**parts)
