"""Compiled objects by key: in memory, in the user's folder, in read-only bundles.

The key says everything that an object depends on; a file verifies itself; what does not verify is a
miss. Nothing here knows what an object is: kernels, the worker pool, whatever a backend compiles.

the door           objects, mode, statistics, warn
keys and files     key, check_key, format, files, replace
layers             layers, folder, bound, bundle
where, and whose   locate, trust
"""
