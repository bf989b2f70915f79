"""One model of streams by itself: trained, read at the end, written."""

from pathlib import Path

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.io.npz import load_arrays, load_header
from interplay.job import Plan
from interplay.job.stream_alone import represent_stream


class Nobody:
    def stage(self, name):
        return lambda done, total: None

    def done(self, name, *, reused, seconds):
        pass


def events(path: Path, n=60) -> str:
    rows = "".join(f"u{k % 3},p{k % 4},{k}\n" for k in range(n))
    path.write_text("src,dst,time\n" + rows)
    return str(path)


def small(source, out, *more, method="tgn", **plan):
    settings = ("memory=8", "width=8", "time_width=4", "neighbours=2", *more)
    return represent_stream(Plan.of(input=source, epochs=1, **plan), method, settings, out, observer=Nobody())


def test_every_node_has_a_vector_at_the_end_and_the_file_says_whose(tmp_path):
    source = events(tmp_path / "events.csv")
    found = small(source, tmp_path / "v.npz", seed=3)
    assert found.vectors.shape == (7, 8)
    assert np.isfinite(found.vectors).all()
    assert found.time_s == 60.0
    arrays, header = load_arrays(tmp_path / "v.npz"), load_header(tmp_path / "v.npz")
    assert np.array_equal(arrays["embedding"], found.vectors)
    assert header["names"] == ["p0", "p1", "p2", "p3", "u0", "u1", "u2"]
    assert header["settings"]["seed"] == "3"
    assert not list(tmp_path.glob("*.checkpoint"))
    again = small(source, tmp_path / "v.csv", seed=3)
    assert np.array_equal(again.vectors, found.vectors)
    assert (tmp_path / "v.csv").read_text().splitlines()[1].startswith("p0,")


@pytest.mark.parametrize(
    ("plan", "more", "said"),
    [
        ({"latent": 3}, (), "--latent"),
        ({"window_s": 3.0}, (), "--window-s"),
        ({}, ("epochs=3",), "said once"),
        ({}, ("aims=sign",), "aims"),
    ],
)
def test_what_would_have_no_effect_is_refused(tmp_path, plan, more, said):
    with pytest.raises(ConfigError, match=said):
        small(events(tmp_path / "events.csv"), tmp_path / "v.npz", *more, **plan)
    assert not (tmp_path / "v.npz").exists()


def test_a_recording_is_no_list_of_events(tmp_path):
    path = tmp_path / "spikes.csv"
    path.write_text("unit,time\n" + "".join(f"{k % 3},{k}\n" for k in range(60)))
    with pytest.raises(DataError, match="list of events"):
        small(str(path), tmp_path / "v.npz")
