"""The recurrence with its gradient written by hand: the same as `represent.recurrence`, several times as fast.

For one layer of gcn or sage. Everything that stands still in the loop is outside it; what a window leaves behind lies
in buffers of one row per window, and the gradients of all weights are one product each over all windows at the end.
Values of the attention are kept once, and what a later window draws from an earlier one is returned when the earlier
one's turn comes. So memory grows linearly with the windows, apart from the T x T numbers that the attention itself is
(its weights and their slopes); nothing of T x T x n is laid out. There is a first derivative only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
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
    @once_differentiable
    def backward(ctx: Any, *slopes: Tensor) -> Any:
        cut = len(_Trace._fields)
        trace, trained = _Trace(*ctx.saved_tensors[:cut]), ctx.saved_tensors[cut:]
        return None, *_back(ctx.setting, trace, trained, *slopes[:3])


def _forth(setting: _Setting, known_inner: Tensor, known_gates: Tensor, trained: tuple[Tensor, ...]) -> _Trace:
    hear, noise, _, _, _, attends = setting
    w_state, w_post, w_told, b_told, w_gates, w_reset, *_ = trained
    hidden, latent = w_told.shape
    trace = _room(setting, known_inner, latent)
    # Views of all windows at once: for small networks, taking them one by one would cost as much as the arithmetic.
    rows = _Trace(*(buffer.unbind(0) for buffer in trace))  # type: ignore[arg-type]
    keeps, resets = (half.unbind(0) for half in trace.gates.chunk(2, 2))
    means, spreads = (half.unbind(0) for half in trace.raw.chunk(2, 2))
    draws = None if noise is None else noise.unbind(0)
    gates_known, candidates_known = (part.unbind(0) for part in known_gates.tensor_split((2 * hidden,), 2))
    w_past = w_state[:, hidden:]
    w_state, w_gates, w_new = w_state[:, :hidden], w_gates[:, : 2 * hidden], w_gates[:, 2 * hidden :]
    states, w_told = rows.states, w_told.T
    for t, from_inner in enumerate(known_inner.unbind(0)):
        state, heard, inner, told = states[t], rows.heard[t], rows.inner[t], rows.told[t]
        hear.into(heard, t, state)
        torch.addmm(from_inner, heard, w_state, out=inner).relu_()
        hear.into(rows.heard_inner[t], t, inner)
        torch.mm(rows.heard_inner[t], w_post, out=rows.raw[t])
        if draws is None:
            rows.sample[t].copy_(means[t])
        else:
            torch.addcmul(means[t], functional.softplus(spreads[t]).add_(SMALLEST), draws[t], out=rows.sample[t])
        torch.addmm(b_told, rows.sample[t], w_told, out=told).relu_()
        hear.into(rows.heard_told[t], t, told)
        gates = torch.addmm(gates_known[t], heard, w_past, out=rows.gates[t])
        gates.addmm_(rows.heard_told[t], w_gates).sigmoid_()
        hear.into(rows.heard_reset[t], t, resets[t] * state)
        candidate = torch.addmm(candidates_known[t], rows.heard_told[t], w_new, out=rows.candidate[t])
        candidate.addmm_(rows.heard_reset[t], w_reset).tanh_()
        torch.lerp(candidate, state, keeps[t], out=rows.stepped[t])
        if attends:
            _attend(setting, trace, rows, t, trained[6:])
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


def _attend(setting: _Setting, trace: _Trace, rows: _Trace, t: int, trained: tuple[Tensor, ...]) -> None:
    """Draw the state of window t from those in reach, and keep its key and value."""
    w_query, b_query, w_key, w_value, b_value = trained
    now, first = _span(setting, t)
    query, key, value, after = rows.queries[t], rows.keys[now], rows.values[now], rows.states[t + 1]
    pool, stepped, w_value = setting.pool[t], rows.stepped[t], w_value.T
    summary = pool @ stepped
    torch.addmv(b_query, w_query, summary, out=query)
    torch.mv(w_key, summary, out=key)
    rows.new_keys[t].copy_(key)
    torch.addmm(b_value, stepped, w_value, out=value)
    alpha = rows.alpha[t][first : now + 1]
    torch.softmax(torch.mv(trace.keys[first : now + 1], query).mul_(len(query) ** -0.5), 0, out=alpha)
    torch.mv(trace.values[first : now + 1].flatten(1).T, alpha, out=after.view(-1))
    torch.mv(w_key, pool @ after, out=key)
    torch.addmm(b_value, after, w_value, out=value)


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
    scores: Tensor  # (P + T, T), of the unscaled products, transposed: a later window's column


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
    by_noise = None if noise is None else (torch.sigmoid(trace.raw[..., latent:]) * noise).unbind(0)
    told, inner, keeps, resets = trace.told.unbind(0), trace.inner.unbind(0), keep.unbind(0), reset.unbind(0)
    of_inner, of_keep, of_reset, of_candidate = (part.unbind(0) for part in slopes.pre.chunk(4, 2))
    of_encoder_and_gates, of_gates = slopes.pre[..., : 3 * hidden].unbind(0), slopes.pre[..., hidden:].unbind(0)
    slopes.raw.copy_(d_raw)
    raws, means, spreads = slopes.raw.unbind(0), *(half.unbind(0) for half in slopes.raw.chunk(2, 2))
    tolds, drawn, earlier = slopes.told.unbind(0), d_sample.unbind(0), d_before.unbind(0)
    w_reset, w_gates, w_post, w_state = w_reset.T, w_gates.T, w_post.T, w_state.T
    rows = _Trace(*(buffer.unbind(0) for buffer in trace))  # type: ignore[arg-type]
    drawn_later = trace.alpha.T.contiguous()
    relu_back = torch.ops.aten.threshold_backward
    carried = torch.zeros_like(trace.states[0])
    for t in reversed(range(len(told))):
        step = _attend_back(setting, trace, rows, slopes, drawn_later, t, carried, trained[6:]) if attends else carried
        torch.mul(step, by_candidate[t], out=of_candidate[t])
        torch.mul(step, by_keep[t], out=of_keep[t])
        d_reset = hear.returned(t, of_candidate[t] @ w_reset)
        torch.mul(d_reset, by_reset[t], out=of_reset[t])
        carried = torch.addcmul(earlier[t], step, keeps[t]).addcmul_(d_reset, resets[t])
        d_told = relu_back(hear.returned(t, of_gates[t] @ w_gates), told[t], 0)
        tolds[t].copy_(d_told)
        d_drawn = torch.addmm(drawn[t], d_told, w_told)
        means[t].add_(d_drawn)
        if by_noise is not None:
            spreads[t].addcmul_(d_drawn, by_noise[t])
        of_inner[t].copy_(relu_back(hear.returned(t, raws[t] @ w_post), inner[t], 0))
        carried += hear.returned(t, of_encoder_and_gates[t] @ w_state)
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
        scores=torch.zeros_like(trace.alpha.T),
    )


def _attend_back(
    setting: _Setting,
    trace: _Trace,
    rows: _Trace,
    slopes: _Slopes,
    drawn_later: Tensor,
    t: int,
    carried: Tensor,
    trained: tuple[Tensor, ...],
) -> Tensor:
    """Give the slope of the state before attention; what later windows drew from this one is added here."""
    w_query, _, w_key, w_value, b_value = trained
    now, first = _span(setting, t)
    end = len(rows.told) if setting.window is None else min(len(rows.told), t + setting.window)
    root, pool, stepped = w_key.shape[0] ** -0.5, setting.pool[t], rows.stepped[t]
    d_state, d_value, d_key = slopes.states[t], slopes.values[t], slopes.keys[t]
    torch.mv(slopes.states[t + 1 : end].flatten(1).T, drawn_later[now, t + 1 : end], out=d_value.view(-1))
    torch.mv(trace.queries[t + 1 : end].T, slopes.scores[now, t + 1 : end], out=d_key)
    torch.addmm(carried, d_value, w_value, out=d_state).addr_(pool, d_key @ w_key)
    flat, alpha = d_state.view(-1), rows.alpha[t][first : now + 1]
    d_alpha = torch.empty_like(alpha)
    torch.mv(trace.values[first:now].flatten(1), flat, out=d_alpha[:-1])
    torch.dot(torch.addmm(b_value, stepped, w_value.T).view(-1), flat, out=d_alpha[-1])
    d_scores = d_alpha.sub_(torch.dot(alpha, d_alpha)).mul_(alpha).mul_(root)
    past, own = d_scores[:-1], d_scores[-1]
    slopes.scores[first : now + 1, t] = d_scores
    d_query, d_new_key = slopes.queries[t], slopes.new_keys[t]
    torch.mul(own, rows.new_keys[t], out=d_query).addmv_(trace.keys[first:now].T, past)
    torch.mul(own, rows.queries[t], out=d_new_key)
    d_summary = torch.addmv(d_query @ w_query, w_key.T, d_new_key)
    return torch.mm(d_state, w_value).mul_(alpha[-1]).addr_(pool, d_summary)


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
