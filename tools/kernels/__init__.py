"""Kernels ahead of time: which there are, and how they are built, bundled and looked at.

which there are          space, classes, ways, programs, gpu_space
the calls of a program   lock, call_text
built                    precompile, work, processes, listing, compiling
looked at                inspect, explain, example
under stress             stress
"""
