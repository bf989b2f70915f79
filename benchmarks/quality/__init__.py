"""What the methods find, beside what is there and beside what is trivial."""
