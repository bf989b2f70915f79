"""Hold what papers claim against what comes out here: `python -m benchmarks.paper [--play] [NAME ...]`."""

import sys

from benchmarks.paper import adversarial_embedding, closure, cross_walk, damping, dish_tournament, dropouts, one_hot

CLAIMS = {
    "adversarial_embedding": adversarial_embedding,
    "closure": closure,
    "cross_walk": cross_walk,
    "damping": damping,
    "dish_tournament": dish_tournament,
    "dropouts": dropouts,
    "one_hot": one_hot,
}


def main(words):
    names = [w for w in words if w != "--play"]
    unknown = set(names) - set(CLAIMS)
    if unknown:
        raise SystemExit(f"Unknown claim {', '.join(sorted(unknown))}. Valid: {', '.join(CLAIMS)}.")
    for name in names or CLAIMS:
        if "--play" in words:
            CLAIMS[name].make()
        print("\n".join(CLAIMS[name].lines()))


if __name__ == "__main__":
    main(sys.argv[1:])
