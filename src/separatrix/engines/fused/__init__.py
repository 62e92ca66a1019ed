"""The fused engine (under way)."""
