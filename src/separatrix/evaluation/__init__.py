"""How good a classifier is, how sure that is, and why it decides as it does."""
