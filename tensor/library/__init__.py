"""Ops of users' own: implemented by hand, put in the place of a built-in, made of raw kernels."""
