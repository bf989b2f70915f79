"""A NIR file, read back and stepped by plain numpy, fires the spikes of the network without noise."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from interplay._core.errors import ConfigError, MissingExtraError
from interplay.data import LabelledEvents
from interplay.spiking.nets import BinaryResidualNet, ConvSpikingNet, RecurrentSpikingNet, to_nir, write_nir

nir = pytest.importorskip("nir")
pytest.importorskip("torch")

STEPS = 12


def made_events(n_units=6, grid=None, samples=8, seed=0):
    rng = np.random.default_rng(seed)
    count = rng.integers(20, 40, samples)
    time = np.concatenate([np.sort(rng.uniform(0, 0.12, n)) for n in count])
    return LabelledEvents(
        time=time,
        unit=rng.integers(n_units, size=count.sum()),
        pointer=np.concatenate([[0], np.cumsum(count)]),
        label=np.arange(samples) % 3,
        classes=["a", "b", "c"],
        n_units=n_units,
        grid=grid,
        duration_s=np.full(samples, 0.12),
    )


def settings(**more):
    return {"steps": STEPS, "step_s": 0.01, "epochs": 2, "batch": 4, "seed": 1, **more}


def stepped(graph, x, integration):
    """Run a graph on (T, inputs): units over time of every LIF node, and the output of every step."""
    nodes, edges = graph.nodes, graph.edges
    late = {name for name in nodes if name.startswith("recurrent")}
    into = {name: [a for a, b in edges if b == name] for name in nodes}
    order, waiting = [], [name for name in nodes if name not in late]
    while waiting:
        name = next(n for n in waiting if all(a in order or a in late for a in into[n]))
        order.append(name)
        waiting.remove(name)
    dt = float(graph.metadata["dt"])
    state, before, fired, out = {}, {}, {n: [] for n in nodes if isinstance(nodes[n], nir.LIF)}, []
    for step in x:
        value = {}
        for name in late:
            source = before.get(into[name][0])
            value[name] = 0.0 if source is None else nodes[name].weight @ source
        for name in order:
            node = nodes[name]
            given = sum(value[a] for a in into[name]) if into[name] else step
            value[name] = _one(node, name, given, state, dt, integration)
            if name in fired:
                fired[name].append(value[name])
        before = value
        out.append(value["output"])
    return {name: np.array(values) for name, values in fired.items()}, np.array(out)


def _one(node, name, given, state, dt, integration):
    if isinstance(node, nir.Affine):
        return node.weight @ given + node.bias
    if isinstance(node, nir.Conv2d):
        return _convolved(node, given)
    if isinstance(node, nir.Flatten):
        return given.reshape(-1)
    if not isinstance(node, nir.LIF | nir.LI):
        return given
    v = state.get(name, np.zeros_like(node.tau))
    if integration == "euler":
        v = v + dt / node.tau * (node.v_leak - v + node.r * given)
    else:
        steady = node.v_leak + node.r * given
        v = steady + (v - steady) * np.exp(-dt / node.tau)
    if isinstance(node, nir.LI):
        state[name] = v
        return v
    spikes = (v > node.v_threshold).astype(float)
    state[name] = np.where(spikes > 0, node.v_reset, v)
    return spikes


def _convolved(node, given):
    """Loop over places and channels."""
    pad, stride = int(node.padding[0]), int(node.stride[0])
    padded = np.pad(given, ((0, 0), (pad, pad), (pad, pad)))
    k = node.weight.shape[-1]
    high, wide = ((n + 2 * pad - k) // stride + 1 for n in given.shape[1:])
    out = np.zeros((len(node.weight), high, wide))
    for y in range(high):
        for z in range(wide):
            patch = padded[:, y * stride : y * stride + k, z * stride : z * stride + k]
            out[:, y, z] = (node.weight * patch).sum(axis=(1, 2, 3)) + node.bias
    return out


def of_the_network(model, data):
    """Spikes of every layer (T, S, ...) and logits, by the network itself."""
    import torch

    from interplay.spiking.nets.passing import Pass
    from interplay.spiking.nets.prediction import network_of

    with torch.no_grad():
        passed = Pass(None, model.config.noise)
        x = model.config.read(model.config.prepare(data), np.arange(len(data)))
        logits = network_of(model)(x, passed)
    spikes = [f.spikes.reshape(len(x), len(data), *f.spikes.shape[1:]).numpy() for f in passed.fired]
    return x.numpy(), spikes, logits.numpy()


NETS = {
    "recurrent": lambda: (RecurrentSpikingNet(width=10, **settings()), made_events()),
    "feed-forward": lambda: (RecurrentSpikingNet(width=10, recurrent=False, **settings()), made_events()),
    "residual": lambda: (RecurrentSpikingNet(width=8, layers=3, residual=True, **settings()), made_events()),
    "batch": lambda: (
        RecurrentSpikingNet(width=10, normalise="batch", gradient="fast_sigmoid(25)", **settings()),
        made_events(),
    ),
    "pooled": lambda: (RecurrentSpikingNet(width=10, pool=2, **settings()), made_events()),
    "convolutional": lambda: (ConvSpikingNet(layers=2, width=3, **settings()), made_events(2 * 6 * 5, (2, 6, 5))),
    "convolutional, batch": lambda: (
        ConvSpikingNet(layers=2, width=3, normalise="batch", **settings()),
        made_events(2 * 6 * 5, (2, 6, 5)),
    ),
}


@pytest.mark.parametrize("integration", ["euler", "exact"])
@pytest.mark.parametrize("name", NETS)
def test_a_file_read_back_fires_the_same_spikes(name, integration, tmp_path):
    config, data = NETS[name]()
    model = config.fit(data)
    graph = nir.read(write_nir(tmp_path / "net.nir", model, integration=integration))
    graph.check_types()
    x, spikes, logits = of_the_network(model, data)
    fired_at_all = 0
    for s in range(len(data)):
        given = x[:, s].reshape(STEPS, *model.input_shape)
        fired, out = stepped(graph, given, integration)
        for k, layer in enumerate(spikes):
            np.testing.assert_array_equal(fired[f"lif_{k + 1}"], layer[:, s])
            fired_at_all += layer[:, s].sum()
        np.testing.assert_allclose(out.mean(axis=0), logits[s], rtol=2e-4, atol=2e-5)
    assert fired_at_all > 0


@pytest.mark.parametrize("integration", ["euler", "exact"])
@pytest.mark.parametrize("tau_s", [0.1, 5.0, 49.0])
def test_slow_membranes_fire_the_same_spikes_to_the_end_of_long_sequences(tau_s, integration):
    """A share of 1e-4 of the decay is most of the leak of such a membrane."""
    steps, rng = 200, np.random.default_rng(0)
    count = rng.integers(300, 400, 4)
    data = LabelledEvents(
        time=np.concatenate([np.sort(rng.uniform(0, 2, n)) for n in count]),
        unit=rng.integers(6, size=count.sum()),
        pointer=np.concatenate([[0], np.cumsum(count)]),
        label=np.arange(4) % 2,
        classes=["a", "b"],
        n_units=6,
        duration_s=np.full(4, 2.0),
    )
    model = RecurrentSpikingNet(width=24, tau_s=tau_s, **settings(steps=steps)).fit(data)
    x, spikes, _ = of_the_network(model, data)
    graph = to_nir(model, integration=integration)
    for s in range(len(data)):
        fired = stepped(graph, x[:, s], integration)[0]["lif_1"]
        np.testing.assert_array_equal(fired, spikes[0][:, s])
    assert spikes[0].sum() > 100


def test_the_integration_matters(tmp_path):
    config, data = NETS["recurrent"]()
    model = replace(config, tau_s=config.step_s).fit(data)  # a step is no small part of the time constant
    x, spikes, _ = of_the_network(model, data)
    fired = stepped(to_nir(model, integration="euler"), x[:, 0], "exact")[0]
    assert (fired["lif_1"] != spikes[0][:, 0]).any()


def test_metadata_say_what_the_numbers_mean(tmp_path):
    config, data = NETS["pooled"]()
    found = nir.read(write_nir(tmp_path / "net.nir", config.fit(data))).metadata
    assert (found["dt"], found["steps"], found["pool"]) == (0.01, STEPS, 2)
    text = {key: value.decode() if isinstance(value, bytes) else value for key, value in found.items()}
    assert text["classes"].split("\n") == ["a", "b", "c"]
    assert text["integration"] == "euler"
    assert "posterior variances" in text["notes"]


def test_what_nir_cannot_say_is_refused():
    from interplay.data import LabelledImages

    pictures = LabelledImages(image=np.zeros((4, 1, 4, 4)), label=[0, 1, 0, 1], classes=["a", "b"])
    binary = BinaryResidualNet(width=4, epochs=1).fit(pictures)
    with pytest.raises(ConfigError, match="must be a network of spiking units for NIR, got 'binary_residual'"):
        to_nir(binary)
    data = made_events()
    soft = RecurrentSpikingNet(width=4, reset="soft", **settings(epochs=1)).fit(data)
    with pytest.raises(ConfigError, match="`reset` must be 'hard'"):
        to_nir(soft)
    both = RecurrentSpikingNet(width=4, residual=True, normalise="batch", **settings(epochs=1)).fit(data)
    with pytest.raises(ConfigError, match="`normalise` must be 'none'"):
        to_nir(both)
    with pytest.raises(ConfigError, match="integration"):
        to_nir(both, integration="implicit")


def test_without_the_package_the_message_names_the_extra(monkeypatch):
    config, data = NETS["feed-forward"]()
    model = config.fit(data)
    monkeypatch.setitem(sys.modules, "nir", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'interplay\[nir\]'"):
        to_nir(model)
