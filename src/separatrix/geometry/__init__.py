"""Where the border is, exactly: its polylines, the regions of a network, the fold, one step in numbers."""
