"""Ops of users' own: declared by an entry, implemented by hand, made of raw kernels."""
