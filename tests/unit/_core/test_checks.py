"""Checks at the public doors: what passes is untouched, what fails says where and why."""

import numpy as np
import pytest

from interplay._core.checks import (
    Shapes,
    require_finite,
    require_ids,
    require_increasing,
    require_setting,
    require_span,
)
from interplay._core.errors import ConfigError, DataError


def message_of(error, call, *args, **kwargs):
    with pytest.raises(error) as caught:
        call(*args, **kwargs)
    return str(caught.value)


def test_letters_bind_to_the_first_array_that_names_them():
    shapes = Shapes()
    shapes.array("src", [0, 1, 2], "E", "int")
    text = message_of(DataError, shapes.array, "weight", [1.0, 2.0], "E")
    assert text == "`weight` must have shape (E=3), got (2,)."


def test_sizes_given_at_the_start_bind_too():
    assert message_of(DataError, Shapes(N=4).array, "id", np.array(["a"]), "N", "text") == (
        "`id` must have shape (N=4), got (1,)."
    )


def test_digits_demand_their_size():
    text = message_of(DataError, Shapes().array, "bounds", np.zeros((5, 3)), "S 2")
    assert text == "`bounds` must have shape (S, 2), got (5, 3)."


def test_a_repeated_letter_demands_a_square():
    with pytest.raises(DataError, match=r"`w` must have shape \(N, N\), got \(2, 3\)\."):
        Shapes().array("w", np.zeros((2, 3)), "N N")


def test_a_wrong_number_of_axes_is_named():
    with pytest.raises(DataError, match=r"`time` must have shape \(E\), got \(1, 2\)\."):
        Shapes().array("time", [[1.0, 2.0]], "E")


@pytest.mark.parametrize(
    ("value", "kind"),
    [(["a"], "float"), ([1.5], "int"), ([1], "bool"), ([1.0], "text"), ([1j], "float"), ([None], "int")],
)
def test_wrong_types_are_refused_not_cast(value, kind):
    text = message_of(DataError, Shapes().array, "x", value, "E", kind)
    assert text.startswith(f"`x` must hold {kind} values, got dtype ")
    assert text.endswith("Convert it; nothing is cast silently.")


@pytest.mark.parametrize(
    ("value", "kind", "dtype"),
    [
        (np.arange(3, dtype=np.int16), "int", np.int64),
        (np.arange(3, dtype=np.uint8), "int", np.int64),
        (np.arange(3), "float", np.float64),
        (np.arange(3, dtype=np.float32), "float", np.float32),
        (np.array([True]), "float", np.float64),
        ([], "int", np.int64),
        ([], "bool", np.bool_),
    ],
)
def test_lossless_widening_is_allowed(value, kind, dtype):
    assert Shapes().array("x", value, "E", kind).dtype == dtype


def test_integers_beyond_64_signed_bits_are_refused():
    text = message_of(DataError, Shapes().array, "id", np.array([2**63], dtype=np.uint64), "E", "int")
    assert text == "`id` must fit in 64-bit signed integers, got a value of 9223372036854775808."


def test_the_result_is_read_only_and_the_argument_stays_writable():
    given = np.zeros(3)
    made = Shapes().array("x", given, "E")
    assert not made.flags.writeable
    assert given.flags.writeable


def test_values_that_are_not_finite_are_located():
    text = message_of(DataError, require_finite, "x", np.array([[0.0, 1.0], [np.nan, np.inf]]))
    assert text.startswith("`x` must be finite: x[1, 0]=nan and 2 value(s) in all are not.")


def test_finite_may_be_waived():
    assert np.isnan(Shapes().array("x", [np.nan], "E", finite=False)).all()


def test_a_step_back_is_located():
    text = message_of(DataError, require_increasing, "time", np.array([0.0, 2.0, 1.0]), strictly=False, remedy="Sort.")
    assert text.startswith("`time` must not decrease: time[1]=")
    assert "comes before time[2]=" in text
    assert text.endswith("Sort.")


def test_a_standstill_counts_only_if_strict():
    require_increasing("time", np.array([1.0, 1.0]), strictly=False, remedy="")
    text = message_of(DataError, require_increasing, "time", np.array([1.0, 1.0]), strictly=True, remedy="Drop one.")
    assert text.startswith("`time` must strictly increase")


@pytest.mark.parametrize("span", [3.0, (1.0,), ("a", "b"), (1.0, 2.0, 3.0), None])
def test_spans_must_be_two_numbers(span):
    text = message_of(DataError, require_span, "span", span)
    assert text == f"`span` must be two numbers (start, stop) in seconds, got {span!r}."


@pytest.mark.parametrize("span", [(1.0, 1.0), (2.0, 1.0), (0.0, np.inf), (np.nan, 1.0)])
def test_spans_must_be_finite_and_rise(span):
    text = message_of(DataError, require_span, "span", span)
    assert text.startswith("`span` must be finite with start < stop, got (")


def test_ids_outside_are_located():
    text = message_of(DataError, require_ids, "unit", np.array([0, 5, -1]), 3, "n_units")
    assert text == "`unit` must lie in [0, n_units=3): unit[1]=5. Give the true number; it is never guessed."


@pytest.mark.parametrize(
    ("bounds", "value", "rule"),
    [
        ({"above": 0}, 0, "> 0"),
        ({"least": 1}, 0.5, ">= 1"),
        ({"least": 0, "most": 1}, 2, ">= 0 and <= 1"),
        ({"above": 0, "below": 1}, 1, "> 0 and < 1"),
        ({"least": 0}, float("nan"), ">= 0"),
    ],
)
def test_settings_outside_their_range_are_refused(bounds, value, rule):
    assert message_of(ConfigError, require_setting, "x", value, **bounds) == f"`x` must be {rule}, got {value!r}."


def test_settings_inside_pass():
    require_setting("x", 1, above=0, least=1, below=2, most=1)


@pytest.mark.parametrize(
    ("value", "whole", "rule"),
    [
        ("5", False, "a number >= 1, got '5' (str)"),
        (None, False, "a number >= 1, got None (NoneType)"),
        (True, True, "a whole number >= 1, got True (bool)"),
        (2.0, True, "a whole number >= 1, got 2.0 (float)"),
    ],
)
def test_a_setting_of_another_kind_is_refused(value, whole, rule):
    message = message_of(ConfigError, require_setting, "x", value, least=1, whole=whole)
    assert message == f"`x` must be {rule}. Give a plain number."


def test_numpy_s_numbers_are_numbers():
    require_setting("x", np.int64(3), least=1, whole=True)
    require_setting("x", np.float32(3), least=1)
