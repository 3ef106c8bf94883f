"""The CUDA driver as the run time sees it: one protocol, the real driver, and a simulated one."""
