import math

import numpy as np
import pytest
from tests.oracles.dish import leaky, pool_counts, ridge

from interplay import ConfigError, DataError
from interplay._core.rng import stream
from interplay.data import Units
from interplay.loop.decoding import Decoder, Decoding, Readout, pool_channels
from interplay.loop.poisson import gen3b
from interplay.ops import dish as kernels

CHANNELS = Units(n=6, group=np.array(["motor_left", "motor_left", "sensory", "motor_right", "motor_right", "sensory"]))


def spikes_of(seed, seconds, n_channels, number):
    rng = stream(seed, "test spikes")
    return np.sort(rng.uniform(0, seconds, number)), rng.integers(0, n_channels, number)


def test_spikes_are_counted_by_tick_and_pool_without_those_after_a_pulse() -> None:
    time, channel = spikes_of(1, 0.3, 6, 400)
    pulses = np.array([0.02, 0.0712, 0.0719, 0.2])
    decoder = Decoder(CHANNELS, 0.01, Decoding(blank_s=0.004))
    wanted = pool_counts(zip(time, channel, strict=True), pulses, 0.0, 30, 0.01, 0.004, decoder.pool, 2)
    whole = Decoder(CHANNELS, 0.01, Decoding(blank_s=0.004))
    whole.hear(time, channel, 0.0, 30, pulses=pulses)
    for k in range(30):
        cut = slice(*np.searchsorted(time, (k * 0.01, (k + 1) * 0.01)))
        decoder.hear(time[cut], channel[cut], k * 0.01, 1, pulses=pulses)
        assert decoder.counts.tolist() == wanted[k].tolist()
    assert wanted.sum() < 400
    assert np.allclose(decoder.trace, leaky(wanted, 0.01, 0.1))
    assert np.array_equal(whole.trace, decoder.trace)
    assert np.array_equal(whole.mean, decoder.mean)


def test_the_baseline_is_a_plain_mean_first_and_forgets_later() -> None:
    decoder = Decoder(CHANNELS, 0.01, Decoding(adapt_s=1.0))
    for k in range(50):
        decoder.hear(np.full(k % 3, k * 0.01), np.zeros(k % 3, np.int64), k * 0.01)
    assert decoder.mean[0] == pytest.approx(np.mean([k % 3 for k in range(50)]))
    for k in range(50, 1000):
        decoder.hear(np.full(4, k * 0.01), np.zeros(4, np.int64), k * 0.01)
    assert decoder.mean[0] == pytest.approx(4.0, abs=0.01)
    before = decoder.mean.copy()
    decoder.hear(np.empty(0), np.empty(0, np.int64), 10.0, learn=False)
    decoder.learning = False
    decoder.hear(np.empty(0), np.empty(0, np.int64), 10.01)
    assert np.array_equal(decoder.mean, before)


def test_the_command_is_the_difference_of_equalised_activities_over_their_sum() -> None:
    mean, area, keep = np.array([0.2, 0.05]), np.array([0, 1]), 0.9
    expected = mean / (1 - keep)
    for up, down in [(1.0, 1.0), (2.0, 0.0), (0.3, 1.4), (0.0, 0.0)]:
        found = kernels.push([up, down] * expected, mean, area, 0.0, keep, 0.5)
        assert found == pytest.approx((down - up) / (up + down + 0.5))
        louder, softer = up * math.exp(0.3), down * math.exp(-0.3)
        found = kernels.push([up, down] * expected, mean, area, 0.6, keep, 0.5)
        assert found == pytest.approx((softer - louder) / (louder + softer + 0.5))
    assert 0.999 < kernels.push(np.array([0.0, 1e9]), mean, area, 0.0, keep, 0.5) < 1.0


def test_an_area_that_never_fired_does_not_push() -> None:
    decoder = Decoder(CHANNELS, 0.01, Decoding())
    decoder.hear(np.array([0.001]), np.array([0]), 0.0)
    assert decoder.command == 0.0
    assert decoder.silent_areas() == ["motor_right"]


def test_areas_that_burst_differently_do_not_push_on_average() -> None:
    """One fires steadily, the other in bursts, at equal rates: without a balance the steady one would win."""
    pushes = {}
    for learning in (True, False):
        decoder = Decoder(CHANNELS, 0.01, Decoding())
        commands = []
        for k in range(12_000):
            burst = 50 * (k % 50 == 0)
            if not learning and k > 50:
                decoder.balance[:] = 0.0
            decoder.hear(np.full(1 + burst, k * 0.01), np.array([0] + [3] * burst), k * 0.01)
            commands.append(decoder.command)
        pushes[learning] = np.mean(commands[6000:])
    assert pushes[False] < -0.2
    assert abs(pushes[True]) < 0.02


def test_rates_are_spikes_per_second() -> None:
    decoder = Decoder(CHANNELS, 0.01, Decoding())
    for k in range(500):
        decoder.hear(np.full(3, k * 0.01), np.array([0, 1, 3]), k * 0.01)
    assert decoder.rates_hz() == pytest.approx((200.0, 100.0))


def test_silence_is_heard_as_silence_and_random_spikes_have_the_rates_of_the_culture() -> None:
    heard = {}
    for source in ("silence", "random"):
        decoder = Decoder(CHANNELS, 0.01, Decoding(), source=source, seed=3)
        counts = []
        for k in range(4000):
            n = 3 * (k % 10 == 0)  # bursts of 3, 30 spikes per second
            decoder.hear(np.full(n, k * 0.01), np.zeros(n, np.int64), k * 0.01)
            counts.append(decoder.counts[0])
        heard[source] = np.array(counts)
        assert decoder.mean[0] == pytest.approx(0.3, abs=0.02)
    assert not heard["silence"].any()
    late = heard["random"][500:]
    assert late.mean() == pytest.approx(0.3, abs=0.03)  # standard error 0.009
    assert late.var() == pytest.approx(late.mean(), rel=0.1)  # Poisson, not bursts


def test_poisson_numbers_follow_the_distribution() -> None:
    u = (np.arange(20_000) + 0.5) / 20_000
    for mean in (0.0, 0.3, 4.0, 40.0):
        found = np.bincount([kernels.poisson(x, mean) for x in u], minlength=100)[:100] / len(u)
        wanted = [math.exp(-mean) * mean**k / math.factorial(k) for k in range(100)]
        assert np.allclose(found, wanted, atol=2e-4)


def test_the_recursive_read_out_is_ridge_regression() -> None:
    rng = stream(4, "rows")
    rows, targets = rng.normal(size=(300, 7)), rng.normal(size=300)
    covariance, weight, gain = np.eye(7) / 0.7, np.zeros(7), np.zeros(7)
    for row, target in zip(rows, targets, strict=True):
        kernels.least_squares(covariance, weight, row, target, gain)
    assert np.allclose(weight, ridge(rows, targets, 0.7))


def test_the_read_out_learns_a_height_that_the_spikes_tell() -> None:
    channels = gen3b()
    left = np.flatnonzero(channels.group == "motor_left")
    decoder = Decoder(channels, 0.01, Decoding(), Readout(every=1, ridge=0.1, window_s=0.1))
    assert decoder.height() == 0.0
    for k in range(3000):
        height = math.sin(k / 100)
        n = round(6 + 5 * height)
        decoder.hear(np.full(n, k * 0.01), left[:n], k * 0.01)
        guess = decoder.height()
        decoder.sample(height)
        assert decoder.height() == guess
        decoder.train()
        if k > 2000:
            assert guess == pytest.approx(height, abs=0.5)
    assert decoder.samples == 3000


def test_samples_taken_in_at_once_are_samples_taken_in_one_by_one() -> None:
    rng, weights = stream(5, "heights"), []
    heights = rng.uniform(-1, 1, 700)
    spikes = [rng.integers(0, 900, 12) for _ in heights]
    for every in (1, 700):
        decoder = Decoder(gen3b(), 0.01, Decoding(), Readout())
        for k, (height, channel) in enumerate(zip(heights, spikes, strict=True)):
            decoder.hear(np.full(12, k * 0.01), channel, k * 0.01)
            decoder.sample(height)
            if (k + 1) % every == 0:
                decoder.train()
        weights.append(decoder.weight.copy())
    assert np.abs(weights[0]).max() > 0.01
    assert np.array_equal(*weights)


def test_pools_are_squares_within_groups() -> None:
    channels = gen3b()
    pool, owner = pool_channels(channels, ("motor_left", "motor_right"), 180.0)
    assert set(pool[:500]) == {-1}
    place = channels.position_um
    for p, group in enumerate(owner):
        members = np.flatnonzero(pool == p)
        assert (channels.group[members] == group).all()
        assert (np.ptp(place[members], axis=0) < 180.0).all()
    whole, names = pool_channels(channels, ("motor_left", "motor_right"), None)
    assert names == ["motor_left", "motor_right"]
    assert np.bincount(whole[whole >= 0]).tolist() == [200, 200]
    nowhere, names = pool_channels(CHANNELS, ("motor_right", "sensory"), 100.0)
    assert nowhere.tolist() == [-1, -1, 2, 0, 1, 3]


def test_a_missing_group_is_named() -> None:
    with pytest.raises(DataError, match="'motor_up', got the groups: motor_left, motor_right, sensory"):
        pool_channels(CHANNELS, ("motor_up",), None)


@pytest.mark.parametrize("wrong", [{"window_s": 0.0}, {"floor": 0.0}, {"adapt_s": -1.0}, {"blank_s": -1e-3}])
def test_decoding_settings_out_of_range_are_refused(wrong) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        Decoding(**wrong)


def test_one_group_cannot_pull_both_ways() -> None:
    with pytest.raises(ConfigError, match="`up` and `down`"):
        Decoding(up="motor_left", down="motor_left")


@pytest.mark.parametrize("wrong", [{"pool_um": 0.0}, {"every": 0}, {"ridge": 0.0}, {"width_px": 0.0}, {"groups": ()}])
def test_readout_settings_out_of_range_are_refused(wrong) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        Readout(**wrong)
