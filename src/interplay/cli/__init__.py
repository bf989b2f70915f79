"""The command `interplay`."""
