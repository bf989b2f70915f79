"""Pong written down plainly: one dictionary, one tick after the other. No code is shared with the library."""

import hashlib

MASK = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15


def scramble(word):
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & MASK
    return word ^ (word >> 31)


def draw(seed, name, number):
    """A number in [0, 1) from the seed, a name and a whole number."""
    state = scramble(scramble((seed + GOLDEN) & MASK))
    for part in (int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little"), number):
        state = scramble(state ^ scramble((part + GOLDEN) & MASK))
    return (state >> 11) / 2**53


def new(rules, seed):
    top = (rules["size"] - rules["paddle"]) / 2
    return {"rules": rules, "seed": seed, "rally": -1, "top": top, "v": 0.0}


def serve(game):
    rules = game["rules"]
    game["rally"] += 1
    low, high = rules["serve"]
    vy = low + (high - low) * draw(game["seed"], "serve", game["rally"])
    if rules["mirrored"] and draw(game["seed"], "side", game["rally"]) < 0.5:
        vy *= -1
    game.update(x=rules["size"] / 2, y=rules["size"] / 2, vx=rules["speed"], vy=vy, v=0.0)


def tick(game, command):
    """Play one tick: "", "hit" or "miss"."""
    rules = game["rules"]
    game["v"] = rules["keep"] * game["v"] + command * rules["impulse"]
    game["top"] += game["v"]
    inside = max(0.0, min(game["top"], rules["size"] - rules["paddle"]))
    if inside != game["top"]:
        game["top"], game["v"] = inside, 0.0
    game["x"] += game["vx"]
    game["y"] += game["vy"]
    if not 0 <= game["y"] <= rules["size"]:
        game["y"] = -game["y"] if game["y"] < 0 else 2 * rules["size"] - game["y"]
        game["vy"] *= -1
    if game["x"] >= rules["opponent"]:
        game["x"], game["vx"] = rules["opponent"], -rules["speed"]
    if game["x"] <= 0:
        game["x"] = 0.0
        return "miss"
    on_paddle = game["top"] <= game["y"] <= game["top"] + rules["paddle"]
    if game["x"] <= rules["depth"] and on_paddle:
        game["x"], game["vx"] = rules["depth"], rules["speed"]
        return "hit"
    return ""


def look(game):
    return game["x"], game["y"], game["vx"], game["vy"], game["top"], game["v"]


DISH = {
    "size": 600.0, "paddle": 250.0, "depth": 10.0, "opponent": 600.0, "speed": 2.0, "serve": (0.0, 2.0),
    "mirrored": True, "keep": 0.9, "impulse": 0.6,
}  # fmt: skip
PORT = DISH | {"opponent": 590.0, "speed": 12.0, "serve": (-2.0, 12.0), "mirrored": False, "impulse": 10.0}
