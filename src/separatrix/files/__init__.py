"""Model files: written whole or not at all, and read back only if every byte is right.

Other wings use `saving` (save and load anything that was trained), `contents` (describe a file without loading it),
`container` (the bytes of a file as arrays and plain data) and `run_file` (a run as arrays and plain data).
"""

__all__ = ["container", "contents", "run_file", "saving"]
