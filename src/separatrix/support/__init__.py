"""What every wing needs and no user sees: checked settings, atomic writes, seeds, signals, and what this machine has."""
