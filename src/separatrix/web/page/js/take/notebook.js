/** The script as a Jupyter notebook (nbformat 4.5): a cell a step, so that a class can change one and run it again. */

import { parts } from "./script.js";
import { textFile } from "./taken.js";

/** @typedef {import("./taken.js").Taken} Taken */

/**
 * @param {Taken} taken
 * @param {(name: string) => string} say the page's sentences
 */
export function notebook(taken, say) {
  const pieces = parts(taken);
  const [, title, about, code] = /** @type {RegExpExecArray} */ (
    /^"""(.*?)\n\n([^]*?)"""\n\n([^]*)$/.exec(pieces.points)
  );
  const cells = [
    markdown("title", `# ${title}\n\n${about.trim()}`),
    markdown("about-points", `## ${say("notebook_points")}`),
    python("points", code),
    markdown("about-network", `## ${say("notebook_network")}`),
    python("network", pieces.features + pieces.step + pieces.network),
    markdown("about-training", `## ${say("notebook_training")}`),
    python("start", pieces.start),
    python("loop", pieces.loop),
    markdown("about-result", `## ${say("notebook_result")}`),
    python("accuracy", pieces.end),
    python("picture", pieces.picture),
  ];
  const metadata = {
    kernelspec: { display_name: "Python 3", language: "python", name: "python3" },
    language_info: { name: "python", file_extension: ".py", mimetype: "text/x-python" },
  };
  return textFile(
    "separatrix_run.ipynb",
    "application/x-ipynb+json",
    `${JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`,
  );
}

/** @param {string} id @param {string} text */
function markdown(id, text) {
  return { cell_type: "markdown", id, metadata: {}, source: lined(text) };
}

/** @param {string} id @param {string} text */
function python(id, text) {
  return { cell_type: "code", id, metadata: {}, execution_count: null, outputs: [], source: lined(text.trim()) };
}

/** Lines, each with its end but the last. @param {string} text */
function lined(text) {
  return text.split(/(?<=\n)/);
}
