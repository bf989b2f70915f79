"""Cohorts as folders: to the bit, without being read, and whole after a crash."""

import contextlib
import json
import subprocess
import sys
import time

import numpy as np
import pytest

import interplay as ip
from interplay._core.errors import ConfigError, DataError
from interplay.data import Cohort, Units
from interplay.io import CohortWriter, open_cohort, save_cohort, sniff


def small(dtype="float32", seed=0):
    rng = np.random.default_rng(seed)
    regions = Units(n=3, id=np.array(["V1", "V2", "thal"]), group=np.array(["Vis", "Vis", ""]), sign=[0, 1, -1],
                    position_um=[[0.5, 1, np.nan], [1, 2, 3], [0, 0, 0]])  # fmt: skip
    series = [rng.normal(size=(t, 3)).astype(dtype) for t in (4, 6, 5)]
    series[0][:, 1] = np.nan
    w = rng.random((3, 3))
    return Cohort.of(
        [series[0], None, series[2], series[1]],
        regions=regions,
        subject=["a", "b", "b", "c"],
        session=["", "pre", "post", ""],
        structure=[w, w.T, None, -w],
        dt_s=0.72,
        covariates={
            "age": np.array([31.5, np.nan, 2, 3], "f4"),
            "sex": np.array(["M", "", "F", "F"]),
            "visit": np.array([1, 2, 3, 4]),
            "patient": np.array([True, False, True, False]),
        },
        notes=("a note",),
    )


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_saved_is_loaded_to_the_bit(tmp_path, dtype):
    cohort = small(dtype)
    place = save_cohort(cohort, tmp_path / "mine")
    for found in (open_cohort(place), open_cohort(place, check=False), ip.load(place)):
        assert found.digest == cohort.digest
        assert found.notes == cohort.notes
        assert found.series.dtype == dtype
        assert {k: v.dtype.kind for k, v in found.covariates.items()} == dict(age="f", sex="U", visit="i", patient="b")
    assert sniff(place) == "cohort"
    assert isinstance(open_cohort(place).series.base, np.memmap | np.ndarray)


def test_one_modality_and_big_endian_numbers(tmp_path):
    for name in ("function", "structure"):
        cohort = small().only(name)
        assert open_cohort(save_cohort(cohort, tmp_path / name)).digest == cohort.digest
    other = Cohort.of([np.arange(6.0).reshape(2, 3).astype(">f4")], regions=Units(n=3), subject=["a"])
    assert open_cohort(save_cohort(other, tmp_path / "big")).scan(0)[1].tolist() == [3, 4, 5]


def test_a_cohort_can_replace_the_one_it_is_mapped_from(tmp_path):
    whole = small()
    place = save_cohort(whole, tmp_path / "mine")
    mapped = open_cohort(place)
    save_cohort(mapped.take([2, 0]), place)
    assert open_cohort(place).digest == whole.take([2, 0]).digest
    assert mapped.digest == whole.digest
    assert sorted(p.name for p in place.iterdir()) == ["cohort.json", "lock", "series-1.bin", "structure-1.bin"]


def test_opened_scans_are_cut_without_being_read(tmp_path):
    place = save_cohort(small(), tmp_path / "mine")
    values = np.fromfile(place / "series-0.bin", "<f4")
    values[0] = np.inf  # whoever reads it would refuse it
    values.tofile(place / "series-0.bin")
    cut = open_cohort(place, check=False).take([0, 1, 2])
    assert np.isinf(cut.scan(0)[0, 0])
    with pytest.raises(DataError, match="infinite"):
        cut.take([2, 0])  # side by side no more: copied


def test_appended_scans_are_those_of_the_cohort(tmp_path):
    cohort = small("float64")
    settings = {"regions": cohort.regions, "dt_s": cohort.dt_s, "notes": cohort.notes}
    for s in range(len(cohort)):
        with CohortWriter(tmp_path / "mine", **(settings if s == 0 else {})) as writer:
            writer.append(
                str(cohort.subject[s]),
                cohort.scan(s) if cohort.has_function[s] else None,
                structure=cohort.matrix(s) if cohort.has_structure[s] else None,
                session=str(cohort.session[s]),
                covariates={k: v[s] for k, v in cohort.covariates.items()},
            )
            assert len(writer) == s + 1
    found = open_cohort(tmp_path / "mine")
    for name in ("subject", "session", "series", "pointer", "structure", "structure_of"):
        np.testing.assert_array_equal(getattr(found, name), getattr(cohort, name))
    for name, column in cohort.covariates.items():
        np.testing.assert_array_equal(found.covariates[name], column)
    assert found.notes == cohort.notes


def test_shared_matrices_are_named_by_their_number(tmp_path):
    with CohortWriter(tmp_path / "c", regions=Units(n=2), dt_s=1) as writer:
        writer.append("a", structure=np.eye(2), session="1")
        writer.append("a", structure=0, session="2")
        with pytest.raises(DataError, match="one of the 1 matrices"):
            writer.append("b", structure=1)
    assert open_cohort(tmp_path / "c").structure_of.tolist() == [0, 0]


def test_a_crash_leaves_the_last_commit(tmp_path):
    place = tmp_path / "c"
    with contextlib.suppress(KeyboardInterrupt), CohortWriter(place, regions=Units(n=2), dt_s=1) as writer:
        writer.append("a", [[1.0, 2.0]])
        writer.commit()
        writer.append("b", [[3.0, 4.0]] * 5)
        raise KeyboardInterrupt
    assert open_cohort(place).subject.tolist() == ["a"]
    with (place / "series-0.bin").open("ab") as file:
        file.write(b"bytes of a writer that was killed")
    assert open_cohort(place).scan(0).tolist() == [[1, 2]]
    with CohortWriter(place) as writer:
        writer.append("c", [[5.0, 6.0]])
    assert open_cohort(place).series.tolist() == [[1, 2], [5, 6]]


def test_a_failed_write_takes_nothing_more(tmp_path, monkeypatch):
    writer = CohortWriter(tmp_path / "c", regions=Units(n=2), dt_s=1)
    writer.append("a", [[1.0, 2.0]])
    monkeypatch.setattr(writer, "_file", lambda name: (_ for _ in ()).throw(OSError("no space")))
    with pytest.raises(OSError, match="no space"):
        writer.append("b", [[1.0, 2.0]])
    with pytest.raises(DataError, match="failed midway"):
        writer.append("c", [[1.0, 2.0]])
    with pytest.raises(DataError, match="failed midway"):
        writer.__exit__(None, None, None)
    with CohortWriter(tmp_path / "c", regions=Units(n=2), dt_s=1) as again:
        again.append("a", [[7.0, 8.0]])
    assert open_cohort(tmp_path / "c").series.tolist() == [[7, 8]]


@pytest.mark.parametrize(
    ("scan", "message"),
    [
        ({"subject": "a", "series": [[1.0, 2.0]]}, "must be appended once"),
        ({"subject": "b"}, "neither"),
        ({"subject": "b", "series": [[1.0, 2.0, 3.0]]}, r"`series` must be \(samples, R\).*R=2"),
        ({"subject": "b", "series": np.empty((0, 2))}, r"`series` must be \(samples, R\)"),
        ({"subject": "b", "structure": np.ones((2, 3))}, r"`structure` must be \(R, R\)"),
        ({"subject": "b", "series": [[1.0, np.inf]]}, r"`series` must not be infinite.*series\[0, 1\]"),
        ({"subject": "b", "series": [["x", "y"]]}, "`series` must be"),
        ({"subject": "b", "series": [[1.0, 2.0]], "covariates": {}}, "must have the covariates age, got none"),
        ({"subject": "b", "series": [[1.0, 2.0]], "covariates": {"age": "old"}}, "all numbers or all texts"),
        ({"subject": "b", "series": [[1.0, 2.0]], "covariates": {"age": [1]}}, "a number or a text"),
    ],
)
def test_a_scan_that_does_not_fit_changes_nothing(tmp_path, scan, message):
    scan = {"covariates": {"age": 2.0}} | scan
    with CohortWriter(tmp_path / "c", regions=Units(n=2), dt_s=1) as writer:
        writer.append("a", [[1.0, 2.0]], covariates={"age": 1.0})
        with pytest.raises(DataError, match=message):
            writer.append(**scan)
        writer.append("z", [[3.0, 4.0]], covariates={"age": 3.0})
    assert open_cohort(tmp_path / "c").series.tolist() == [[1, 2], [3, 4]]


def test_types_are_never_narrowed_silently(tmp_path):
    with CohortWriter(tmp_path / "c", regions=Units(n=2), dt_s=1) as writer:
        writer.append("a", np.ones((1, 2), "f4"))
        with pytest.raises(DataError, match=r"must fit into float32.*dtype='float64'"):
            writer.append("b", np.ones((1, 2)))
    with CohortWriter(tmp_path / "d", regions=Units(n=2), dt_s=1, dtype="float32") as writer:
        writer.append("a", [[1, 2]])
        with pytest.raises(DataError, match="infinite in type <f4"):
            writer.append("b", [[1e300, 1.0]])
    assert open_cohort(tmp_path / "d").series.dtype == np.float32
    with pytest.raises(ConfigError, match="`dtype` must be one of"):
        CohortWriter(tmp_path / "e", regions=Units(n=2), dt_s=1, dtype="int8")


def test_settings_have_their_place(tmp_path):
    with pytest.raises(ConfigError, match="`regions` and `dt_s` must be given"):
        CohortWriter(tmp_path / "c")
    with pytest.raises(DataError, match="`dt_s` must be a positive number"):
        CohortWriter(tmp_path / "c", regions=Units(n=2), dt_s=0)
    with CohortWriter(tmp_path / "c", regions=Units(n=2), dt_s=1) as writer:
        writer.append("a", [[1.0, 2.0]])
        with pytest.raises(ConfigError, match="another process"):
            save_cohort(small(), tmp_path / "c")
    with pytest.raises(ConfigError, match="must be left out"):
        CohortWriter(tmp_path / "c", dt_s=1)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("all of it")
    with pytest.raises(DataError, match=r"holds 'thesis.txt', and is left as it is"):
        save_cohort(small(), tmp_path / "other")
    assert [p.name for p in (tmp_path / "other").iterdir()] == ["thesis.txt"]
    with pytest.raises(DataError, match="is a file"):
        save_cohort(small(), tmp_path / "other" / "thesis.txt")
    with pytest.raises(DataError, match="existing folder"):
        save_cohort(small(), tmp_path / "no" / "where")


def test_damage_is_told(tmp_path):
    place = save_cohort(small(), tmp_path / "c")
    raw = (place / "series-0.bin").read_bytes()
    (place / "series-0.bin").write_bytes(raw[:8] + b"\x01" + raw[9:])
    with pytest.raises(DataError, match=r"series-0.bin is not what was written.*remove it"):
        open_cohort(place)
    assert open_cohort(place, check=False).n_regions == 3
    (place / "series-0.bin").write_bytes(raw[:-1])
    with pytest.raises(DataError, match="missing or shorter"):
        open_cohort(place, check=False)
    (place / "series-0.bin").write_bytes(raw)
    meta = json.loads((place / "cohort.json").read_text())
    meta["scans"]["samples"][0] += 1
    (place / "cohort.json").write_text(json.dumps(meta))
    with pytest.raises(DataError, match=r"cohort.json is not what was written"):
        open_cohort(place)
    for text, message in (("{", "cannot be read"), ("{}", "is no cohort"), ('{"holds": "cohort of scans"}', "layout")):
        (place / "cohort.json").write_text(text)
        with pytest.raises(DataError, match=message):
            ip.load(place)
    with pytest.raises(DataError, match=r"has no cohort\.json"):
        open_cohort(tmp_path)


def test_a_cohort_without_scans_cannot_be_opened(tmp_path):
    with CohortWriter(tmp_path / "c", regions=Units(n=2), dt_s=1):
        pass
    with pytest.raises(DataError, match="holds no scan yet"):
        ip.load(tmp_path / "c")


_ENDLESS = """
import sys
import numpy as np
from interplay.data import Units
from interplay.io import CohortWriter
writer = CohortWriter(sys.argv[1], regions=Units(n=20), dt_s=1.0)
for k in range(10**6):
    writer.append(f"s{k}", np.full((50, 20), float(k)), structure=np.full((20, 20), float(k)))
    if k % 7 == 6:
        writer.commit()
        print(k, flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("wait", [0.0, 0.01, 0.03])
def test_a_killed_writer_leaves_whole_scans(tmp_path, wait):
    process = subprocess.Popen([sys.executable, "-c", _ENDLESS, str(tmp_path / "c")], stdout=subprocess.PIPE)
    for _ in range(3):
        process.stdout.readline()
    time.sleep(wait)
    process.kill()
    process.wait()
    process.stdout.close()
    cohort = open_cohort(tmp_path / "c")
    assert len(cohort) >= 21
    assert len(cohort) % 7 == 0
    for s in range(len(cohort)):
        assert (cohort.scan(s) == s).all()
        assert (cohort.matrix(s) == s).all()
    with CohortWriter(tmp_path / "c") as writer:
        writer.append("more", np.zeros((3, 20)))
    assert len(open_cohort(tmp_path / "c")) == len(cohort) + 1
