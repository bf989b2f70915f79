"""Run by an interpreter that has NeMoS: counts and a basis in, a penalised fit out. Not a test itself."""

import json
import sys

import jax
import nemos
import numpy as np

jax.config.update("jax_enable_x64", True)
given = json.load(sys.stdin)
counts, basis = np.array(given["counts"], dtype=float), np.array(given["basis"])
x = np.asarray(nemos.convolve.create_convolutional_predictor(basis, counts))
model = nemos.glm.PopulationGLM(
    regularizer="Ridge",
    regularizer_strength=given["ridge"],
    solver_name="LBFGS",
    solver_kwargs={"maxiter": 2000, "tol": 1e-12},
)
if given["link"] == "softplus":
    model.set_params(inverse_link_function=jax.nn.softplus)
model.fit(x.reshape(len(x), -1)[len(basis) :], counts[len(basis) :])
sys.stdout.write(json.dumps({"bias": np.asarray(model.intercept_).tolist(), "theta": np.asarray(model.coef_).tolist()}))
