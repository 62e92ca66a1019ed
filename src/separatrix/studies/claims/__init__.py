"""The tutorial's claims, measured: studies, statements with intervals, verdicts by a rule, pages in two languages.

Other wings use `running` (measure, write), `answers`, and the words of a page in `english` and `page`.
"""

__all__ = ["answers", "english", "page", "running"]
