"""The native half of dispatch: calls that were solved before are served without Python."""
