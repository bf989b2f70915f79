"""Public oracles, generators and conformance suites; no library file imports it."""
