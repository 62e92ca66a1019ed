"""What every wing needs and no user sees: checked settings, atomic writes, seeds, signals, and what this machine has.

constraints    rules for settings, and `check`
atomic         `write_atomically`: a whole file or none
locks          the lock of a folder: one writer at a time
translations   sentences in the user's language
surroundings   `insulated`: settings of the calling process stay outside; whether it is a fork that lacks polars's threads
pytorch        PyTorch, or the sentence with the command that installs it
systems        what files are like on this system: locks, and names of open files
seeds          independent streams of random numbers from one seed, and PyTorch's own, without PyTorch
processes      `Interruption`: an orderly end at Ctrl-C; `unless_done_within`: what is due when work takes long
hooks          methods of lower wings whose work is done in higher ones
machine        cores, BLAS's threads, free memory, the cache folder, versions
compilation    machine code that is kept between processes, each file with its digest
"""

__all__ = [
    "atomic",
    "compilation",
    "constraints",
    "hooks",
    "locks",
    "machine",
    "processes",
    "pytorch",
    "ray_cluster",
    "seeds",
    "surroundings",
    "systems",
    "translations",
]
