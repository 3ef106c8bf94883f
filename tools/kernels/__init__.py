"""Kernels ahead of time: which there are, and how they are built, bundled and looked at.

which there are          space, classes, ways, programs
whether all compile      gpu_space, gpu_work
the calls of a program   lock, call_text, field_types
built                    precompile, work, processes, listing
bundled                  bundling, build_folder
looked at                explain, example, stored, overview, verify
removed, carried         removal, carry
under stress             stress
"""
