"""Score, posterior and best path of a Poisson chain by hmmlearn; JSON in, JSON out."""

import json
import sys

import numpy as np
from hmmlearn.hmm import PoissonHMM

given = json.load(sys.stdin)
model = PoissonHMM(n_components=len(given["initial"]))
model.n_features = len(given["rates"][0])
model.startprob_, model.transmat_ = np.array(given["initial"]), np.array(given["transition"])
model.lambdas_ = np.array(given["rates"])
counts, lengths = np.array(given["counts"], dtype=int), given["lengths"]
score, posterior = model.score_samples(counts, lengths)
best, path = model.decode(counts, lengths)
json.dump({"score": score, "posterior": posterior.tolist(), "best": best, "path": path.tolist()}, sys.stdout)
