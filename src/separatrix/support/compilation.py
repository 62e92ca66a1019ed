"""Numba functions whose machine code is kept in our own cache folder, and thrown away when anything changes.

Numba keys its files on one source file's time and size. But a caller holds the code of what it calls, so a change in
another file would go unnoticed, and addresses would be called in ways that no longer fit. Here the folder's name is a
digest of every source beside the function's own, the versions and the processor. A folder that can't be written is no error:
every process then compiles for itself.

Machine code of other origin is kept there too, by `read_cached` and `write_cached`: each file begins with a digest of its name
as well as of its content, so that code that came to lie under another name is never executed; a damaged file counts as none,
and together they are bounded.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import pickle
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

import llvmlite
import llvmlite.binding as llvm
import numba
import numpy as np
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator
from numba.core.ccallback import CFunc
from numba.core.runtime import rtsys
from numba.core.serialize import dumps
from numba.core.sigutils import normalize_signature

from separatrix.support.machine import cache_folder
from separatrix.support.processes import unless_done_within

LIMIT = 256 * 2**20  # bytes of all entries together; the code of one version of the library takes some 5 MB
DIGEST = 32  # bytes of a SHA-256


def read_cached(path: Path) -> bytes | None:
    """An entry's content, or None if there is none or a single bit of it is wrong."""
    try:
        raw = path.read_bytes()
    except (OSError, MemoryError):
        return None
    digest, content = raw[:DIGEST], raw[DIGEST:]
    return content if digest == _digest(path, content) else None


def write_cached(path: Path, content: bytes) -> None:
    """Write an entry in place of an older or damaged one, where that is possible."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_digest(path, content) + content)
            os.replace(name, path)
        except OSError:
            os.unlink(name)
            raise
        _remove_oldest(cache_folder())


def _digest(path: Path, content: bytes) -> bytes:
    return hashlib.sha256(path.name.encode() + b"\0" + content).digest()


def _remove_oldest(folder: Path) -> None:
    """Once the entries take more than `LIMIT`, remove the oldest until they take half of it."""
    entries: list[tuple[float, int, Path]] = []
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # another process was faster
            if path.is_file():
                status = path.stat()
                entries.append((status.st_mtime, status.st_size, path))
    total = sum(size for _, size, _ in entries)
    if total <= LIMIT:
        return
    for _, size, path in sorted(entries):
        if total <= LIMIT // 2:
            return
        with contextlib.suppress(OSError):
            path.unlink()
            total -= size


FAST = {"reassoc", "contract", "arcp", "nsz"}  # never nnan or ninf: NaN and infinity must stay visible
_owners: list[Any] = []  # of the code that addresses point into


@cache
def machine() -> tuple[str, str]:
    """The processor's name and features, and LLVM ready for it."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


@cache
def digest(folder: Path) -> str:
    """Of all that the machine code of a folder's functions depends on."""
    content = hashlib.sha256()
    for part in (numba.__version__, llvmlite.__version__, np.__version__, *machine()):
        content.update(part.encode() + b"\0")
    for source in (Path(__file__), *sorted(folder.glob("*.py"))):
        content.update(source.read_bytes())
    return content.hexdigest()[:32]


class _Locator(_CacheLocator):  # type: ignore[misc]  # Numba has no types
    """Where Numba puts the code of a function of ours."""

    def __init__(self, function: Any, file: str) -> None:
        self._file = file

    @classmethod
    def from_function(cls, function: Any, file: str) -> _Locator:
        return cls(function, file)

    def get_cache_path(self) -> str:
        return str(cache_folder() / digest(Path(self._file).parent))

    def get_source_stamp(self) -> str:
        return digest(Path(self._file).parent)

    def get_disambiguator(self) -> str:
        return Path(self._file).stem


class _Implementation(CompileResultCacheImpl):  # type: ignore[misc]
    _locator_classes = [_Locator]  # noqa: RUF012  # as Numba reads it

    def check_cachable(self, code: Any) -> bool:
        """Whether the code may be stored. Numba's own method warns where not, as under NUMBA_OPT=0; here it is no news."""
        return not (any(not loop.can_cache for loop in code.lifted) or code.library.has_dynamic_globals)


class _Files:
    """One file for each signature of a function. Numba's own files are pickles without a digest, found by an index."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name

    def load(self, key: Any) -> Any:
        content = read_cached(self._path(key))
        return None if content is None else pickle.loads(content)  # its digest says that we wrote it

    def save(self, key: Any, data: Any) -> None:
        write_cached(self._path(key), dumps(data))

    def _path(self, key: Any) -> Path:
        # The key has the types, the processor and a digest of the function's own code; as text it is the same everywhere.
        return self._folder / f"{self._name}.{hashlib.sha256(repr(key).encode()).hexdigest()[:16]}.nbc"


class _Cache(FunctionCache):  # type: ignore[misc]
    _impl_class = _Implementation

    def __init__(self, function: Any) -> None:
        super().__init__(function)
        self._cache_file = _Files(Path(self._cache_path), self._impl.filename_base)

    def load_overload(self, signature: Any, target: Any) -> Any:
        """The stored code, or None; a file that is damaged or can't be read counts as none."""
        with contextlib.suppress(OSError, EOFError, ValueError):
            # Numba's own method would first load all its registries and SciPy's linear algebra, 0.2 s, which only compiling needs
            rtsys.initialize(target)
            if (code := self._load_overload(signature, target)) is not None:
                return code
        begin_compiling()
        return None

    def save_overload(self, signature: Any, data: Any) -> None:
        """Store the code, where that is possible."""
        with contextlib.suppress(OSError):
            super().save_overload(signature, data)


def kept(function: Callable[..., Any]) -> Any:
    """`numba.njit` without Python's lock, without assumptions on NaN and infinity, and with our cache."""
    return _with_cache(numba.njit(nogil=True, fastmath=FAST, error_model="numpy")(function))


def kept_exact(function: Callable[..., Any]) -> Any:
    """As `kept`, but every operation is rounded as it is written: the same bits in whatever it is compiled into."""
    return _with_cache(numba.njit(nogil=True, error_model="numpy")(function))


def _with_cache(dispatcher: Any) -> Any:
    if numba.config.DISABLE_JIT:  # then `njit` gives back the function itself, which Python carries out, slowly
        return dispatcher
    dispatcher._cache = _Cache(dispatcher.py_func)  # what njit(cache=True) does, with our class
    return dispatcher


def kept_address(function: Callable[..., Any], signature: Any) -> int:
    """The address of a function compiled for one signature, to be called as C would, kept like the others."""
    options = {"fastmath": FAST, "error_model": "numpy"}
    compiled: Any = CFunc(function, normalize_signature(signature), locals={}, options=options)
    compiled._cache = _Cache(function)
    compiled.compile()
    _owners.append(compiled)
    return int(compiled.address)


# Saying what is being compiled, when it takes its time.


LONG = 0.5  # seconds after which a word is due

log = logging.getLogger("separatrix")


class _Current(threading.local):
    """What to do when this thread begins to compile."""

    begin: Callable[[], None] | None = None


_current = _Current()


@contextmanager
def announced(what: str) -> Iterator[None]:
    """Log "Compiling …" (level INFO, logger "separatrix") if something in the block compiles for over half a second.

    Fetching code from the cache, however long it takes, is not announced.
    """
    with ExitStack() as stack:
        begun = False

        def begin() -> None:
            nonlocal begun
            if not begun:
                begun = True
                message = partial(log.info, "Compiling %s (once per machine) …", what)
                stack.enter_context(unless_done_within(LONG, message))

        stack.callback(setattr, _current, "begin", _current.begin)
        _current.begin = begin
        yield


def begin_compiling() -> None:
    """Say that code is not in the cache and is going to be compiled, for the block of `announced` around the caller."""
    if _current.begin is not None:
        _current.begin()
