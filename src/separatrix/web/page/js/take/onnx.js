/**
 * The network as an ONNX file of the form that `separatrix.to_onnx` writes: columns x1 and x2, each (rows, 1) double, to label
 * (rows,) and probabilities (rows, 2) double. Field numbers are those of onnx.proto3.
 */

import { data } from "./data.js";
import { layout } from "../engine/network.js";
import { joined, nested, whole } from "./protobuf.js";

/** @typedef {import("./taken.js").Taken} Taken */

const FLOAT = 1,
  INT64 = 7,
  DOUBLE = 11; // TensorProto.DataType
/** What a feature is as a node: an operation and its inputs. @type {Record<string, [string, string[]]>} */
const FEATURES = {
  "x1^2": ["Mul", ["x1", "x1"]],
  "x2^2": ["Mul", ["x2", "x2"]],
  "x1*x2": ["Mul", ["x1", "x2"]],
  "sin(x1)": ["Sin", ["x1"]],
  "sin(x2)": ["Sin", ["x2"]],
};

/** Nodes and constants of a graph as they come. */
class Graph {
  /** @type {Uint8Array[]} */
  nodes = [];
  /** @type {Map<string, Uint8Array>} */
  constants = new Map();
  count = 0;

  /**
   * Note an operation, and give its result's name.
   * @param {string} op @param {(string | number)[]} inputs @param {Record<string, number>} [attributes] @param {string} [name]
   */
  node(op, inputs, attributes = {}, name = `/${op}${this.count++}`) {
    const names = inputs.map((input) =>
      typeof input === "number" ? this.constant(DOUBLE, [], Float64Array.of(input)) : input,
    );
    const settings = Object.entries(attributes).map(([key, value]) =>
      nested(5, [nested(1, key), whole(3, value), whole(20, 2)]),
    );
    this.nodes.push(nested(1, [...names.map((each) => nested(1, each)), nested(2, name), nested(4, op), ...settings]));
    return name;
  }

  /** An array, kept once; gives its name. @param {number} type @param {number[]} shape @param {Float64Array | BigInt64Array} values */
  constant(type, shape, values) {
    const key = `${type} ${shape} ${values}`,
      name = `/constant${this.constants.size}`;
    const known = this.names.get(key);
    if (known) return known;
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.constants.set(
      name,
      nested(5, [...shape.map((size) => whole(1, size)), whole(2, type), nested(8, name), nested(9, bytes)]),
    );
    this.names.set(key, name);
    return name;
  }

  /** @type {Map<string, string>} */
  names = new Map();
}

/** @param {Taken} taken @returns {import("./taken.js").Parcel} */
export function onnx({ run }) {
  const graph = new Graph();
  const z = logit(run, graph);
  const other = graph.node("Mul", [-1, z]); // both from the logit, so that a small probability keeps its digits
  const both = graph.node("Concat", [graph.node("Sigmoid", [other]), graph.node("Sigmoid", [z])], { axis: 1 });
  graph.node("Identity", [both], {}, "probabilities");
  const above = graph.node("Greater", [z, 0]);
  const minusOne = graph.constant(INT64, [1], BigInt64Array.of(-1n));
  graph.node("Reshape", [graph.node("Cast", [above], { to: INT64 }), minusOne], {}, "label");
  const body = [
    ...graph.nodes,
    nested(2, "separatrix"),
    ...graph.constants.values(),
    ...["x1", "x2"].map((name) => nested(11, value(name, DOUBLE, ["rows", 1]))),
    nested(12, value("label", INT64, ["rows"])),
    nested(12, value("probabilities", DOUBLE, ["rows", 2])),
  ];
  const { opset, ir } = data.onnx;
  const bytes = joined([
    whole(1, ir),
    nested(2, "separatrix"),
    nested(3, data.version),
    nested(7, body),
    nested(8, [nested(1, ""), whole(2, opset)]),
    nested(14, [nested(1, "separatrix"), nested(2, JSON.stringify(about()))]),
  ]);
  return { name: "model.onnx", mime: "application/octet-stream", bytes };
}

/** The logit of class 1, (rows, 1). @param {Taken["run"]} run @param {Graph} graph */
function logit({ setting, widths, parameters }, graph) {
  const narrow = ["x1", "x2"].map((name) => rounded(name, graph)); // the page computes with float32 coordinates
  const columns = setting.features.map((name) => column(name, narrow, graph));
  let a = columns.length > 1 ? graph.node("Concat", columns, { axis: 1 }) : columns[0];
  layout(widths).forEach(({ fan_in, fan_out, weight, bias }, k) => {
    const w = new Float64Array(fan_in * fan_out);
    for (let i = 0; i < fan_in; i += 1)
      for (let j = 0; j < fan_out; j += 1) w[i * fan_out + j] = parameters[weight + j * fan_in + i];
    const b = Float64Array.from(parameters.subarray(bias, bias + fan_out));
    const product = graph.node("MatMul", [a, graph.constant(DOUBLE, [fan_in, fan_out], w)]);
    a = graph.node("Add", [product, graph.constant(DOUBLE, [fan_out], b)]);
    if (k < widths.length - 2) a = activated(setting.activations[k], a, graph);
  });
  if (widths[widths.length - 1] === 1) return a;
  const [zero, one] = [0n, 1n].map((at) =>
    graph.node("Gather", [a, graph.constant(INT64, [1], BigInt64Array.of(at))], { axis: 1 }),
  );
  return graph.node("Sub", [one, zero]);
}

/** @param {string} name @param {string[]} narrow x1 and x2 @param {Graph} graph */
function column(name, narrow, graph) {
  /** @param {string} input */
  const known = (input) => narrow[input === "x1" ? 0 : 1];
  if (!(name in FEATURES)) return known(name);
  const [op, inputs] = FEATURES[name];
  return rounded(graph.node(op, inputs.map(known)), graph);
}

/** Rounded to float32, and double again. @param {string} value @param {Graph} graph */
function rounded(value, graph) {
  return graph.node("Cast", [graph.node("Cast", [value], { to: FLOAT })], { to: DOUBLE });
}

/** The activation's own nodes, as the package has recorded them. @param {string} name @param {string} z @param {Graph} graph */
function activated(name, z, graph) {
  /** @type {string[]} */
  const made = [];
  for (const [op, inputs, attributes] of data.activations[name].nodes) {
    const values = inputs.map((input) =>
      input === "z" ? z : typeof input === "number" ? input : made[Number(input.slice(1))],
    );
    made.push(graph.node(op, values, attributes));
  }
  return made[made.length - 1];
}

/** An input's or output's name, type and shape. @param {string} name @param {number} type @param {(string | number)[]} shape */
function value(name, type, shape) {
  const sizes = shape.map((size) => nested(1, [typeof size === "number" ? whole(1, size) : nested(2, size)]));
  return [nested(1, name), nested(2, [nested(1, [whole(1, type), nested(2, sizes)])])];
}

/** What a separatrix model says of itself. */
function about() {
  return {
    columns: [
      ["x1", "number"],
      ["x2", "number"],
    ],
    classes: [0, 1],
    threshold: 0.5,
    missing: "",
    versions: { separatrix: data.version },
  };
}
