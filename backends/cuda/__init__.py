"""Kernels in CUDA C: written from loop IR, compiled by NVRTC, tried on the host without a GPU."""
