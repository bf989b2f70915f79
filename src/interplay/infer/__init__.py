"""From a recording to signed networks over time."""
