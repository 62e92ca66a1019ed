"""scikit-learn's estimators over the core, and the encoding of their columns."""
