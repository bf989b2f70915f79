"""Fit a tensor from a given start with tensorly; reads JSON, writes the relative error of what it gives back."""

import json
import sys

import numpy as np
from tensorly.cp_tensor import CPTensor
from tensorly.decomposition import non_negative_parafac_hals

given = json.load(sys.stdin)
x, start = np.array(given["x"]), [np.array(f) for f in given["start"]]
rank = start[0].shape[1]
cp = non_negative_parafac_hals(x, rank, n_iter_max=500, init=CPTensor((np.ones(rank), start)), tol=1e-12)
json.dump(float(np.linalg.norm(x - cp.to_tensor()) / np.linalg.norm(x)), sys.stdout)
