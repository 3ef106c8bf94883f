"""The plain meaning of an op in NumPy: slow and obvious, what kernels are judged by.

statements          interpret, grid, evaluate
functions, numbers  special, philox
"""
