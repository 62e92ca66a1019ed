"""The playground: a page that trains in the browser by itself, and the doors into it.

The page stands in `page/`: plain modules of JavaScript, a style sheet and one HTML file. `_build` adds what the registries
know, `_modules` makes one file of it, `server` hands it out on this machine, and `_widget` shows it in a notebook.
The command line uses `server` and `doors`.
"""

__all__ = ["doors", "server"]
