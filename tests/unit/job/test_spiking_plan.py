"""Plans of spiking networks: written and read back, and refused where they make no sense."""

import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.job.spiking_plan import BASELINES, SpikingPlan


def test_a_plan_that_is_written_is_read_back(tmp_path):
    plan = SpikingPlan(
        task="gestures", input='a "b"/c', gradient="st", settings=("width=4", "law=logistic"), hold_out="x", seed=3
    )
    (tmp_path / "plan.toml").write_text(plan.toml())
    assert SpikingPlan.read(tmp_path / "plan.toml") == plan
    (tmp_path / "plan.toml").write_text(SpikingPlan().toml())
    assert SpikingPlan.read(tmp_path / "plan.toml") == SpikingPlan()


def test_settings_given_win_over_those_of_the_task_and_a_baseline_over_all():
    plan = SpikingPlan(task="spoken", gradient="st", settings=("width=7", "epochs=2"), seed=5)
    config = plan.config()
    assert (config.width, config.epochs, config.gradient, config.seed, config.pool) == (7, 2, "st", 5, 10)
    for changed, _ in BASELINES.values():
        baseline = plan.config(**changed)
        assert not baseline.bayesian
        assert not baseline.rule.stochastic
        assert (baseline.width, baseline.epochs, baseline.seed) == (7, 2, 5)


def test_settings_of_a_task_are_those_of_its_own_network_alone():
    config = SpikingPlan(task="digits", method="binary_residual").config()
    assert config.layers == 4
    other = SpikingPlan(task="gestures", method="recurrent_spiking").config()
    assert other.pool == type(other)().pool


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"task": "speech"}, "Unknown task"),
        ({"method": "spiking"}, "Unknown spiking network"),
        ({"draws": 0}, "`draws` must be"),
        ({"seed": -1}, "`seed` must be"),
        ({"settings": ("widths=3",)}, "Unknown setting .widths.; did you mean .width."),
        ({"settings": ("width",)}, "must be written key=value"),
        ({"settings": ("width=0",)}, "`width` must be"),
        ({"settings": ("seed=3",)}, "`seed` must be said by --seed"),
        ({"gradient": "st", "settings": ("gradient=half",)}, "`gradient` must be said once"),
        ({"settings": ("width=3", "width=4")}, "`width` must be said once"),
        ({"gradient": "straight"}, "straight"),
        ({"settings": ("width=wide",)}, "`width` must be"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_read(settings, message):
    with pytest.raises(ConfigError, match=message):
        SpikingPlan(**settings)


@pytest.mark.parametrize("text", ["", "[plan]\nseed = 1\n", "[spiking]\nwidth = 3\n", "no toml ="])
def test_a_plan_of_something_else_is_refused(tmp_path, text):
    (tmp_path / "plan.toml").write_text(text)
    with pytest.raises(DataError, match="must be a folder of `interplay spiking train`"):
        SpikingPlan.read(tmp_path / "plan.toml")
