"""Points and tables: read, checked, drawn by samplers, and never yet numbers of a network."""
