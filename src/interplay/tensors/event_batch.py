"""Events of a stream as tensors."""

from __future__ import annotations

from typing import NamedTuple

import torch

from interplay.data import TemporalGraph


class EventBatch(NamedTuple):
    """B consecutive events, in order of time.

    Attributes
    ----------
    src, dst : (B,) int64 tensors
    time : (B,) float64 tensor, s
        Not yet float32: only differences may be.
    weight : (B,) float32 tensor
    features : (B, F) float32 tensor
        F = 0 where the stream has none.
    event : (B,) int64 tensor
        Numbers in the stream, rising.
    """

    src: torch.Tensor
    dst: torch.Tensor
    time: torch.Tensor
    weight: torch.Tensor
    features: torch.Tensor
    event: torch.Tensor


def event_batch(graph: TemporalGraph, start: int = 0, stop: int | None = None, *, first: int = 0) -> EventBatch:
    """Give the events start to stop - 1 of a stream as tensors on the processor.

    Parameters
    ----------
    graph : TemporalGraph
    start, stop : int
        stop None: to the end.
    first : int
        Number of the stream's own event 0, where it continues another one.

    Returns
    -------
    EventBatch
    """
    end = len(graph) if stop is None else stop
    part = slice(start, end)
    count = end - start
    told = torch.empty(count, 0) if graph.features is None else torch.from_numpy(graph.features[part].copy())
    return EventBatch(
        src=torch.from_numpy(graph.src[part].copy()),
        dst=torch.from_numpy(graph.dst[part].copy()),
        time=torch.from_numpy(graph.time[part].copy()),
        weight=torch.from_numpy(graph.weight[part].astype("float32")),
        features=told,
        event=torch.arange(first + start, first + end),
    )
