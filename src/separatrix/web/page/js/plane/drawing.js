/** What is painted on the plane: its two sides or probabilities, folds, border, and points. */

import { css, heatMap, palette } from "../colours.js";
import { drawRingsAt } from "./rings.js";

/** @typedef {import("./frame.js").Frame} Frame */
/** @typedef {import("../colours.js").Palette} Palette */
/** @typedef {import("./polylines.js").Vertex} Vertex */

/** @param {Frame} frame @param {Vertex[][]} polygons @param {boolean} closed */
function pathOf({ toX, toY }, polygons, closed) {
  const path = new Path2D();
  for (const polygon of polygons) {
    polygon.forEach(([x1, x2], k) => (k ? path.lineTo(toX(x1), toY(x2)) : path.moveTo(toX(x1), toY(x2))));
    if (closed) path.closePath();
  }
  return path;
}

/** @param {CanvasRenderingContext2D} context @param {Frame} frame @param {() => void} paint */
function inFrame(context, { left, top, side }, paint) {
  context.save();
  context.beginPath();
  context.rect(left, top, side, side);
  context.clip();
  paint();
  context.restore();
}

/**
 * Both sides in one colour each, class 1 hatched; no seams, for all polygons are one path.
 * @param {CanvasRenderingContext2D} context @param {Frame} frame @param {Vertex[][]} above @param {Palette} colours
 */
export function drawSides(context, frame, above, colours) {
  inFrame(context, frame, () => {
    context.fillStyle = css(colours.sides[0]);
    context.fillRect(frame.left, frame.top, frame.side, frame.side);
    const path = pathOf(frame, above, true);
    context.fillStyle = css(colours.sides[1]);
    context.fill(path);
    context.clip(path);
    hatch(context, frame, colours);
  });
}

/** The class 1 side of a picture of probabilities is hatched too. @param {CanvasRenderingContext2D} context @param {Frame} frame @param {Vertex[][]} above @param {Palette} colours @param {HTMLCanvasElement} picture */
export function drawProbabilities(context, frame, above, colours, picture) {
  inFrame(context, frame, () => {
    Object.assign(context, { imageSmoothingEnabled: true, imageSmoothingQuality: "high" });
    context.drawImage(picture, frame.left, frame.top, frame.side, frame.side);
    context.clip(pathOf(frame, above, true));
    hatch(context, frame, colours);
  });
}

/** @param {CanvasRenderingContext2D} context @param {Frame} frame @param {Palette} colours */
function hatch(context, { left, top, side }, colours) {
  const path = new Path2D();
  for (let at = -side; at < side; at += 8) {
    path.moveTo(left + at, top + side);
    path.lineTo(left + at + side, top);
  }
  Object.assign(context, { strokeStyle: colours.hatch, lineWidth: 1 });
  context.stroke(path);
}

/** Probabilities as a picture. @param {ArrayLike<number>} logits @param {number} nodes */
export function probabilityPicture(logits, nodes) {
  return heatMap(logits, nodes, (z) => Math.tanh(z / 2), palette().pale); // 2 sigmoid(z) - 1
}

/** One unit's answers, the largest in full colour. @param {ArrayLike<number>} answers @param {number} nodes */
export function unitPicture(answers, nodes) {
  let most = 0;
  for (let k = 0; k < answers.length; k += 1) most = Math.max(most, Math.abs(answers[k]) || 0);
  const scale = most > 0 && Number.isFinite(most) ? 1 / most : 0;
  return heatMap(answers, nodes, (a) => a * scale, palette().pale);
}

/**
 * @param {CanvasRenderingContext2D} context @param {Frame} frame @param {Vertex[][]} border @param {Palette} colours
 */
export function drawBorder(context, frame, border, colours) {
  inFrame(context, frame, () => {
    const path = pathOf(frame, border, false);
    Object.assign(context, {
      lineJoin: "round",
      lineCap: "round",
      strokeStyle: colours.halo,
      lineWidth: 4,
      globalAlpha: 0.55,
    });
    context.stroke(path);
    Object.assign(context, { strokeStyle: colours.ink, lineWidth: 1.75, globalAlpha: 1 });
    context.stroke(path);
  });
}

/** @param {CanvasRenderingContext2D} context @param {Frame} frame @param {import("./exact.js").ExactMap} map @param {Palette} colours */
export function drawFolds(context, frame, map, colours) {
  inFrame(context, frame, () => {
    const layers = Math.max(0, ...map.folds.map(({ layer }) => layer + 1));
    for (let layer = 0; layer < layers; layer += 1) {
      const path = pathOf(
        frame,
        map.folds.filter((fold) => fold.layer === layer).map(({ ends }) => ends),
        false,
      );
      context.setLineDash(layer === 0 ? [] : layer === 1 ? [6, 4] : [2, 4]);
      Object.assign(context, { strokeStyle: colours.ink, globalAlpha: 0.55, lineWidth: 1 });
      context.stroke(path);
    }
    context.setLineDash([]);
    Object.assign(context, { globalAlpha: 1, fillStyle: colours.accent, strokeStyle: colours.halo, lineWidth: 1.25 });
    for (const [x1, x2] of map.vertices) {
      const [x, y] = [frame.toX(x1), frame.toY(x2)];
      const diamond = new Path2D(`M${x} ${y - 5}l5 5-5 5-5-5z`);
      context.fill(diamond);
      context.stroke(diamond);
    }
  });
}

/** A disc for class 0, a triangle for class 1. @param {Path2D} path @param {number} label @param {number} x @param {number} y @param {number} r */
function mark(path, label, x, y, r) {
  if (label === 0) {
    path.moveTo(x + r, y);
    path.arc(x, y, r, 0, 2 * Math.PI);
  } else {
    const t = r * 1.22;
    path.moveTo(x, y - t);
    path.lineTo(x + t, y + 0.82 * t);
    path.lineTo(x - t, y + 0.82 * t);
    path.closePath();
  }
}

/** How large a point is drawn where there are so many. @param {number} count */
export function radiusOf(count) {
  return count <= 300 ? 4.6 : count <= 1500 ? 3.2 : count <= 4000 ? 2.3 : 1.7;
}

/**
 * The points.
 * @param {CanvasRenderingContext2D} context @param {Frame} frame @param {[number, number, number][]} points
 * @param {(index: number) => boolean} isValidation whether a point is held out: those are hollow
 * @param {Palette} colours
 */
export function drawPoints(context, frame, points, isValidation, colours) {
  const r = radiusOf(points.length);
  const [paths, hollow] = [
    [new Path2D(), new Path2D()],
    [new Path2D(), new Path2D()],
  ];
  points.forEach(([x1, x2, label], k) => {
    const [x, y] = placed(frame, x1, x2);
    if (isValidation(k)) mark(hollow[label], label, x, y, r - 0.75);
    else mark(paths[label], label, x, y, r);
  });
  paths.forEach((path, label) => {
    Object.assign(context, {
      fillStyle: colours.marks[label],
      strokeStyle: colours.halo,
      lineWidth: r > 3 ? 1.25 : 0.5,
      lineJoin: "round",
    });
    context.fill(path);
    context.stroke(path);
  });
  hollow.forEach((path, label) => {
    Object.assign(context, {
      fillStyle: colours.halo,
      strokeStyle: colours.marks[label],
      lineWidth: Math.min(2, r / 2),
    });
    context.fill(path);
    context.stroke(path);
  });
}

/**
 * Where a point is drawn: on the edge if it lies beyond it.
 * @param {Frame} frame @param {number} x1 @param {number} x2 @returns {[number, number]}
 */
function placed(frame, x1, x2) {
  const at = (/** @type {number} */ value, /** @type {number} */ low) =>
    Math.max(low, Math.min(low + frame.side, value));
  return [at(frame.toX(x1), frame.left), at(frame.toY(x2), frame.top)];
}

/**
 * A ring around each point on the wrong side.
 * @param {CanvasRenderingContext2D} context @param {Frame} frame @param {[number, number, number][]} points
 * @param {ArrayLike<number>} logits of the points
 * @param {Palette} colours
 */
export function drawRings(context, frame, points, logits, colours) {
  const r = radiusOf(points.length);
  const radius = r + (r > 3 ? 3.5 : 2); // small points stay visible within theirs
  const wrong = points
    .filter(([, , label], k) => logits[k] > 0 !== (label === 1))
    .map(([x1, x2]) => placed(frame, x1, x2));
  drawRingsAt(context, wrong, radius, colours.ink);
}

/** Validation points: hollow and smaller. @param {CanvasRenderingContext2D} context @param {Frame} frame @param {import("../engine/types.js").Rows} rows @param {Palette} colours */
export function drawValidation(context, frame, { x, y }, colours) {
  inFrame(context, frame, () => {
    const paths = [new Path2D(), new Path2D()];
    y.forEach((label, k) => mark(paths[label], label, frame.toX(x[2 * k]), frame.toY(x[2 * k + 1]), 2.4));
    paths.forEach((path, label) => {
      Object.assign(context, { strokeStyle: colours.marks[label], lineWidth: 1, globalAlpha: 0.9 });
      context.stroke(path);
    });
  });
}

/** What a hand has chosen, and where it is. @param {CanvasRenderingContext2D} context @param {Frame} frame @param {Palette} colours @param {{chosen: [number, number, number][], lasso: [number, number][], cross: [number, number] | null, brush: number}} hand */
export function drawHand(context, frame, colours, { chosen, lasso, cross, brush }) {
  Object.assign(context, { strokeStyle: colours.accent, lineWidth: 2.5 });
  for (const [x1, x2] of chosen) {
    context.beginPath();
    context.arc(frame.toX(x1), frame.toY(x2), 8, 0, 2 * Math.PI);
    context.stroke();
  }
  if (lasso.length > 1) {
    const path = pathOf(frame, [lasso], true);
    Object.assign(context, { lineWidth: 1.5, fillStyle: colours.accent, globalAlpha: 0.12 });
    context.fill(path);
    context.globalAlpha = 1;
    context.setLineDash([5, 4]);
    context.stroke(path);
    context.setLineDash([]);
  }
  if (!cross) return;
  const [x, y] = [frame.toX(cross[0]), frame.toY(cross[1])];
  for (const [colour, width] of /** @type {[string, number][]} */ ([
    [colours.halo, 4],
    [colours.ink, 1.75],
  ])) {
    Object.assign(context, { strokeStyle: colour, lineWidth: width });
    context.stroke(new Path2D(`M${x - 13} ${y}h26M${x} ${y - 13}v26`));
    if (!brush) continue;
    context.beginPath();
    context.arc(x, y, (brush * frame.side) / (2 * frame.box.half), 0, 2 * Math.PI);
    context.stroke();
  }
}
