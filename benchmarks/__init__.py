"""Time ratios against a peer, measured side by side: `python -m benchmarks --vs torch`."""
