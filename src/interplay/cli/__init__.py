"""The command `interplay`: a thin door. What goes wrong ends in one clear paragraph and an exit code."""

from __future__ import annotations

import os
import sys

EXIT_DONE, EXIT_BUG, EXIT_USAGE, EXIT_DATA, EXIT_NOT_CONVERGED, EXIT_STOPPED = 0, 1, 2, 3, 4, 130
STOPPED = "Stopped. The same command goes on from the last finished stage."
STOPPED_PLAY = "Stopped. Sessions that were finished stand; the same command plays the others."
STOPPED_REPRESENT = "Stopped. This call had nothing to keep yet; the same command does it again."
STOPPED_CIRCUIT = "Stopped. Nothing was written; the same command does it again."
STOPPED_TRAINING = "Stopped. The same command goes on inside training; at most 25 epochs are done again."
STOPPED_SPIKING = "Stopped. The same command goes on inside training; at most one epoch is done again."
STOPPED_PRETRAINING = "Stopped. The same command goes on inside the stage of training that was going on."


class Stopped(Exception):
    """A command was stopped by Ctrl-C and says itself what it leaves behind."""


def stopped(arguments: list[str]) -> str:
    """Say what a command that was stopped by Ctrl-C leaves behind.

    Parameters
    ----------
    arguments : list of str
        Without the program's name.

    Returns
    -------
    str
    """
    known = {
        "play": STOPPED_PLAY,
        "pretrain": STOPPED,
        "represent": STOPPED_REPRESENT,
        "circuit": STOPPED_CIRCUIT,
        "influence": STOPPED_CIRCUIT,
    }
    return known.get(arguments[0] if arguments else "", STOPPED)


def main() -> None:
    """Run the command line and exit."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # our threads are per window; nested pools only slow each other down
    try:
        from interplay.cli.app import call
    except KeyboardInterrupt:  # in the first moments, while there is no colour to say it with
        sys.stderr.write(f"interplay: {stopped(sys.argv[1:])}\n")
        sys.exit(EXIT_STOPPED)
    sys.exit(call(sys.argv[1:]))
