"""The plan: one definition, exact round trip through TOML, every wrong setting named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interplay._core.errors import ConfigError
from interplay.job import Plan


@given(
    st.builds(
        Plan,
        input=st.none() | st.text(st.characters(codec="utf-8", exclude_categories=["Cs"])),
        hint=st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"])), max_size=3).map(tuple),
        behavior=st.none() | st.sampled_from(["position", 'a "quoted" \\ name']),
        window_s=st.none() | st.floats(1e-6, 1e6),
        seed=st.integers(0, 2**40),
        alpha=st.floats(1e-6, 0.999),
        threshold=st.sampled_from(["significant", "proportional", "none"]),
    )
)
def test_a_plan_survives_toml(tmp_path_factory, plan):
    path = tmp_path_factory.mktemp("plan") / "plan.toml"
    path.write_text(plan.toml(), encoding="utf-8")
    assert Plan.read(path) == plan


def test_every_setting_is_explained_in_the_file():
    text = Plan().toml()
    for name, field in Plan.model_fields.items():
        assert field.description, name
        assert f"# {field.description}" in text


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"windows": 3}, "Unknown setting 'windows'; did you mean 'window_s'"),
        ({"window_s": -1}, r"`window_s`: .*greater than 0, got -1"),
        ({"window_s": float("inf")}, r"`window_s`: .*finite number, got inf"),
        ({"bin_s": float("nan")}, r"`bin_s`: "),
        ({"alpha": 1.0}, r"`alpha`: .*less than 1"),
        ({"method": "tilling"}, r"`method`: .*'tiling'"),
        ({"seed": "x"}, r"`seed`: .*got 'x'"),
    ],
)
def test_a_wrong_setting_is_named(settings, words):
    with pytest.raises(ConfigError, match=words):
        Plan.of(**settings)


def test_a_broken_plan_file_is_named(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text("window_s = = 3")
    with pytest.raises(ConfigError, match="must be a readable TOML file"):
        Plan.read(path)
    with pytest.raises(ConfigError, match="must be a readable TOML file"):
        Plan.read(tmp_path / "absent.toml")
