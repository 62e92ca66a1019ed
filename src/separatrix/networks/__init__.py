"""What is trained and how, as immutable descriptions, with the registries that they name."""
