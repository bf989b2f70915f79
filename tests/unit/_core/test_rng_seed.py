"""A seed that cannot be one is refused in the house's words."""

import pytest

from interplay._core.errors import ConfigError
from interplay._core.rng import stream


def test_a_negative_seed_is_refused():
    with pytest.raises(ConfigError, match="`seed` must be >= 0, got -1"):
        stream(-1, "purpose")
