"""Kernels in CUDA C: written from loop IR, compiled by NVRTC, tried out on the host without a GPU."""
