"""Real two-class tables that Python packages ship, and all methods on the same splits of them; `make bench-tables`."""
