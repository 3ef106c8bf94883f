"""Kernels ahead of time: which there are, and how they are built, bundled and looked at."""
