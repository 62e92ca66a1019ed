"""What every wing needs and no user sees: checked settings, atomic writes, seeds, signals, and what this machine has.

constraints    rules for settings, and `check`
atomic         `write_atomically`: a whole file or none
locks          one writer at a time in a folder
cached_files   entries of the cache: digests and a bound
surroundings   `insulated`: settings of the calling process stay outside
remarks        warnings that name the line of the caller
pytorch        PyTorch, or the sentence with the command that installs it
torch_random   PyTorch's random numbers, without PyTorch
seeds          independent streams of random numbers from one seed
signals        `Interruption`: an orderly end at Ctrl-C
hooks          methods of lower wings whose work is done in higher ones
machine        cores, BLAS's threads, free memory, the cache folder, versions
compilation    machine code that is stored between processes
cached_files   files of the cache, each with its digest
locks          the lock of a folder
remarks        warnings that point to the caller's line
surroundings   functions that a process's own settings of NumPy and PyTorch don't reach
forks          whether this process is the fork of one whose threads it lacks
"""

__all__ = [
    "atomic",
    "cached_files",
    "compilation",
    "constraints",
    "forks",
    "hooks",
    "locks",
    "machine",
    "pytorch",
    "remarks",
    "seeds",
    "signals",
    "surroundings",
    "torch_random",
]
