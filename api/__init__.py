"""The public namespace."""
