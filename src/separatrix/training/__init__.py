"""The one loop over epochs: one run, many runs, several machines, and what went wrong."""
