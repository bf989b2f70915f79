"""Errors, checks, random streams, provenance, registry and protocols: what every other room stands on."""
