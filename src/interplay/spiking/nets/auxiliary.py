"""Auxiliary losses of a whole network: the mean of its layers'."""

from __future__ import annotations

import torch
from torch import Tensor

from interplay.spiking.estimators import auxiliary_snr, auxiliary_u2
from interplay.spiking.nets.passing import Pass
