"""A driver without a GPU: memory of the host, streams that are queues, kernels run by `simt.h`.

For tests: it is slow and watchful. Accesses outside of what was given out, memory used after it was
freed, handles of another device and work that does not wait for what it needs are found.
"""
