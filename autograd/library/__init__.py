"""Ops implemented by hand under transforms, their checks, and their export to PyTorch."""
