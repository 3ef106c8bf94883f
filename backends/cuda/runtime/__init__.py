"""The run time of GPUs: devices, streams, memory, kernels in memory, graphs. On any driver.

devices   machine, device, context, properties
streams   queue, current, event, waiting, graph
memory    allocator, blocks, pinned, copying, statistics
kernels   module, records
"""
