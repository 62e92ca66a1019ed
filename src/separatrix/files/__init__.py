"""Model files: written whole or not at all, read back only when every byte is right."""
