"""The optimisers' steps over the flat parameter vector, as vector loops: the registry's rules, one module for each.

The new parameters are written beside the old ones, so that a step that breaks them can be left out.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from llvmlite import ir

from separatrix.engines.fused._layout import lanes_of
from separatrix.engines.fused._machine_code import compiled
from separatrix.engines.fused._mathematics import FUNCTIONS
from separatrix.engines.fused._vectors import Lanes, Vec, all_numbers, evaluate
from separatrix.networks.optimizers import OF_STEP, OPTIMIZERS, optimizer_settings
from separatrix.networks.recipe import Recipe
from separatrix.support.compilation import kept

INDEX = ir.IntType(64)
# The numbers that a rule may read besides those of a step: name -> the setting and its number as a function of the value.
OF_SETTINGS = {
    name: (setting, number)
    for setting, declared in optimizer_settings().items()
    for name, number in declared.numbers.items()
}
NUMBERS = (*OF_STEP, *OF_SETTINGS)


@cache
def update_address(optimizer: str, dtype: str) -> int:
    """Address of update(numbers, p, to, g, memory, room, fine): to = p after one step against g; memory is brought forward.

    p, to, g: (room,), room a multiple of the lanes. memory: (slots, room), in the order of the optimiser's `memory`.
    numbers: those of `NUMBERS`, in that order. fine (int64): 1 if all of `to` is finite, else 0.
    """
    module = ir.Module("update")
    scalar = ir.FloatType() if dtype == "float32" else ir.DoubleType()
    kind = ir.FunctionType(ir.VoidType(), [*[scalar.as_pointer()] * 5, INDEX, INDEX.as_pointer()])
    function = ir.Function(module, kind, "update")
    for argument in function.args:
        if isinstance(argument.type, ir.PointerType):
            # p and `to` are two rows of one array, but never the same row.
            argument.add_attribute("noalias")
    _loop(function, OPTIMIZERS[optimizer].rule, dtype)
    return compiled(str(module), ("update",))["update"]


def _loop(function: ir.Function, rule: dict[str, str], dtype: str) -> None:
    """The loop over whole vectors, and whether what it wrote is finite."""
    numbers, p, to, g, memory, room, fine = function.args
    entry, loop, after = (function.append_basic_block(label) for label in ("entry", "loop", "after"))
    builder = ir.IRBuilder(entry)
    lanes = Lanes(builder, dtype, lanes_of(dtype))
    spread = {
        name: lanes.spread(builder.load(builder.gep(numbers, [ir.Constant(INDEX, k)])))
        for k, name in enumerate(NUMBERS)
    }
    builder.branch(loop)
    builder.position_at_end(loop)
    element, nothing = builder.phi(INDEX), builder.phi(lanes.vector)
    element.add_incoming(ir.Constant(INDEX, 0), entry)
    nothing.add_incoming(lanes.constant(0.0).value, entry)
    names = [name for name in rule if name != "p"]
    slots = [builder.add(element, builder.mul(room, ir.Constant(INDEX, k))) for k in range(len(names))]
    places = {name: builder.gep(memory, [slot]) for name, slot in zip(names, slots, strict=True)} | {
        "p": builder.gep(to, [element])
    }
    values = spread | {name: lanes.load(place) for name, place in places.items() if name != "p"}
    values |= {"p": lanes.load(builder.gep(p, [element])), "g": lanes.load(builder.gep(g, [element]))}
    # In the rule's order: a formula reads the updated quantities of the lines before it.
    for name, formula in rule.items():
        values[name] = evaluate(formula, values, FUNCTIONS)
        builder.store(values[name].value, builder.bitcast(places[name], lanes.vector.as_pointer()), align=4)
    # Accumulated over all vectors, so that the test for finite numbers is one comparison after the loop.
    zero = Vec(lanes, nothing) + values["p"] * 0.0  # 0 times NaN or infinity is NaN
    nothing.add_incoming(zero.value, builder.block)
    following = builder.add(element, ir.Constant(INDEX, lanes.width))
    element.add_incoming(following, builder.block)
    builder.cbranch(builder.icmp_signed("<", following, room), loop, after)
    builder.position_at_end(after)
    builder.store(builder.zext(all_numbers(zero), INDEX), fine)
    builder.ret_void()


def numbers_of(recipe: Recipe) -> np.ndarray:
    """The numbers that the rules read, (len(NUMBERS),) in the recipe's dtype; the first three are set for every step."""
    settings = [number(getattr(recipe, setting)) for setting, number in OF_SETTINGS.values()]
    return np.array([0.0 for _ in OF_STEP] + settings, recipe.dtype)


def coefficients_of(recipe: Recipe, rates: np.ndarray, steps_an_epoch: int, before: int) -> np.ndarray:
    """The numbers `OF_STEP` of every step: (steps, 3) float64.

    Args:
        recipe: names the optimiser and its settings.
        rates: learning rate of each epoch, (epochs,) float64.
        steps_an_epoch: number of steps in an epoch.
        before: number of steps already taken, from which bias corrections count.
    """
    rate = np.repeat(rates, steps_an_epoch)
    step = np.arange(before + 1, before + 1 + len(rate), dtype=np.float64)
    columns = {"rate": rate} | OPTIMIZERS[str(recipe.optimizer)].corrections(recipe, rate, step)
    return np.column_stack([columns.get(name, np.ones(len(rate))) for name in OF_STEP])


@kept
def add_penalties(pair, now, g, is_weight, l1, l2):  # type: ignore[no-untyped-def]
    """To g[0] add l1 · sign(p) + l2 · p for the weights of p = pair[now]; the penalties. g (2, room), is_weight (room,)."""
    if l1 == 0.0 and l2 == 0.0:
        return 0.0
    total = 0.0
    for i in range(is_weight.shape[0]):
        if is_weight[i]:
            w = pair[now, i]
            # The subgradient of |w| at 0 is taken as 0, as PyTorch does.
            sign = 1.0 if w > 0 else -1.0 if w < 0 else 0.0
            g[0, i] = g[0, i] + l1 * sign + l2 * w
            total += l1 * abs(w) + 0.5 * l2 * w * w
    return total
