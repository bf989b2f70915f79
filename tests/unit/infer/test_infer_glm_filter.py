"""A fitted regression bin by bin: equal to the batch, bounded memory, unknown where history is."""

import pickle

import numpy as np
import pytest
from tests.oracles import glm as oracle
from tests.unit.infer.test_infer_glm import BIN, events_of, simulated

from interplay._core.errors import ConfigError, DataError
from interplay.data import Events, Recording, Series
from interplay.infer import GLMFilter, PoissonGLM, predicted_rates

SMALL = {"span_s": 0.05, "n_bases": 3, "folds": 0}


@pytest.mark.parametrize("link", ["exp", "softplus"])
def test_steps_equal_the_batch_and_the_fit(link):
    counts = simulated(20, 600)
    rng = np.random.Generator(np.random.Philox(21))
    shown = rng.standard_normal((600, 2))
    shown[300, 0] = np.nan
    recording = Recording(events=events_of(counts), behavior={"light": Series.regular(shown, dt_s=BIN)})
    config = PoissonGLM(**SMALL, link=link, stimulus="light", stimulus_s=0.02, stimulus_bases=2)
    result = config.fit(recording)
    batch = predicted_rates(result, recording)
    model = GLMFilter.of(result)
    state = model.init()
    means, total = [], np.zeros(4)
    for row, light in zip(counts, shown, strict=True):
        state, out = model.step(state, row, light)
        means.append(out.mean)
        total += np.nan_to_num(out.log_likelihood)
    np.testing.assert_allclose(np.array(means), batch.mean[0], rtol=1e-10)
    np.testing.assert_allclose(total, batch.log_likelihood, rtol=1e-10)
    np.testing.assert_allclose(batch.log_likelihood, result.log_likelihood[0], rtol=1e-10)
    assert np.isnan(batch.mean[0][:5]).all()
    assert np.isnan(batch.mean[0][300:303]).all()
    assert np.isfinite(batch.mean[0][303:]).all()
    assert batch.spikes.tolist() == np.delete(counts, [*range(5), 300, 301, 302], axis=0).sum(axis=0).tolist()


def test_new_data_are_predicted_from_dense_matrices():
    fitted, fresh = simulated(22, 800), simulated(23, 300)
    result = PoissonGLM(**SMALL, window_s=4.0).fit(events_of(fitted))
    x, y = oracle.design(fresh, result.basis)
    batch = predicted_rates(result, events_of(fresh), window=1)
    for unit in range(4):
        theta = np.concatenate([[result.bias[1, unit]], result.coefficients[1, :, unit].ravel()])
        np.testing.assert_allclose(batch.mean[0][5:, unit], np.exp(x @ theta), rtol=1e-10)
        value = oracle.log_likelihood(theta, x, y[:, unit], "exp")
        np.testing.assert_allclose(batch.log_likelihood[unit], value, rtol=1e-10)


def test_absent_units_drive_nobody_and_have_no_rate():
    counts = np.column_stack([simulated(24, 600, 3), np.zeros(600)])
    result = PoissonGLM(**SMALL).fit(events_of(counts))
    later = simulated(25, 100)
    batch = predicted_rates(result, events_of(later))
    without = predicted_rates(result, events_of(later * [1, 1, 1, 0]))
    np.testing.assert_array_equal(batch.mean[0][:, :3], without.mean[0][:, :3])
    assert np.isnan(batch.mean[0][:, 3]).all()
    model = GLMFilter.of(result)
    state = model.init()
    for t, row in enumerate(later):
        state, out = model.step(state, row)
        np.testing.assert_allclose(out.mean, batch.mean[0][t], rtol=1e-10)


def test_state_is_plain_bounded_and_left_alone():
    result = PoissonGLM(**SMALL).fit(events_of(simulated(26, 400)))
    model = GLMFilter.of(result)
    state = model.init()
    sizes = set()
    for row in simulated(27, 50):
        before = pickle.dumps(state)
        after, _ = model.step(state, row)
        assert pickle.dumps(state) == before
        sizes.add(sum(part.nbytes for part in after[:2]))
        state = pickle.loads(pickle.dumps(after))
    assert len(sizes) == 1


def test_a_filter_refuses_what_it_cannot_use():
    counts = simulated(28, 400)
    behavior = {"light": Series.regular(counts[:, :1], dt_s=BIN)}
    result = PoissonGLM(**SMALL, stimulus="light").fit(Recording(events=events_of(counts), behavior=behavior))
    model = GLMFilter.of(result)
    with pytest.raises(DataError, match="`stimulus` must give the 1 channels"):
        model.step(model.init(), counts[0])
    with pytest.raises(DataError, match=r"`counts` must have shape \(N=4\)"):
        model.step(model.init(), counts[0, :3], [0.0])
    with pytest.raises(DataError, match=r"`counts` must be >= 0: counts\[1\]=-1"):
        model.step(model.init(), [0, -1, 0, 0], [0.0])
    with pytest.raises(ConfigError, match="`window` must be one of the 1 windows, got 3"):
        GLMFilter.of(result, window=3)
    few = Events(time=np.array([0.1]), unit=np.array([0]), n_units=1, span=(0.0, 1.0))
    with pytest.raises(DataError, match="must have the N=4 units of the model, got 1"):
        predicted_rates(result, few)
