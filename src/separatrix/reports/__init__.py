"""Whole jobs and their pages: the lesson's folder, a table's report, a study's report."""
