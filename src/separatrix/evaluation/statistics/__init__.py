"""Statistics of many trainings: records with their uncertainty, each of which can be put into a sentence.

shares      Wilson's interval of a share
pairs       McNemar's test and bootstrap differences on common seeds, Holm's adjustment
survival    Kaplan and Meier's curve of epochs until solved, log-rank test
growth      logistic regression of shares on a number
variance    variance components of points, initialisation and their interaction
stopping    sequential stopping of seeds, and its coverage
"""

__all__ = ["growth", "pairs", "shares", "stopping", "survival", "variance"]
