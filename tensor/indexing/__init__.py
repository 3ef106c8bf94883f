"""`tensor[index]`, read and assigned to."""
