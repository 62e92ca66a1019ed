"""A training of the package as the page's own record, and what the page makes of it."""

import base64

import numpy as np

import separatrix as sx
from separatrix.training.run import COLUMNS

SETTING = {
    "sampler": "circle", "n": 100, "noise": 0.0, "balance": None, "train_share": 1.0, "drawn": None, "start": None, "begun": 0,
    "features": ["x1", "x2"],
}  # fmt: skip  # a page's setting beside what the network and the recipe say

MAKE = """
async ([path, name, taken, rest]) => {
    const { [name]: make } = await import("/js/" + path);
    const { run, points } = taken;
    for (const name of ["parameters", "initial"]) run[name] = Float32Array.from(run[name]);
    for (const name of Object.keys(run.log)) run.log[name] = run.log[name].map((value) => value ?? NaN);
    run.snapshots = run.snapshots.map(({ epoch, parameters }) => ({ epoch, parameters: Float32Array.from(parameters) }));
    for (const rows of [points.train, points.validation]) {
        if (rows) Object.assign(rows, { x: Float32Array.from(rows.x), y: Uint8Array.from(rows.y) });
    }
    const parcel = await make({ run, points }, ...(rest ? [(name) => name] : []));
    let letters = "";
    for (const byte of parcel.bytes) letters += String.fromCharCode(byte);
    return [parcel.name, parcel.mime, btoa(letters)];
}
"""


def plain(numbers):
    return [None if np.isnan(number) else float(number) for number in numbers]


def rows(points):
    return points and {"x": plain(points.x.ravel()), "y": points.y.tolist()}


def taken(run, points, validation=None, **setting):
    """What the page would hold of this run: its own types are made in the browser."""
    recipe = run.recipe.settings()
    own = SETTING | {"hidden": run.network.widths[1:-1], "activations": [each.name for each in run.network.activations]}
    own |= {"init": run.network.init} | recipe | setting
    log = {name: plain(getattr(run.log, name)) for name in COLUMNS if name != "epoch"}
    snapshots = [{"epoch": epoch, "parameters": plain(values)} for epoch, values in run.snapshots.items()]
    record = {
        "setting": own, "widths": run.network.widths, "parameters": plain(run.parameters), "initial": plain(run.initial),
        "log": log | {"epoch": run.log.epoch.tolist()}, "status": run.status.value, "epochs": run.epochs, "loss": run.loss,
        "accuracy": run.accuracy, "validation_accuracy": run.validation_accuracy, "seconds": run.seconds, "snapshots": snapshots,
    }  # fmt: skip  # a record of many names
    return {"run": record, "points": {"train": rows(points), "validation": rows(validation)}}


def made(modules, path, name, record, *rest):
    """Name, media type and bytes of what a maker of the page gives."""
    file, mime, letters = modules.evaluate(MAKE, [path, name, record, rest])
    return file, mime, base64.b64decode(letters)


def trained(network="2-4-4-1", activation="relu", *, points=None, validation=None, **recipe):
    """A short training with its points."""
    points = sx.circle(n=40, seed=3) if points is None else points
    settings = {"epochs": 60, "log_every": 7, "snapshots": (0, 20, 60)} | recipe
    return sx.train(sx.Network.parse(network, activation), sx.Recipe(**settings), points, validation=validation), points
