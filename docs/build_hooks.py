"""MkDocs runs this: the playground as one file, beside the pages that show it; playground.html is the page about it."""

from __future__ import annotations

from typing import Any

from mkdocs.structure.files import File, Files

from separatrix.web._build import single_file


def on_files(files: Files, *, config: Any) -> Files:
    """Add live-playground.html to the pages' files."""
    files.append(File.generated(config, "live-playground.html", content=single_file()))
    return files
