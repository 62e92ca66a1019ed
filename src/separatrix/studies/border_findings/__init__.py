"""What the borders of trained networks are like: studies, figures with intervals, and pages in two languages."""
