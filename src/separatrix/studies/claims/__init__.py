"""The tutorial's claims, measured: studies, statements with intervals, verdicts by a rule, pages in two languages."""
