"""`python -m observer`."""
