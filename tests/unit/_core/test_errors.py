"""The five errors: what they are kinds of, and how messages are worded."""

import pytest

from interplay._core.errors import (
    ConfigError,
    DataError,
    InterplayError,
    InterplayWarning,
    MissingExtraError,
    NumericalError,
    unknown_name,
)


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (DataError, ValueError),
        (ConfigError, ValueError),
        (MissingExtraError, ImportError),
        (NumericalError, ArithmeticError),
    ],
)
def test_every_error_is_ours_and_of_a_builtin_kind(error, builtin):
    assert issubclass(error, InterplayError)
    assert issubclass(error, builtin)


def test_the_warning_is_a_user_warning():
    assert issubclass(InterplayWarning, UserWarning)


def test_a_missing_extra_names_feature_package_and_command():
    text = str(MissingExtraError.of("`load` of Parquet", "pyarrow", "parquet"))
    assert text == "`load` of Parquet needs pyarrow, which is not installed: `pip install 'interplay[parquet]'`."


def test_unknown_names_get_a_suggestion_and_the_sorted_table():
    text = unknown_name("measure", "clustring", ["efficiency", "clustering"])
    assert text == "Unknown measure 'clustring'; did you mean 'clustering'? Valid: clustering, efficiency."


def test_unknown_names_far_from_all_get_the_table_only():
    assert unknown_name("method", "zzz", ["b", "a"]) == "Unknown method 'zzz'. Valid: a, b."
