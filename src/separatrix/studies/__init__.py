"""Studies: many trainings over a grid and many seeds, durable in a folder, and the tidy table that comes out."""
