"""Runs definitions as they stand, on NumPy views of the memory: slow and obvious."""
