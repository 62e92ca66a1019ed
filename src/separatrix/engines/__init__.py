"""The engines: what carries out a recipe. `base` is the contract, `choose` picks one."""
