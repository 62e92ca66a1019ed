"""LLVM modules into machine code, kept on disk between processes.

An entry of the cache is one file, named by a digest of the module's text, the versions of separatrix and LLVM, the
processor and its features; `support.compilation` keeps it. A cache that can't be read or written is no error: the code
is then compiled again in every process.
"""

from __future__ import annotations

import hashlib
from functools import cache
from threading import Lock

import llvmlite
import llvmlite.binding as llvm

from separatrix.support.compilation import begin_compiling, machine, read_cached, write_cached
from separatrix.support.machine import cache_folder

_lock = Lock()
_engines: list[llvm.ExecutionEngine] = []  # an engine owns the code that addresses point into: keep it alive


@cache
def vector_bytes() -> int:
    """Width of the processor's vectors: 64 with AVX-512, 32 with AVX, else 16."""
    features = set(machine()[1].split(","))
    return 64 if {"+avx512f", "+avx512vl"} <= features else 32 if "+avx" in features else 16


def compiled(text: str, names: tuple[str, ...]) -> dict[str, int]:
    """Addresses of a module's functions, from the cache or compiled now."""
    # One thread at a time: two that miss the same entry would both compile it.
    with _lock:
        entry = cache_folder() / f"{_key(text)}.o"
        code = read_cached(entry)
        if code is None:
            begin_compiling()
            code = _compile(text)
            write_cached(entry, code)
        return _loaded(code, names)


def _key(text: str) -> str:
    parts = (text, llvmlite.__version__, ".".join(map(str, llvm.llvm_version_info)), *machine())
    # A separator, since different parts run together could give the same text.
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _targetmachine() -> llvm.TargetMachine:
    name, features = machine()
    return llvm.Target.from_default_triple().create_target_machine(cpu=name, features=features, opt=3, jit=True)


def _compile(text: str) -> bytes:
    machine, module = _optimised(text)
    code: bytes = machine.emit_object(module)
    return code


def assembly(text: str) -> str:
    """What a module becomes, for reading: the instructions that `compiled` would load."""
    machine, module = _optimised(text)
    return str(machine.emit_assembly(module))


def _optimised(text: str) -> tuple[llvm.TargetMachine, llvm.ModuleRef]:
    machine = _targetmachine()
    module = llvm.parse_assembly(text)
    # Raises an error with a reason here; malformed code may crash the process in a later pass.
    module.verify()
    options = llvm.PipelineTuningOptions(speed_level=2)
    options.loop_unrolling = False  # no faster, and more code
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    return machine, module


def _loaded(code: bytes, names: tuple[str, ...]) -> dict[str, int]:
    # The engine needs a module; an empty one is enough, the code comes from the object file.
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _targetmachine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    _engines.append(engine)
    return {name: engine.get_function_address(name) for name in names}
