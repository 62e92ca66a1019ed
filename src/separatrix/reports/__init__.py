"""Whole jobs and their pages: the lesson and its folder, a table's fit and its report, a study's report.

Other wings use `lesson`, `lesson_folder` and `lesson_pictures`; `table_fit`, `table_roles`, `table_content`
and `table_report`; `study_report`; `model_diagnosis`, what is wrong with a classifier; `model_card`;
`evaluation_details`, decisions, subgroups and shift; `step_tables`, one training step as
text, Markdown and HTML; `doctor`, a check of the installation; and `html_elements`, of which every page is made.
"""

__all__ = [
    "doctor",
    "evaluation_details",
    "html_elements",
    "lesson",
    "lesson_folder",
    "lesson_pictures",
    "model_card",
    "model_diagnosis",
    "step_tables",
    "study_report",
    "table_content",
    "table_fit",
    "table_report",
    "table_roles",
]
