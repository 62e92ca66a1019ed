"""How the columns of a table become the inputs of a network, as fitted records.

    encoder     `TableEncoder`, which fits them; `points_of_table`
    encoding    `Encoding`: the records of all columns, applied and written into files

The records themselves are in `separatrix.data.kinds`, one file for each kind of column.
"""

__all__ = ["encoder", "encoding"]
