"""Memory shared with other libraries: NumPy and buffers, DLPack, CUDA's array interface."""
