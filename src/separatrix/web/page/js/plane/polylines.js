/**
 * Polylines: segments of the plane that share ends, joined into lines and closed polygons.
 * The same rules as `separatrix.polylines`, so that page and package draw the same polygon.
 */

/** @typedef {[number, number]} Vertex */
/** @typedef {[Vertex, Vertex]} Segment */

/**
 * Number points so that those within `grain` of each other share a number. Neighbours are chained along one axis, then
 * the other, then the first again, so that no rounding edge can tell two near points apart.
 * @param {Vertex[]} points
 * @param {number} grain
 * @returns {Int32Array} one number a point
 */
export function weld(points, grain) {
  const number = new Int32Array(points.length);
  const order = Array.from(points, (_, index) => index);
  for (const axis of /** @type {(0 | 1)[]} */ ([0, 1, 0])) {
    order.sort((a, b) => number[a] - number[b] || points[a][axis] - points[b][axis]);
    const next = new Int32Array(points.length);
    for (let k = 1; k < order.length; k += 1) {
      const [before, here] = [order[k - 1], order[k]];
      const apart = points[here][axis] - points[before][axis] > grain || number[here] > number[before];
      next[here] = next[before] + (apart ? 1 : 0);
    }
    number.set(next);
  }
  return number;
}

/**
 * Polylines made of segments whose ends meet within `grain`; a closed one ends where it begins. Segments shorter than the
 * grain are left out. Where more than two ends meet, lines go straight on rather than bend.
 * @param {Segment[]} segments
 * @param {number} grain
 * @returns {Vertex[][]}
 */
export function join(segments, grain) {
  const flat = weld(segments.flat(), grain);
  /** @param {number} k @param {number} side */
  const node = (k, side) => flat[2 * k + side];
  /** @type {Set<number>} */
  const left = new Set();
  /** @type {Map<number, number[]>} */
  const meeting = new Map();
  for (let k = 0; k < segments.length; k += 1) {
    if (node(k, 0) === node(k, 1)) continue;
    left.add(k);
    for (const side of [0, 1]) {
      const there = meeting.get(node(k, side));
      if (there) there.push(k);
      else meeting.set(node(k, side), [k]);
    }
  }
  /** @param {number} end */
  const isOpen = (end) => (meeting.get(end) ?? []).length % 2 === 1;
  const loose = [...left].filter((k) => isOpen(node(k, 0)) || isOpen(node(k, 1)));
  const lines = [];
  for (const start of [...loose, ...left]) {
    if (left.has(start)) lines.push(follow(start, isOpen(node(start, 0)) || !isOpen(node(start, 1)) ? 0 : 1));
  }
  return lines;

  /** @param {number} here @param {number} side @returns {Vertex[]} */
  function follow(here, side) {
    const line = [segments[here][side]];
    const first = node(here, side);
    for (;;) {
      left.delete(here);
      line.push(segments[here][1 - side]);
      const end = node(here, 1 - side);
      const following = (meeting.get(end) ?? []).filter((k) => left.has(k));
      if (end === first || !following.length) return line;
      const ahead = minus(line[line.length - 1], line[line.length - 2]);
      let best = -Infinity;
      for (const k of following) {
        const from = node(k, 0) === end ? 0 : 1;
        const along = cosine(ahead, minus(segments[k][1 - from], segments[k][from]));
        if (along > best) [best, here, side] = [along, k, from];
      }
    }
  }
}

/**
 * The vertices of a polyline that lie off the straight line through their neighbours, and an open line's two ends.
 * @param {Vertex[]} line
 * @param {number} grain
 * @returns {Vertex[]}
 */
export function corners(line, grain) {
  const last = line.length - 1;
  const closed = isClosed(line, grain);
  return line.filter((here, k) => {
    if (k === last) return !closed;
    if (k === 0 && !closed) return true;
    const before = k === 0 ? line[last - 1] : line[k - 1];
    const chord = minus(line[k + 1], before);
    const leg = minus(here, before);
    const length = Math.hypot(...chord);
    return (length > grain ? Math.abs(chord[0] * leg[1] - chord[1] * leg[0]) / length : Math.hypot(...leg)) > grain;
  });
}

/** Whether a polyline ends where it begins. @param {Vertex[]} line @param {number} grain */
export function isClosed(line, grain) {
  const [first, last] = [line[0], line[line.length - 1]];
  return line.length > 2 && Math.max(Math.abs(first[0] - last[0]), Math.abs(first[1] - last[1])) <= grain;
}

/** @param {Vertex} a @param {Vertex} b @returns {Vertex} */
function minus(a, b) {
  return [a[0] - b[0], a[1] - b[1]];
}

/** @param {Vertex} a @param {Vertex} b */
function cosine(a, b) {
  return (a[0] * b[0] + a[1] * b[1]) / (Math.hypot(...a) * Math.hypot(...b));
}
