"""Polylines: segments of the plane that share ends, joined into lines and closed polygons."""

from __future__ import annotations

import numpy as np


def welded(ends: np.ndarray, grain: float) -> np.ndarray:
    """Number points so that those within `grain` of each other share a number: (m, 2) -> (m,).

    Neighbours are chained along one axis, then the other, then the first again; no rounding, so that no two near points are
    told apart because a rounding edge lies between them.

    >>> welded(np.array([[0.0, 0.0], [1.0, 1.0], [1e-12, 0.0]]), 1e-9).tolist()
    [0, 1, 0]
    """
    number = np.zeros(len(ends), np.intp)
    for axis in (0, 1, 0):
        # Points that are still in one group are sorted along the axis; a gap starts a new group.
        order = np.lexsort((ends[:, axis], number))
        apart = (np.diff(ends[order, axis]) > grain) | (np.diff(number[order]) > 0)
        number[order] = np.concatenate([[0], np.cumsum(apart)]) if len(ends) else 0
    return number


def joined(segments: np.ndarray, grain: float) -> tuple[np.ndarray, ...]:
    """Polylines (k, 2) made of segments (m, 2, 2) whose ends meet within `grain`; a closed one ends where it begins.

    Segments shorter than the grain are left out. Where more than two ends meet, lines go straight on rather than bend.
    """
    number = welded(segments.reshape(-1, 2), grain).reshape(-1, 2)
    left = {k for k, (start, stop) in enumerate(number) if start != stop}
    meeting: dict[int, list[int]] = {}
    for k in sorted(left):
        for end in number[k]:
            meeting.setdefault(int(end), []).append(k)
    lines = []
    # An end at which an odd number of segments meet cannot be passed through by whole lines.
    loose = [k for k in sorted(left) if any(len(meeting[int(end)]) % 2 for end in number[k])]
    for start in (*loose, *sorted(left)):  # open lines from their ends; what is left then is closed
        if start in left:
            side = 0 if len(meeting[int(number[start, 0])]) % 2 else 1 if start in loose else 0
            lines.append(_followed(start, side, segments, number, meeting, left))
    return tuple(lines)


def _followed(
    here: int, side: int, segments: np.ndarray, number: np.ndarray, meeting: dict[int, list[int]], left: set[int]
) -> np.ndarray:
    """The line that begins at one end of a segment, up to where nothing follows or it closes."""
    line, first = [segments[here][side]], number[here, side]
    while True:
        left.discard(here)
        line.append(segments[here][1 - side])
        end = number[here, 1 - side]
        following = [k for k in meeting[int(end)] if k in left]
        # a closed line is complete at its first point, even where other lines lead on from there
        if end == first or not following:
            return np.array(line)
        # The largest cosine is the smallest turn.
        ahead = line[-1] - line[-2]
        here, side = max(
            ((k, 0 if number[k, 0] == end else 1) for k in following),
            key=lambda way: _cosine(ahead, segments[way[0]][1 - way[1]] - segments[way[0]][way[1]]),
        )


def _cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def is_closed(line: np.ndarray, grain: float) -> bool:
    """Whether a polyline (k, 2) ends where it begins."""
    return len(line) > 2 and bool(np.abs(line[0] - line[-1]).max() <= grain)


def bends(line: np.ndarray, grain: float) -> np.ndarray:
    """Which vertices of a polyline (k, 2) lie off the straight line through their neighbours by more than `grain`: (k,).

    The ends of an open line bend nowhere; of a closed one, the last vertex is the first again and is left False.
    """
    before, after = np.roll(line, 1, axis=0), np.roll(line, -1, axis=0)
    closed = is_closed(line, grain)
    if closed:
        before[0], after[-1] = line[-2], line[1]
    chord, leg = after - before, line - before
    area = np.abs(chord[:, 0] * leg[:, 1] - chord[:, 1] * leg[:, 0])
    length = np.linalg.norm(chord, axis=1)
    off = np.where(length > grain, area / np.maximum(length, grain), np.linalg.norm(leg, axis=1)) > grain
    off[-1] = False
    # `roll` gives an open line's first vertex the last one as its neighbour
    off[0] &= closed
    return np.asarray(off)
