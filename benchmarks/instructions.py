"""What the straight-line code is made of: its vector instructions, counted in the assembly, and LLVM's own model of them."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass

import separatrix as sx
from separatrix.engines.fused._layout import lanes_of
from separatrix.engines.fused._machine_code import assembly
from separatrix.engines.fused._straight import Kernel, source
from separatrix.support.compilation import machine

MCA_ITERATIONS = 100


@dataclass(frozen=True)
class Block:
    """A piece of a kernel's machine code without jumps in it.

    Attributes:
        name: where it stands.
        repeats: whether it is done for every vector of samples.
        vector: its vector instructions.
        arithmetic: those that compute something, rather than load, store or copy.
        multiply_add: those that multiply and add.
        accesses: those that read or write memory.
        text: the instructions, as the assembler takes them.
    """

    name: str
    repeats: bool
    vector: int
    arithmetic: int
    multiply_add: int
    accesses: int
    text: str


def blocks(widths: str = "2-4-4-1") -> list[Block]:
    """The parts of the code that takes a step of plain gradient descent, counted in the assembly."""
    text = source(Kernel(sx.Network.parse(widths), "bce", "float32", lanes_of("float32")))
    # what nobody else may call is compiled for its one caller: the loss, which that one doesn't ask for, goes
    text = assembly(text.replace('define void @"chunk"', 'define internal void @"chunk"'))
    result: list[Block] = []
    function, place, lines = "", "", list[str]()
    for line in text.splitlines():
        if label := re.match(r"(\.L)?(\w+):", line):
            result += _counted(function, place, lines)
            place, lines = line.split(":")[0], []
            function = function if label.group(1) else label.group(2)
        elif line.startswith("\t") and not line.startswith(("\t.", "\t#")):
            lines.append(line.strip())
            if lines[-1].startswith("j"):  # what follows is another piece
                result += _counted(function, place, lines)
                place, lines = f"{place.removesuffix(', after')}, after", []
    return result


def _counted(function: str, place: str, lines: list[str]) -> list[Block]:
    """One piece, unless no vector instruction is in it."""
    words = [line.replace(",", " ").split() for line in lines]
    is_vector = [any(word.startswith(("%zmm", "%ymm", "%k")) for word in line[1:]) for line in words]
    vector = [line for line, counts in zip(words, is_vector, strict=True) if counts]
    names = [line[0] for line in vector]
    computing = [name for name in names if not name.startswith(("vmov", "vbroadcast", "vpbroadcast"))]
    fused = sum(name.startswith(("vfm", "vfnm")) for name in names)
    accesses = sum(any("(" in word for word in line[1:]) for line in vector)
    repeats = function == "chunk" and bool(words) and words[-1][0].startswith("j") and words[-1][-1] == place
    name = f"{function} {place.removeprefix('.L')}"
    if not vector:
        return []
    return [Block(name, repeats, len(vector), len(computing), fused, accesses, "\n".join(lines))]


def predicted_cycles(block: Block) -> float | None:
    """Cycles of one pass in LLVM's model of this processor (llvm-mca); None where the tool or the model is missing.

    A repeated block is modelled as it runs, many times in a row; another one alone.
    """
    tool = shutil.which("llvm-mca") or next(
        filter(None, (shutil.which(f"llvm-mca-{version}") for version in range(22, 15, -1))), None
    )
    if tool is None:
        return None
    iterations = MCA_ITERATIONS if block.repeats else 1
    # jumps and the operands of calls are no part of the model
    text = "\n".join(line for line in block.text.splitlines() if not line.startswith(("j", "call", "ret")))
    command = [tool, f"-mcpu={machine()[0]}", f"-iterations={iterations}", "-instruction-info=false", "-"]
    result = subprocess.run(command, check=False, input=text, capture_output=True, text=True)
    total = re.search(r"Total Cycles:\s+(\d+)", result.stdout)
    return int(total.group(1)) / iterations if total else None


def block_table(found: list[Block], vectors: int) -> str:
    """Markdown: the parts of a step on so many vectors of samples."""
    lines = [
        "| part of the lesson's step | times | vector instructions | arithmetic | multiply-adds | memory | llvm-mca, cycles |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    total, cycles = [0, 0, 0, 0], 0.0
    for block in found:
        times = vectors if block.repeats else 1
        counts = (block.vector, block.arithmetic, block.multiply_add, block.accesses)
        total = [sum_ + times * count for sum_, count in zip(total, counts, strict=True)]
        predicted = predicted_cycles(block)
        cycles += times * predicted if predicted is not None else float("nan")
        shown = "–" if predicted is None else f"{predicted:.1f}"
        lines.append(f"| {block.name} | {times} | {' | '.join(map(str, counts))} | {shown} |")
    whole = "–" if cycles != cycles else f"{cycles:.0f}"
    lines.append(f"| a step | | {' | '.join(f'{number:,}' for number in total)} | {whole} |")
    return "\n".join(lines) + "\n"
