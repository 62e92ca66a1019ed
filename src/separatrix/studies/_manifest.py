"""The manifest of a folder compared with the study to be run: equal, more seeds, other versions, or another study."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from separatrix.data.points import Points
from separatrix.errors import OutputError
from separatrix.evaluation.statistics.stopping import Until
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe, recipe_of_record
from separatrix.studies import _folder, plan
from separatrix.studies._shards import parquet, runs_per_shard
from separatrix.studies.plan import Study
from separatrix.studies.sources import OwnPoints, Sampled, Source
from separatrix.support.atomic import write_atomically
from separatrix.support.constraints import shown

ON_CHANGE = ("refuse", "restart", "continue")


def settle(study: Study, place: Path, made_with: dict[str, str], on_change: str) -> int:
    """Prepare the folder for a study. The caller holds the lock.

    Args:
        study: the study to be run.
        place: the folder.
        made_with: versions that the results depend on.
        on_change: "refuse", "restart" or "continue", if the folder holds something else.

    Returns:
        The number of runs in a shard.

    Raises:
        OutputError: the folder holds another study, or results of other versions, and `on_change` is "refuse", or
            "continue" where that would mix different studies.
    """
    manifest = _folder.read_manifest(place)
    # without a manifest nobody knows what these results are of
    if manifest is None and any((place / _folder.TABLE).glob("*.parquet")):
        if on_change != "restart":
            raise OutputError(
                f"{place} holds results without their {_folder.MANIFEST}; choose another folder, "
                f"or replace them by {_choice_text('restart')}."
            )
        _folder.clear(place)
    if manifest is not None:
        changed = changes(manifest, study, made_with)
        if changed and on_change == "restart":
            _folder.clear(place)
            manifest = None
        elif changed:
            _refuse(place, changed, on_change)
    _folder.begin(place)
    # a folder keeps its size of shards, even if a later version would choose another
    size = int(manifest["shard"]) if manifest else runs_per_shard(study)
    if manifest is not None:
        _drop_partial(manifest, study, place, size)
    write_points(study, place, anew=manifest is None)
    history = manifest["versions"] if manifest else []
    # the versions of every call that contributed, in their order
    if made_with not in history:
        history = [*history, made_with]
    # last: after a kill before this line, the old manifest still describes the shards
    _folder.write_manifest(place, {"shard": size, "versions": history, "study": study.to_data()})
    return size


def changes(manifest: dict[str, Any], study: Study, made_with: dict[str, str]) -> dict[str, str]:
    """The differences between a manifest and a study: name -> sentence."""
    was, now = manifest["study"], study.to_data()
    differences = {
        name: f"{name} was {shown(was.get(name))}, is {shown(now.get(name))}"
        for name in {**now, **was}
        if was.get(name) != now.get(name)
    }
    # the latest call decides: earlier ones were already accepted by it
    last = manifest["versions"][-1]
    differences |= {
        f"version of {name}": f"{name} was {last.get(name)}, is {made_with.get(name)}"
        for name in sorted(made_with.keys() | last.keys())
        if last.get(name) != made_with.get(name)
    }
    return differences


def _refuse(place: Path, changed: dict[str, str], on_change: str) -> None:
    """Raise `OutputError`, unless the caller continues and only versions or the number of seeds changed."""
    # other versions change last bits, other seeds only the number of runs; both keep what the results mean
    harmless = {name for name in changed if name == "seeds" or name.startswith("version of ")}
    if on_change == "continue" and len(harmless) == len(changed):
        return
    reasons = "; ".join(changed.values())
    hint = f"Choose another folder, or begin anew in this one by {_choice_text('restart')}, which removes its results"
    if len(harmless) == len(changed):
        hint += f", or keep them and go on by {_choice_text('continue')}"
    raise OutputError(f"{place} holds another study: {reasons}. {hint}.")


def _choice_text(choice: str) -> str:
    """A choice of `on_change` as it is written in Python and on the command line."""
    return f"on_change={choice!r} (--on-change {choice})"


def _drop_partial(manifest: dict[str, Any], study: Study, place: Path, size: int) -> None:
    """After a change of the seeds, remove the shards that hold other runs than their numbers now say."""
    was, now = plan.read_seeds(manifest["study"]["seeds"]), study.seeds
    if was == now:
        return
    common = 0
    # the common prefix of the seeds keeps its run numbers
    while common < min(len(was), len(now)) and was[common] == now[common]:
        common += 1
    if study.vary == "crossed":
        common = 0  # another number of seeds numbers all pairs anew
    # rounded down: a shard with even one run of another seed has to go
    valid_shards = common * len(study.conditions) // size
    _folder.remove_from(place, valid_shards)


def write_points(study: Study, place: Path, *, anew: bool) -> None:
    """Write your own points beside the results, so that the folder describes the study completely.

    Args:
        study: the study.
        place: its folder.
        anew: whether to replace points that are there. Without a manifest they are those of a study that was killed
            before it wrote one, and not of this study.
    """
    import polars

    for k, source in enumerate(study.points):
        if isinstance(source, OwnPoints):
            columns = {f"x{j + 1}": source.points.x[:, j] for j in range(source.points.n_inputs)} | {
                "y": source.points.y
            }
            path = place / _folder.POINTS / f"{k}.parquet"
            if anew or not path.exists():
                write_atomically(path, parquet(polars.DataFrame(columns)), force=anew)


def study_of(manifest: dict[str, Any], place: Path) -> Study:
    """The study that a manifest describes.

    Raises:
        OutputError: the manifest describes no study, or the points beside it are missing or changed.
    """
    plain = manifest["study"]
    try:
        until = plain["until"]
        study = Study(
            tuple(_source(source, place, k) for k, source in enumerate(plain["points"])),
            tuple(Network.from_data(network) for network in plain["networks"]),
            tuple(_recipe(recipe, max(plain["checkpoints"])) for recipe in plain["recipes"]),
            tuple(plain["checkpoints"]),
            plan.read_seeds(plain["seeds"]),
            plain["vary"],
            int(plain["fixed_seed"]),
            plain["n_test"],
            plain["engine"],
            None if until is None else Until(**until),
            # earlier manifests have no such entry
            plain.get("borders", False),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise OutputError(f"{place / _folder.MANIFEST} describes no study that can be read here: {error}.") from error
    return study


def _recipe(settings: dict[str, Any], epochs: int) -> Recipe:
    # a manifest leaves the epochs out of its recipes, as the study sets them
    return replace(recipe_of_record(settings), epochs=epochs)


def _source(description: dict[str, Any], place: Path, index: int) -> Source:
    import polars

    if "sha256" not in description:
        return Sampled(**description)
    path = place / _folder.POINTS / f"{index}.parquet"
    try:
        frame = polars.read_parquet(path)
    except (OSError, polars.exceptions.PolarsError) as error:
        raise OutputError(f"{path}, the study's own points, can't be read: {error}.") from error
    source = OwnPoints(
        Points(frame.drop("y").to_numpy(), frame["y"].to_numpy()),
        description["test_fraction"],
        description["name"],
        description.get("label_noise", 0.0),
        tuple(description.get("features", ())),
    )
    # the file may have been replaced by another one of the same form
    if source.sha256 != description["sha256"]:
        raise OutputError(f"{path} has changed: it no longer holds the points of this study.")
    return source
