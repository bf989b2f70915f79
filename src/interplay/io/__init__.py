"""Files to data objects and back, and public data sets with checksums."""
