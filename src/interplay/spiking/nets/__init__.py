"""Spiking and binary networks with a posterior over their weights, and the units and layers that they are made of."""
