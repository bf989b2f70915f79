"""Compiled kernels: arrays in, arrays out. They know no data object, do no I/O and draw no hidden random number."""
