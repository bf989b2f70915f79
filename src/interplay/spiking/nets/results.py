"""What a spiking network gives back: the trained model, and what it says of samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.provenance import Result


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Predictions(Result):
    """What a model says of S samples.

    Attributes
    ----------
    classes : (C,) text array
    rows : (S,) int64 array
        Of the data that were given.
    truth : (S,) int64 array
        Class of each sample.
    probabilities : (S, C) float64 array
        Mean over the draws.
    drawn : (D, S, C) float64 array
        Of every draw of weights and spikes; D = 1 where `draws` is 0.
    draws : int
        D; 0 for the network without noise: mean weights, and units that fire where P > 1/2.
    rates : mapping of str to (S,) float64 arrays
        Per layer, mean share of its units (and steps) that fire, mean over draws.
    accumulates : mapping of str to (S,) float64 arrays
        Per layer, synaptic operations caused by spikes: each spike times the connections that it drives, counted one by
        one (at borders of a picture there are fewer); mean over draws. Spikes of the last step go to no unit of their
        own layer.
    multiplies : mapping of str to (S,) float64 arrays
        Per layer, operations of connections driven by numbers that are no spikes (the first layer's input and the
        read-out, where they are analogue): one per number that is not 0 and connection.
    dense : mapping of str to float
        Per layer, multiply-accumulates of the same layer in a network of analogue units that runs each step: T times,
        weights among the units of a layer T - 1 times, the read-out once, behind its mean over time.
    """

    classes: NDArray[np.str_]
    rows: NDArray[np.int64]
    truth: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    drawn: NDArray[np.float64]
    draws: int
    rates: Mapping[str, NDArray[np.float64]]
    accumulates: Mapping[str, NDArray[np.float64]]
    multiplies: Mapping[str, NDArray[np.float64]]
    dense: Mapping[str, float]

    @property
    def label(self) -> NDArray[np.int64]:
        """Most probable class of each sample, (S,); the first of those that tie."""
        return np.asarray(self.probabilities.argmax(axis=1))

    @property
    def accuracy(self) -> float:
        """Share of samples whose most probable class is theirs."""
        return float((self.label == self.truth).mean())


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class SpikingModel(Result):
    """A trained network, and how it got there.

    Attributes
    ----------
    method : str
        Registered name.
    classes : (C,) text array
        What it tells apart; other data must have the same.
    input_shape : tuple of int
        (C, H, W) of pictures, (units,) or (channels, H, W) of events as they enter the network.
    units : int
        Units or pixels of the data before pooling.
    parameters : mapping of str to arrays
        Everything that was trained, and the running moments of batch normalisation where there are any.
    trace : mapping of str to (E,) float64 arrays
        Per epoch: "loss", its parts "cross_entropy" (nats), "kl" (nats, whole posterior) and "auxiliary", and
        "held_out" (cross-entropy of validation samples, one draw) where there are any.
    best_epoch : int
        Whose parameters are kept, from 0.
    gradient_start, gradient_end : mapping of str to float
        Per layer, norm of the cross-entropy's gradient on the first batch, before and after training.
    trained_on : int
        N, samples that were learnt from.
    """

    method: str
    classes: NDArray[np.str_]
    input_shape: tuple[int, ...]
    units: int
    parameters: Mapping[str, NDArray[Any]]
    trace: Mapping[str, NDArray[np.float64]]
    best_epoch: int
    gradient_start: Mapping[str, float]
    gradient_end: Mapping[str, float]
    trained_on: int

    def predict(
        self, data: Any, rows: Any = None, *, draws: int = 20, seed: int = 0, batch: int = 64, device: str = "cpu"
    ) -> Predictions:
        """Tell the classes of samples.

        Parameters
        ----------
        data : LabelledEvents or LabelledImages
            Of the kind, units and classes that the model was trained on.
        rows : (S,) int array or None
            Samples; all where None.
        draws : int, >= 0
            Networks drawn from the posterior whose probabilities are averaged; 0 takes the network without noise.
        seed : int, >= 0
        batch : int, samples, >= 1
            At once; part of what decides what is drawn. With draws = 0 it changes nothing but rounding.
        device : str

        Returns
        -------
        Predictions

        Raises
        ------
        DataError
            If the data do not fit the model.
        ConfigError
            If a number is out of range.
        """
        from interplay.spiking.nets.prediction import predict

        return predict(self, data, rows, draws=draws, seed=seed, batch=batch, device=device)
