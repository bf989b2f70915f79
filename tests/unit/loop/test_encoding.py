import numpy as np
import pytest
from tests.oracles.dish import pulse_times

from interplay import ConfigError, DataError
from interplay.data import Units
from interplay.loop.encoding import Encoding, advance_phase, site_channels
from interplay.loop.poisson import gen3b


def test_the_rate_rises_from_4_to_40_hz_as_the_ball_comes_near() -> None:
    code = Encoding()
    assert [code.rate(x, 600.0) for x in (600.0, 300.0, 0.0)] == [4.0, 22.0, 40.0]


def test_sites_are_topographic_in_the_height_of_the_ball() -> None:
    code = Encoding()
    assert [code.site(y, 600.0, 0.0) for y in (0.0, 74.9, 75.0, 299.9, 300.0, 599.9, 600.0)] == [0, 0, 1, 3, 4, 7, 7]


def test_sites_may_stand_for_the_ball_relative_to_the_paddle() -> None:
    code = Encoding(place="error")
    assert code.site(300.0, 600.0, 300.0) == 4
    assert code.site(100.0, 600.0, 475.0) == 0  # 375 px above the middle: the end of the row
    assert code.site(300.0, 600.0, 450.0) == 2


@pytest.mark.parametrize("rates", [[40.0] * 30, [4.0] * 120, list(np.linspace(4, 40, 200)), [100.0] * 5])
def test_pulses_fall_where_the_integral_of_the_rate_passes_a_whole_number(rates) -> None:
    phase, found = 0.0, []
    for tick, rate in enumerate(rates):
        phase, delay = advance_phase(phase, rate, 0.01)
        if delay >= 0:
            assert delay < 0.01
            found.append(tick * 0.01 + delay)
    wanted = pulse_times(rates, 0.01)
    # A pulse on the rim between two ticks may be counted to either by the last bit.
    assert abs(len(found) - len(wanted)) <= 1
    assert np.allclose(found[: len(wanted)], wanted[: len(found)], atol=1e-5)


def test_each_site_is_a_patch_on_the_middle_line_of_the_block() -> None:
    channels = gen3b()
    sites = site_channels(channels, Encoding(site_um=120.0))
    assert len(sites) == 8
    for k, site in enumerate(sites):
        assert (channels.group[site] == "sensory").all()
        place = channels.position_um[site]
        centre = np.array([175 + (3605 - 175) * (k + 0.5) / 8, 490.0])
        away = np.linalg.norm(channels.position_um[:500] - centre, axis=1)
        assert sorted(site) == np.flatnonzero(away <= 120.0).tolist()
        assert 6 <= len(place) <= 13
    assert len(np.unique(np.concatenate(sites))) == sum(map(len, sites))


def test_without_positions_the_sensory_channels_are_cut_in_their_order() -> None:
    channels = Units(n=10, group=np.array(["sensory"] * 9 + ["motor_left"]))
    assert [s.tolist() for s in site_channels(channels, Encoding(sites=3))] == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]


def test_too_few_sensory_channels_are_refused() -> None:
    with pytest.raises(DataError, match="at least 8 of the group 'sensory'"):
        site_channels(Units(n=3, group=np.array(["sensory"] * 3)), Encoding())


@pytest.mark.parametrize(
    "wrong",
    [
        {"sites": 1},
        {"rate_hz": (0.0, 40.0)},
        {"rate_hz": (40.0, 4.0)},
        {"amplitude_mv": 0.0},
        {"place": "paddle"},
        {"site_um": 0.0},
    ],
)
def test_settings_out_of_range_are_refused(wrong) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        Encoding(**wrong)
