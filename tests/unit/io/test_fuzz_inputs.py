"""Damaged files end in one paragraph or in a valid object; in nothing else, and soon."""

import signal
import warnings
from contextlib import contextmanager

import pytest

import interplay as ip
from interplay._core.errors import DataError
from interplay.data import Recording, TemporalGraph
from interplay.testing.mutations import corpus

LIMIT_S = 20.0


@contextmanager
def deadline(seconds):
    def stop(*_):
        raise TimeoutError(f"loading took more than {seconds} s")

    old = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


def try_all(folder, **settings):
    refused = whole = 0
    for sample in corpus(folder, **settings):
        try:
            with deadline(LIMIT_S), warnings.catch_warnings():
                warnings.simplefilter("error")
                found = ip.load(sample.path, **sample.hints)
        except DataError as error:
            text = str(error)
            assert "\n" not in text, sample.name
            assert str(sample.path) in text, sample.name
            assert len(text) < 1000, sample.name
            refused += 1
        except BaseException as error:
            raise AssertionError(f"{sample.name} ended in {type(error).__name__}: {error}") from error
        else:
            assert isinstance(found, Recording | TemporalGraph), sample.name
            whole += 1
        if sample.path.is_file():
            sample.path.unlink()
    return refused, whole


def test_three_hundred_damaged_inputs(tmp_path):
    refused, whole = try_all(tmp_path, seed=0, every=4)
    assert refused + whole >= 300
    assert refused >= 200


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_thousands_of_damaged_inputs(tmp_path, seed):
    refused, whole = try_all(tmp_path, seed=seed, per_file=100)
    assert refused + whole >= 1500
