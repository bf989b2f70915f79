"""The recurrence with its gradient written by hand: the same as `represent.recurrence`, several times as fast.

For one layer of gcn or sage. Everything that stands still in the loop is outside it; what a window leaves behind lies
in buffers of one row per window, so memory grows linearly with the windows, and the gradients of all weights are one
product each over all windows at the end. Nothing of T x T x n is laid out: values of the attention are kept once, and
what a later window draws from an earlier one is returned when the earlier one's turn comes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

import torch
from torch import Tensor
from torch.nn import functional

from interplay.represent.architecture import Architecture
from interplay.represent.attention import pooling
from interplay.represent.gathering import Gather
from interplay.represent.latents import SMALLEST, Course, State
from interplay.represent.recurrence import GraphGRU
from interplay.tensors import SnapshotTensors

if TYPE_CHECKING:
    from interplay.represent.module import VariationalGraphNetwork


def serves(architecture: Architecture, data: SnapshotTensors) -> bool:
    """Tell whether this way can be gone.

    Parameters
    ----------
    architecture : Architecture
    data : SnapshotTensors
        With scaled edges a gradient may be asked for that is not written here.

    Returns
    -------
    bool
    """
    return architecture.layers == 1 and architecture.convolution != "gin" and data.scale is None


class _Setting(NamedTuple):
    """What stands still: not differentiated."""

    hear: Gather
    noise: Tensor | None
    pool: Tensor
    state: State
    window: int | None
    attends: bool


class _Trace(NamedTuple):
    """What the windows leave behind; rows are windows, `keys`, `values` and columns of `alpha` begin with the past."""

    heard: Tensor  # (T, n, K H) the state of before, gathered
    inner: Tensor  # (T, n, H) of the encoder
    heard_inner: Tensor
    raw: Tensor  # (T, n, 2D) mean, and spread before its softplus
    sample: Tensor
    told: Tensor  # (T, n, H) what the sample says
    heard_told: Tensor
    gates: Tensor  # (T, n, 2H) S and R
    heard_reset: Tensor
    candidate: Tensor
    stepped: Tensor  # (T, n, H) states before attention
    states: Tensor  # (T + 1, n, H) attended states, from the first window's past on
    queries: Tensor  # (T, H)
    new_keys: Tensor  # (T, H) of the states before attention
    keys: Tensor  # (P + T, H)
    values: Tensor  # (P + T, n, H)
    alpha: Tensor  # (T, P + T)


def recur(
    network: VariationalGraphNetwork,
    data: SnapshotTensors,
    hear: Gather,
    known: Tensor,
    noise: Tensor | None,
    state: State,
) -> Course:
    """Go through the windows; see `represent.recurrence.recur`.

    Parameters
    ----------
    network : VariationalGraphNetwork
        See `serves`.
    data : SnapshotTensors
    hear : Gather
    known : (T, n, K H) tensor
    noise : (T, n, D) tensor or None
    state : State

    Returns
    -------
    Course
    """
    architecture = network.architecture
    attends = architecture.query is not None
    setting = _Setting(hear, noise, pooling(data, architecture), state, architecture.window, attends)
    encode_known, encode_state = network.encoder.matrices()
    layer = cast(GraphGRU, network.recurrence[0])
    assert layer.from_input.bias is not None
    assert layer.from_state.bias is not None
    assert layer.from_reset.bias is not None
    step_known, step_told = layer.from_input.matrices()
    bias = layer.from_input.bias + torch.cat([layer.from_state.bias, layer.from_reset.bias])
    attention = network.attention if attends else None
    none = known.new_zeros(0)
    trained = (
        torch.cat([encode_state, *layer.from_state.matrices()], 1),
        *network.posterior.matrices(),
        network.latents.weight,
        network.latents.bias,
        step_told,
        *layer.from_reset.matrices(),
        attention.query.weight if attention else none,
        attention.query.bias if attention else none,
        attention.key.weight if attention else none,
        attention.value.weight if attention else none,
        attention.value.bias if attention else none,
    )
    found = _Unrolled.apply(  # type: ignore[no-untyped-call]
        setting, known @ encode_known, torch.baddbmm(bias, known, step_known.expand(len(known), -1, -1)), *trained
    )
    raw, sample, before, last, keys, values, alpha = found
    mean, spread = raw.chunk(2, -1)
    spread = functional.softplus(spread) + SMALLEST
    kept = 0 if not attends else len(keys) if setting.window is None else min(len(keys), setting.window - 1)
    after = State(last[None], keys[len(keys) - kept :], values[len(values) - kept :])
    return Course(mean, spread, sample, before, alpha if attends else None, after)


class _Unrolled(torch.autograd.Function):
    """The loop over the windows as one operation."""

    @staticmethod
    def forward(ctx: Any, setting: _Setting, known_inner: Tensor, known_gates: Tensor, *trained: Tensor) -> Any:
        trace = _forth(setting, known_inner, known_gates, trained)
        ctx.setting = setting
        ctx.save_for_backward(*trace, *trained)
        before, last = trace.states[:-1], trace.states[-1]
        ctx.mark_non_differentiable(last, trace.keys, trace.values, trace.alpha)
        return trace.raw, trace.sample, before, last, trace.keys, trace.values, trace.alpha

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> Any:
        cut = len(_Trace._fields)
        trace, trained = _Trace(*ctx.saved_tensors[:cut]), ctx.saved_tensors[cut:]
        return None, *_back(ctx.setting, trace, trained, *slopes[:3])


def _forth(setting: _Setting, known_inner: Tensor, known_gates: Tensor, trained: tuple[Tensor, ...]) -> _Trace:
    hear, noise, _, _, _, attends = setting
    w_state, w_post, w_told, b_told, w_gates, w_reset, *_ = trained
    trace = _room(setting, known_inner, w_told.shape[1])
    rows = _Trace(*(buffer.unbind(0) for buffer in trace))  # type: ignore[arg-type]
    hidden, latent = w_told.shape
    states = rows.states
    for t, (from_inner, from_gates) in enumerate(zip(known_inner.unbind(0), known_gates.unbind(0), strict=True)):
        hear.into(rows.heard[t], t, states[t])
        of_state = rows.heard[t] @ w_state
        torch.add(from_inner, of_state[:, :hidden], out=rows.inner[t]).relu_()
        hear.into(rows.heard_inner[t], t, rows.inner[t])
        mean, spread = torch.split(torch.mm(rows.heard_inner[t], w_post, out=rows.raw[t]), latent, 1)
        if noise is None:
            rows.sample[t].copy_(mean)
        else:
            torch.addcmul(mean, functional.softplus(spread).add_(SMALLEST), noise[t], out=rows.sample[t])
        torch.addmm(b_told, rows.sample[t], w_told.T, out=rows.told[t]).relu_()
        hear.into(rows.heard_told[t], t, rows.told[t])
        pre = torch.addmm(from_gates, rows.heard_told[t], w_gates)
        keep, reset = torch.add(pre[:, : 2 * hidden], of_state[:, hidden:], out=rows.gates[t]).sigmoid_().chunk(2, 1)
        hear.into(rows.heard_reset[t], t, reset * states[t])
        torch.addmm(pre[:, 2 * hidden :], rows.heard_reset[t], w_reset, out=rows.candidate[t]).tanh_()
        torch.lerp(rows.candidate[t], states[t], keep, out=rows.stepped[t])
        if attends:
            _attend(setting, trace, t, trained[6:])
    return trace


def _room(setting: _Setting, like: Tensor, latent: int) -> _Trace:
    """Make room for all windows."""
    (windows, n, hidden), parts = like.shape, setting.hear.parts
    wide, plain = (windows, n, parts * hidden), (windows, n, hidden)
    states = like.new_empty(windows + 1, n, hidden)
    states[0] = setting.state.hidden[0]
    past = len(setting.state.keys) if setting.attends else 0
    ahead = windows if setting.attends else 0
    keys, values = like.new_empty(past + ahead, hidden), like.new_empty(past + ahead, n, hidden)
    keys[:past], values[:past] = setting.state.keys, setting.state.values
    return _Trace(
        heard=like.new_empty(wide),
        inner=like.new_empty(plain),
        heard_inner=like.new_empty(wide),
        raw=like.new_empty(windows, n, 2 * latent),
        sample=like.new_empty(windows, n, latent),
        told=like.new_empty(plain),
        heard_told=like.new_empty(wide),
        gates=like.new_empty(windows, n, 2 * hidden),
        heard_reset=like.new_empty(wide),
        candidate=like.new_empty(plain),
        stepped=like.new_empty(plain) if setting.attends else states[1:],
        states=states,
        queries=like.new_empty(ahead, hidden),
        new_keys=like.new_empty(ahead, hidden),
        keys=keys,
        values=values,
        alpha=like.new_zeros(ahead, past + ahead),
    )


def _attend(setting: _Setting, trace: _Trace, t: int, trained: tuple[Tensor, ...]) -> None:
    """Draw the state of window t from those in reach, and keep its key and value."""
    w_query, b_query, w_key, w_value, b_value = trained
    now, first = _span(setting, t)
    query, key, value, after = trace.queries[t], trace.keys[now], trace.values[now], trace.states[t + 1]
    summary = setting.pool[t] @ trace.stepped[t]
    torch.addmv(b_query, w_query, summary, out=query)
    torch.mv(w_key, summary, out=key)
    trace.new_keys[t].copy_(key)
    torch.addmm(b_value, trace.stepped[t], w_value.T, out=value)
    alpha = torch.softmax(trace.keys[first : now + 1] @ query * len(query) ** -0.5, 0)
    trace.alpha[t, first : now + 1] = alpha
    torch.mv(trace.values[first : now + 1].flatten(1).T, alpha, out=after.view(-1))
    torch.mv(w_key, setting.pool[t] @ after, out=key)
    torch.addmm(b_value, after, w_value.T, out=value)


def _span(setting: _Setting, t: int) -> tuple[int, int]:
    """Tell where window t stands among all that can be attended to, and which is the first it reaches."""
    now = len(setting.state.keys) + t
    return now, 0 if setting.window is None else max(0, now - setting.window + 1)


class _Slopes(NamedTuple):
    """Slopes of the loss, window by window."""

    pre: Tensor  # (T, n, 4H) of what enters encoder's ReLU, S, R and candidate
    raw: Tensor  # (T, n, 2D)
    told: Tensor  # (T, n, H) of what enters the ReLU
    states: Tensor  # (T, n, H) of the attended states
    values: Tensor  # (T, n, H)
    keys: Tensor  # (T, H)
    queries: Tensor  # (T, H)
    new_keys: Tensor  # (T, H)
    scores: Tensor  # (T, P + T)


def _back(
    setting: _Setting, trace: _Trace, trained: tuple[Tensor, ...], d_raw: Tensor, d_sample: Tensor, d_before: Tensor
) -> tuple[Tensor | None, ...]:
    hear, noise, _, _, _, attends = setting
    w_state, w_post, w_told, _, w_gates, w_reset, *_ = trained
    hidden, latent = w_told.shape
    slopes = _room_back(trace, hidden)
    keep, reset = trace.gates.chunk(2, 2)
    state, candidate = trace.states[:-1], trace.candidate
    by_keep = (keep * (1 - keep) * (state - candidate)).unbind(0)
    by_candidate = ((1 - keep) * (1 - candidate**2)).unbind(0)
    by_reset = (reset * (1 - reset) * state).unbind(0)
    by_noise = None if noise is None else torch.sigmoid(trace.raw[..., latent:]) * noise
    told, inner, keeps, resets = trace.told.unbind(0), trace.inner.unbind(0), keep.unbind(0), reset.unbind(0)
    relu_back = torch.ops.aten.threshold_backward
    carried = torch.zeros_like(trace.states[0])
    for t in reversed(range(len(told))):
        step = _attend_back(setting, trace, slopes, t, carried, trained[6:]) if attends else carried
        pre, raw = slopes.pre[t], slopes.raw[t]
        gates = pre[:, hidden:]
        torch.mul(step, by_candidate[t], out=gates[:, 2 * hidden :])
        d_reset = hear.returned(t, gates[:, 2 * hidden :] @ w_reset.T)
        torch.mul(step, by_keep[t], out=gates[:, :hidden])
        torch.mul(d_reset, by_reset[t], out=gates[:, hidden : 2 * hidden])
        carried = torch.addcmul(step * keeps[t], d_reset, resets[t])
        d_told = relu_back(hear.returned(t, gates @ w_gates.T), told[t], 0)
        slopes.told[t].copy_(d_told)
        d_drawn = torch.addmm(d_sample[t], d_told, w_told)
        torch.add(d_raw[t, :, :latent], d_drawn, out=raw[:, :latent])
        if by_noise is None:
            raw[:, latent:].copy_(d_raw[t, :, latent:])
        else:
            torch.addcmul(d_raw[t, :, latent:], d_drawn, by_noise[t], out=raw[:, latent:])
        pre[:, :hidden].copy_(relu_back(hear.returned(t, raw @ w_post.T), inner[t], 0))
        carried += hear.returned(t, pre[:, : 3 * hidden] @ w_state.T)
        carried += d_before[t]
    return _of_weights(setting, trace, slopes, hidden)


def _room_back(trace: _Trace, hidden: int) -> _Slopes:
    windows, n, _ = trace.inner.shape
    like, attends = trace.inner, len(trace.queries)
    return _Slopes(
        pre=like.new_empty(windows, n, 4 * hidden),
        raw=torch.empty_like(trace.raw),
        told=torch.empty_like(like),
        states=like.new_empty(attends, n, hidden),
        values=like.new_empty(attends, n, hidden),
        keys=torch.empty_like(trace.queries),
        queries=torch.empty_like(trace.queries),
        new_keys=torch.empty_like(trace.queries),
        scores=torch.zeros_like(trace.alpha),
    )


def _attend_back(
    setting: _Setting, trace: _Trace, slopes: _Slopes, t: int, carried: Tensor, trained: tuple[Tensor, ...]
) -> Tensor:
    """Give the slope of the state before attention; what later windows drew from this one is added here."""
    w_query, _, w_key, w_value, b_value = trained
    now, first = _span(setting, t)
    later = slice(t + 1, None if setting.window is None else t + setting.window)
    root, pool = w_key.shape[0] ** -0.5, setting.pool[t]
    d_state, d_value, d_key = slopes.states[t], slopes.values[t], slopes.keys[t]
    torch.mv(slopes.states[later].flatten(1).T, trace.alpha[later, now], out=d_value.view(-1))
    torch.mv(trace.queries[later].T, slopes.scores[later, now], out=d_key).mul_(root)
    torch.addmm(carried, d_value, w_value, out=d_state).addr_(pool, d_key @ w_key)
    alpha = trace.alpha[t, first : now + 1]
    d_alpha = torch.empty_like(alpha)
    torch.mv(trace.values[first:now].flatten(1), d_state.view(-1), out=d_alpha[:-1])
    new_value = torch.addmm(b_value, trace.stepped[t], w_value.T)
    torch.dot(new_value.view(-1), d_state.view(-1), out=d_alpha[-1])
    d_scores = alpha * (d_alpha - torch.dot(alpha, d_alpha))
    slopes.scores[t, first : now + 1] = d_scores
    d_query, d_new_key = slopes.queries[t], slopes.new_keys[t]
    torch.mul(d_scores[-1], trace.new_keys[t], out=d_query)
    d_query.addmv_(trace.keys[first:now].T, d_scores[:-1]).mul_(root)
    torch.mul(d_scores[-1] * root, trace.queries[t], out=d_new_key)
    d_summary = d_query @ w_query + d_new_key @ w_key
    return ((d_state @ w_value) * alpha[-1]).addr_(pool, d_summary)


def _of_weights(setting: _Setting, trace: _Trace, slopes: _Slopes, hidden: int) -> tuple[Tensor | None, ...]:
    """Sum up the slopes of all that is trained: one product over all windows and nodes each."""
    pre, told = slopes.pre.flatten(0, 1), slopes.told.flatten(0, 1)
    found: list[Tensor | None] = [
        slopes.pre[..., :hidden],
        slopes.pre[..., hidden:],
        trace.heard.flatten(0, 1).T @ pre[:, : 3 * hidden],
        trace.heard_inner.flatten(0, 1).T @ slopes.raw.flatten(0, 1),
        told.T @ trace.sample.flatten(0, 1),
        told.sum(0),
        trace.heard_told.flatten(0, 1).T @ pre[:, hidden:],
        trace.heard_reset.flatten(0, 1).T @ pre[:, 3 * hidden :],
    ]
    if not setting.attends:
        return *found, None, None, None, None, None
    past, windows = len(setting.state.keys), len(told) // trace.told.shape[1]
    own = trace.alpha[:, past:].diagonal()[:, None, None] * slopes.states
    stepped, states = trace.stepped, trace.states[1:]
    pool = setting.pool[:windows, None]
    summary, summary_after = (pool @ stepped)[:, 0], (pool @ states)[:, 0]
    value = slopes.values.flatten(0, 1).T @ states.flatten(0, 1) + own.flatten(0, 1).T @ stepped.flatten(0, 1)
    return (
        *found,
        slopes.queries.T @ summary,
        slopes.queries.sum(0),
        slopes.keys.T @ summary_after + slopes.new_keys.T @ summary,
        value,
        (slopes.values + own).sum((0, 1)),
    )
