"""Skip-gram kernels against a twin in plain numpy, the table, the noise, and draws that know their event."""

import numpy as np
import pytest
from tests.oracles import skip_gram as oracle

from interplay._core.rng import key_word, stream
from interplay.ops import alias, attributed_skip_gram, skip_gram

WALKS = [[0, 3, 1, 4, 2], [2, 1, 1, 0, 5], [4, 3], [5], [3, 0, 4, 4]]
SEED, LEAST = 7, 1e-3
NAME = np.uint64(key_word("skip-gram"))


def padded(walks, length=6):
    return np.array([w + [-1] * (length - len(w)) for w in walks], dtype=np.int32)


def tables(rows, dims, name):
    return (stream(SEED, name).random((rows, dims)) - 0.5).astype(np.float32)


def one_row(share):
    """The alias table of one row, read-only as the walks hand theirs on."""
    parts = np.array([0, len(share)]), np.arange(len(share), dtype=np.int32), np.array(share, dtype=float)
    for part in parts:
        part.flags.writeable = False
    return alias.alias_tables(*parts)


def train(
    walks,
    vectors,
    outputs,
    share,
    *,
    first=0,
    keep=None,
    rate=0.3,
    least=LEAST,
    window=2,
    negatives=3,
    epoch=0,
    epochs=1,
    trained=None,
):
    total = len(WALKS) * epochs
    accept, other = one_row(share)
    return skip_gram.train_walks(
        walks,
        first,
        np.array([(epoch * len(WALKS) + first) / total, 1 / total]),
        vectors,
        outputs,
        accept,
        other,
        np.ones(len(share)) if keep is None else keep,
        skip_gram.logistic_table(),
        window,
        negatives,
        np.array([rate, least]),
        np.uint64(SEED),
        NAME,
        epoch,
        np.zeros(len(share), bool) if trained is None else trained,
    )


def test_the_gradient_of_the_twin_is_that_of_the_likelihood():
    rng = stream(1, "gradient")
    vector, outputs = rng.normal(size=5), rng.normal(size=(4, 5))
    negatives = [0, 3, 3]
    wanted = oracle.gradients(vector, outputs, 2, negatives)
    moved, shifted = vector.copy(), outputs.copy()
    oracle.step(moved, shifted, 2, negatives, 1.0)
    assert np.allclose(moved - vector, wanted[0], atol=1e-8)
    assert np.allclose(shifted - outputs, wanted[1], atol=1e-8)


@pytest.mark.parametrize("subsampled", [False, True])
def test_training_equals_the_twin(subsampled):
    share = np.array([1.0, 3.0, 0.5, 2.0, 0.0, 1.5])
    keep = np.array([1.0, 0.4, 1.0, 0.7, 0.5, 1.0]) if subsampled else np.ones(6)
    vectors, outputs = tables(6, 16, "vectors"), tables(6, 16, "outputs")
    exact, beside = vectors.astype(np.float64), outputs.astype(np.float64)
    pick = oracle.picker(*one_row(share))
    for epoch in range(2):
        trained = np.zeros(6, bool)
        train(padded(WALKS), vectors, outputs, share, keep=keep, epoch=epoch, epochs=2, trained=trained)
        oracle.walks_pass(
            WALKS,
            exact,
            beside,
            pick,
            window=2,
            negatives=3,
            rate=0.3,
            least=LEAST,
            seed=SEED,
            epoch=epoch,
            epochs=2,
            keep=keep,
        )
    # Float32, and 1.2e-5 of the table times the rate, over some hundred steps.
    assert np.allclose(vectors, exact, atol=2e-4)
    assert np.allclose(outputs, beside, atol=2e-4)
    assert np.abs(vectors - tables(6, 16, "vectors")).max() > 0.1
    if not subsampled:
        assert trained.all()


def test_blocks_give_the_same_bits_as_all_at_once():
    share = np.ones(6)
    whole = tables(6, 16, "vectors"), tables(6, 16, "outputs")
    train(padded(WALKS), *whole, share)
    parts = tables(6, 16, "vectors"), tables(6, 16, "outputs")
    for first in (0, 2, 3):
        train(padded(WALKS)[first : {0: 2, 2: 3, 3: 5}[first]], *parts, share, first=first)
    assert all(np.array_equal(a, b) for a, b in zip(whole, parts, strict=True))


def test_the_rate_falls_to_its_least():
    """In the last of very many epochs, it is as if the rate had been the least from the start."""
    share = np.ones(6)
    late, slow = ((tables(6, 16, "vectors"), tables(6, 16, "outputs")) for _ in range(2))
    train(padded(WALKS), *late, share, rate=0.3, least=0.01, epoch=999, epochs=1000)
    train(padded(WALKS), *slow, share, rate=0.01, least=0.01, epoch=999, epochs=1000)
    assert all(np.array_equal(a, b) for a, b in zip(late, slow, strict=True))
    assert not np.array_equal(late[0], tables(6, 16, "vectors"))


def test_the_loss_is_that_of_the_first_centres():
    """Only place 0 of these walks is asked; no step has a size, so the loss is that of the tables as they are."""
    share = np.array([1.0, 3.0, 0.5, 2.0, 1.0, 1.5])
    vectors, outputs = tables(6, 16, "vectors"), 4 * tables(6, 16, "outputs")
    pick = oracle.picker(*one_row(share))
    loss, asked = train(padded(WALKS), vectors, outputs, share, rate=1e-6, least=1e-6, window=1)
    total, count = 0.0, 0
    for w, walk in enumerate(WALKS):
        if len(walk) > 1:
            drawn = [pick(float(oracle.uniform(SEED, "skip-gram", 0, w, 0, 2 + k))) for k in range(3)]
            noise = [t for t in drawn if t != walk[0]]
            total -= oracle.log_likelihood(vectors[walk[1]].astype(float), outputs, walk[0], noise)
            count += 1
    assert asked == count
    assert loss == pytest.approx(total, rel=1e-4)


def test_the_table_is_as_exact_as_said():
    table = skip_gram.logistic_table()
    x = np.linspace(-15.99, 15.99, 20011).astype(np.float32)
    found = np.array([skip_gram.logistic.py_func(v, table) for v in x])
    assert np.abs(found - 1 / (1 + np.exp(-x.astype(np.float64)))).max() < 1.3e-5
    for far in (-16.0, 16.0, 1e6, -1e6):
        assert skip_gram.logistic.py_func(np.float32(far), table) == pytest.approx(float(far > 0), abs=2e-7)


@pytest.mark.parametrize(
    "share",
    [[1.0], [0.0, 2.0], [1.0, 0.0, 3.0, 0.0], [5.0, 1.0, 1.0, 1.0, 0.0, 1e-9], stream(3, "share").random(41) ** 4],
    ids=len,
)
def test_the_noise_has_the_shares_asked_for(share):
    share = np.array(share)
    accept, other = one_row(share)
    got = accept / len(share)
    np.add.at(got, other, (1 - accept) / len(share))
    assert np.allclose(got, share / share.sum(), rtol=0, atol=1e-15)
    assert ((accept >= 0) & (accept <= 1)).all()
    assert not accept[share == 0].any(), "what has no share is never drawn"
    assert (share[other] > 0).all()


def test_who_took_a_step_is_marked():
    keep = np.array([1.0, 1e-9, 1e-9, 1e-9, 1e-9, 1e-9])
    for kept, wanted in ((keep, []), (np.where(np.arange(6) == 3, 1.0, keep), [0, 3])):
        vectors, trained = tables(6, 16, "vectors"), np.zeros(6, bool)
        train(padded(WALKS), vectors, tables(6, 16, "outputs"), np.ones(6), keep=kept, trained=trained)
        assert np.flatnonzero(trained).tolist() == wanted
        assert np.array_equal(trained, (vectors != tables(6, 16, "vectors")).any(axis=1))


def test_visits_count_walks_of_two_nodes_and_more():
    counts = np.zeros(6, np.int64)
    skip_gram.count_visits(padded(WALKS), counts)
    assert counts.tolist() == [3, 3, 2, 3, 4, 1]
    skip_gram.count_visits(np.zeros((2, 1), np.int32), counts)
    assert counts.sum() == 16


@pytest.mark.parametrize("scales", [(1, 1), (0, 2), (2, 2)])
def test_attributes_equal_the_twin(scales):
    has = [[0, 2], [], [1], [0, 1, 3], [3], [2]]
    offsets = np.concatenate([[0], np.cumsum([len(h) for h in has])])
    attribute = np.array([a for held in has for a in held], dtype=np.int32)
    accept, other = one_row(np.array([3.0, 1.0, 2.0, 2.0]))
    vectors, outputs = tables(6, 16, "vectors"), tables(4, 16, "outputs")
    exact, beside = vectors.astype(np.float64), outputs.astype(np.float64)
    trained = np.zeros(6, bool)
    walks = [w for w in WALKS if len(w) > 1]
    attributed_skip_gram.train_attributes(
        padded(walks), 0, np.array([0.0, 1 / len(walks)]), vectors, outputs, offsets, attribute, accept, other,
        skip_gram.logistic_table(), np.array(scales), 2, np.array([0.3, LEAST]), np.uint64(SEED), NAME, 0, trained,
    )  # fmt: skip
    oracle.attributes_pass(
        walks, exact, beside, has, oracle.picker(accept, other),
        least=scales[0], most=scales[1], negatives=2, rate=0.3, floor=LEAST, seed=SEED, name="skip-gram",
    )  # fmt: skip
    assert np.allclose(vectors, exact, atol=2e-4)
    assert np.allclose(outputs, beside, atol=2e-4)
    moved = (exact != tables(6, 16, "vectors").astype(np.float64)).any(axis=1)
    assert np.array_equal(trained, moved)
