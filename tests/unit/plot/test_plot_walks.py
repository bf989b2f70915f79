"""Pictures of walks and of tasks on nodes."""

import numpy as np

from interplay.measures.walk_results import DampingResult, TraverseResult
from interplay.plot import plot_damping, plot_tasks, plot_traverse
from interplay.represent.task_results import TaskResult

MADE = {"config": None, "made_from": "0" * 32, "versions": {"interplay": "0"}}


def damping(**parts):
    q = np.linspace(0, 0.99, 50)
    curves = np.stack([10 + (q - 0.8) ** 2, 12 + q])
    made = {
        "damping": q, "costs": np.array(["path", "1.0"]), "mean_distance": curves, "mean_passage": curves[0],
        "ordinary": np.array([11.0, 13.0]), "best": np.array([0.8, 0.0]), "best_distance": np.array([10.0, 12.0]),
        "interior": np.array([True, False]), "gain": np.array([0.1, 0.0]), "near": np.array([[0.6, 0.95], [0.0, 0.1]]),
    }  # fmt: skip
    return DampingResult(**MADE, **(made | parts))


def traverse(distance, **parts):
    d = np.asarray(distance, dtype=float)
    return TraverseResult(**MADE, distance=d, passage=d, mean_distance=1.0, mean_passage=1.0, residual=0.0, **parts)


def task(accuracy):
    table = np.asarray(accuracy, dtype=float)
    return TaskResult(
        **MADE, task="node classification", method="x", groups=np.array(["a", "b"]),
        scores={"accuracy": np.nanmean(table, axis=1)}, group_scores={"accuracy": table},
        group_counts=np.ones(table.shape, dtype=int), chance={"accuracy": np.full(len(table), 0.5)}, group_chance={},
    )  # fmt: skip


def test_damping_marks_least_values_inside_full_and_at_the_edge_hollow():
    ax = plot_damping(damping())
    marks = [line for line in ax.lines if line.get_marker() == "o"]
    assert [float(m.get_xdata()[0]) for m in marks] == [0.8, 0.0]
    assert marks[1].get_color() == marks[0].get_markeredgecolor()
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["a teleport costs its path", "costs 1"]
    never = plot_damping(damping(mean_distance=np.full((2, 50), np.inf)))
    assert never.texts[0].get_text() == "nowhere finite"


def test_traverse_puts_easily_met_nodes_first_and_never_met_ones_last():
    ax = plot_traverse(traverse([[0, 5, np.inf], [2, 0, np.inf], [2, 6, 0]], names=np.array(["u", "v", "w"])))
    assert [t.get_text() for t in ax.get_xticklabels()] == ["u", "v", "w"]
    image = ax.images[0].get_array()
    assert np.ma.getmaskarray(np.ma.masked_invalid(image))[:, 2].all()
    given = plot_traverse(traverse([[0, 5], [2, 0]]), order=np.array([1, 0]))
    assert given.images[0].get_array()[0, 1] == 2
    assert "fewer than two" in plot_traverse(traverse(np.zeros((1, 1)))).texts[0].get_text()


def test_tasks_have_a_row_each_and_a_mark_per_group_that_was_tested():
    ax = plot_tasks({"one": task([[0.9, 0.5], [0.7, 0.5]]), "two": task([[0.8, np.nan]])})
    assert [t.get_text() for t in ax.get_yticklabels()] == ["one", "two"]
    marks = [(line.get_marker(), float(line.get_xdata()[0])) for line in ax.lines if line.get_marker() in "os"]
    assert [m for m, _ in marks] == ["o", "s", "o"]
    np.testing.assert_allclose([x for _, x in marks], [0.8, 0.5, 0.8])
    assert "no task" in plot_tasks({}).texts[0].get_text()
