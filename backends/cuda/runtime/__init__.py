"""The run time of GPUs: devices, streams, memory, kernels in memory, graphs. On any driver."""
