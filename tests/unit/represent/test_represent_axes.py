"""How many directions an embedding uses, and the note where they are one line."""

from dataclasses import replace

import numpy as np
import pytest

from interplay.represent import TAVRNN, VGAE, StatisticsGRU
from interplay.represent.axes import line_notes
from interplay.testing import random_snapshots


def fitted(method=VGAE, **settings):
    rng = np.random.Generator(np.random.Philox(8))
    s = random_snapshots(rng, n_snapshots=5, n_nodes=6, density=0.5, directed=False, absent=True)
    return method(hidden=6, latent=3, epochs=3, **settings).fit(s), s


def cloud(sizes, *, windows=40, nodes=30, shift=0.0):
    return shift + np.random.Generator(np.random.Philox(1)).normal(size=(windows, nodes, len(sizes))) * sizes


def placed(embedding, present=None):
    shape = embedding.shape[:2]
    return replace(fitted()[0], embedding=embedding, present=np.ones(shape, bool) if present is None else present)


@pytest.mark.parametrize("used", [1, 2, 3, 4])
def test_equal_axes_are_counted_wherever_they_point_and_wherever_the_cloud_lies(used):
    axes = np.eye(4)[:used]
    corners = np.concatenate([axes, -axes])[None]
    turn = np.linalg.qr(np.random.Generator(np.random.Philox(2)).normal(size=(4, 4)))[0]
    assert placed(corners).dimensions == pytest.approx(used, rel=1e-12)
    assert placed(3 * corners @ turn + [5.0, 0, 0, 1]).dimensions == pytest.approx(used, rel=1e-9)


def test_dimensions_are_the_participation_ratio_of_present_nodes_variances():
    result, _ = fitted()
    assert not result.present.all()
    size = np.linalg.svd(result.embedding[result.present] - result.embedding[result.present].mean(axis=0))[1] ** 2
    assert result.dimensions == pytest.approx(size.sum() ** 2 / (size**2).sum(), rel=1e-9)
    assert 1 <= result.dimensions <= 3
    moved = result.embedding + 1e3 * ~result.present[:, :, None]
    assert replace(result, embedding=moved).dimensions == result.dimensions


def test_where_nothing_varies_nothing_is_counted():
    for embedding in (np.full((2, 3, 4), 0.1), np.zeros((2, 3, 4)), np.zeros((0, 3, 4)), np.zeros((2, 3, 0))):
        assert np.isnan(placed(embedding).dimensions)
    assert np.isnan(placed(cloud([1, 1]), np.zeros((40, 30), bool)).dimensions)


@pytest.mark.parametrize(
    ("sizes", "shift", "lies"),
    [
        ([1, 1, 1], 0.0, False),
        ([1, 0.25, 0], 0.0, False),  # 94 % on one axis
        ([1, 0.2, 0], 0.0, True),  # 96 %
        ([1, 1, 1], [9.0, 0, 0], True),  # round about its mean, but one ray from the origin
        ([1, 0.1, 0.1], [0, 9.0, 9.0], True),
        ([1, 0.1, 0.1], [0, 1.0, 0], True),  # through the origin there are two axes, about the mean only one
    ],
)
def test_one_axis_that_holds_nearly_all_is_called_a_line(sizes, shift, lies):
    embedding = cloud(sizes, shift=np.asarray(shift))
    notes = line_notes(embedding, np.ones((40, 30), bool))
    assert len(notes) == lies
    if lies:
        points = embedding.reshape(-1, 3)
        shares = [np.linalg.svd(x, compute_uv=False) ** 2 for x in (points, points - points.mean(axis=0))]
        through, about = (100 * s[0] / s.sum() for s in shares)
        assert notes[0].startswith("The vectors lie on one line: one axis through the origin holds")
        assert f"holds {through:.1f}% of" in notes[0]
        assert f"mean {about:.1f}% of" in notes[0]


def test_absent_nodes_draw_no_line_and_trivial_lines_are_not_worth_a_word():
    embedding, present = cloud([1, 1, 1]), np.ones((40, 30), bool)
    far, present[0, 0] = embedding.copy(), False
    far[0, 0] = 1e4
    assert line_notes(far, present) == ()
    assert line_notes(cloud([1]), np.ones((40, 30), bool)) == ()
    assert line_notes(cloud([1, 1], windows=1, nodes=2), np.ones((1, 2), bool)) == ()
    assert line_notes(np.zeros((4, 5, 3)), np.ones((4, 5), bool)) == ()


@pytest.mark.parametrize("method", [TAVRNN, StatisticsGRU])
def test_results_carry_the_note_of_their_own_vectors(method, monkeypatch):
    def lines(result):
        return [note for note in result.notes if "vectors lie on one line:" in note]

    plain, s = fitted(method)
    assert lines(plain) == list(line_notes(plain.embedding, plain.present))
    monkeypatch.setattr("interplay.represent.axes.LINE", 0.0)
    result, _ = fitted(method)
    assert lines(result) == list(line_notes(result.embedding, s.present))
    assert len(lines(result)) == 1
    again = result.config.embed(result, s)
    assert lines(again) == list(line_notes(again.embedding, s.present))
    assert set(result.notes) - set(lines(result)) <= set(again.notes)
    other = s.take([0, 2, 3])
    apart = result.config.embed(result, other)
    assert apart.notes == line_notes(apart.embedding, other.present)
    if method is TAVRNN:
        drawn = result.config.embed(result, s, sample_seed=1)
        assert lines(drawn) == list(line_notes(drawn.embedding, s.present)) != lines(again)
    monkeypatch.setattr("interplay.represent.axes.LINE", 1.0)
    assert lines(result.config.embed(result, s)) == []
