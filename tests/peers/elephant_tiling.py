"""Run by an interpreter that has elephant: trains in, coefficients of all pairs out. Not a test itself."""

import itertools
import json
import sys

import neo
import quantities as pq
from elephant.spike_train_correlation import spike_time_tiling_coefficient

given = json.load(sys.stdin)
spikes = [neo.SpikeTrain(t * pq.s, t_start=0, t_stop=given["stop"]) for t in given["trains"]]
pairs = itertools.combinations(spikes, 2)
sys.stdout.write(json.dumps([float(spike_time_tiling_coefficient(a, b, dt=given["lag_s"] * pq.s)) for a, b in pairs]))
