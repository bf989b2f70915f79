"""Train gensim's word2vec on given walks; run by an interpreter that has it, prints one JSON line.

`python skip_gram_peers.py WALKS.npz VECTORS.npy`
"""

import json
import sys
import time
from importlib import metadata

import numpy as np


def main(place, out):
    from gensim.models import Word2Vec

    with np.load(place) as file:
        walks, n_nodes, seed = file["walks"], int(file["n_nodes"]), int(file["seed"])
        options = {name: int(file[name]) for name in ("vector_size", "window", "negative", "epochs", "workers")}
        alpha, least = float(file["alpha"]), float(file["min_alpha"])
    sentences = [[str(v) for v in walk if v >= 0] for walk in walks.tolist()]
    model = Word2Vec(sg=1, hs=0, sample=0, min_count=0, seed=seed, alpha=alpha, min_alpha=least, **options)
    model.build_vocab(sentences)
    started, begun = time.perf_counter(), time.process_time()
    model.train(sentences, total_examples=len(sentences), epochs=options["epochs"])
    cpu, wall = time.process_time() - begun, time.perf_counter() - started
    vectors = np.zeros((n_nodes, options["vector_size"]))
    for word, k in model.wv.key_to_index.items():
        vectors[int(word)] = model.wv.vectors[k]
    np.save(out, vectors)
    print(json.dumps({"who": f"gensim {metadata.version('gensim')}", "cpu_s": cpu, "wall_s": wall, "repeats": 1}))


if __name__ == "__main__":
    main(*sys.argv[1:])
