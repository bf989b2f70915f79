"""One function per chapter of a report: results in, a `Section` out."""
