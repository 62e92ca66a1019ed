"""Points and tables: drawn by samplers or read from files and frames, checked, and split into rows; the kinds of column.

points, points_file    `Points`; `read_points`, `write_points`
samplers               `SAMPLERS`, and a function for each
table, table_file      `Table`; `read_table`, and batches of bounded memory
frames                 `as_frame`: any data frame in one form
kinds                  `KINDS`: a file for each kind of column, from reading it to its formula in an export
features               `FEATURES` of points in the plane, and noise in labels
dependence             rows that belong together or follow one another, and their splits
splits                 training, validation and test rows, folds
prediction_file        predictions as CSV or Parquet
profile                `TableProfile`: quantiles and counts of a training table, which a model keeps
"""

__all__ = [
    "dependence",
    "features",
    "frames",
    "kinds",
    "points",
    "points_file",
    "prediction_file",
    "profile",
    "samplers",
    "splits",
    "table",
    "table_file",
]
