"""Entries as they are written: YAML read strictly into ops, and ops as the text of generated files.

reading   read, text_file, entry, pieces, samples, autocast, inline
mistakes  excerpt
writing   canonical
"""
