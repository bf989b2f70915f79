"""AdamW on one vector, in five operations: for small networks the library's bookkeeping costs more than the step.

References
----------
Kingma, Ba (2015), ICLR, algorithm 1. Loshchilov, Hutter (2019), ICLR: decay apart from the gradient.
"""

from __future__ import annotations

import torch

#: As in BBF and i-QN. With the usual 1e-8 the tiny gradients of a converged value make full steps.
EPSILON = 1.5e-4
_MEAN, _SQUARE = 0.9, 0.999


class AdamW:
    """Moments of one parameter vector.

    Parameters
    ----------
    size : int
    learning_rate : float, > 0
    weight_decay : float, >= 0
    epsilon : float, > 0

    Attributes
    ----------
    mean, square : (size,) float32 tensor
        Running averages of the gradient and of its square.
    """

    def __init__(self, size: int, learning_rate: float, weight_decay: float, epsilon: float = EPSILON) -> None:
        self.learning_rate, self.weight_decay, self.epsilon = learning_rate, weight_decay, epsilon
        self.mean, self.square, self._steps = torch.zeros(size), torch.zeros(size), 0

    def step(self, parameters: torch.Tensor, gradient: torch.Tensor) -> None:
        """Move the parameters, in place."""
        self._steps += 1
        self.mean.lerp_(gradient, 1 - _MEAN)
        self.square.mul_(_SQUARE).addcmul_(gradient, gradient, value=1 - _SQUARE)
        scale = self.square.sqrt().mul_((1 - _SQUARE**self._steps) ** -0.5).add_(self.epsilon)
        if self.weight_decay:
            parameters.mul_(1 - self.learning_rate * self.weight_decay)
        parameters.addcdiv_(self.mean, scale, value=-self.learning_rate / (1 - _MEAN**self._steps))

    def forget(self) -> None:
        """Begin anew."""
        self.mean.zero_()
        self.square.zero_()
        self._steps = 0
