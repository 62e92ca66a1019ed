"""Statistics of many trainings: each gives a record that can say itself in a sentence with its uncertainty."""
