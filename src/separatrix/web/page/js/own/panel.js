/** The panel for the visitor's own points: a file or cells pasted from a spreadsheet, and which columns are meant. */

import { choice, newId } from "../controls/parts.js";
import { make, write } from "../dom.js";
import { fromFile } from "../link.js";
import { boxOf, DECIMALS, EDGE, MOST_POINTS } from "../state.js";
import { say } from "../words.js";
import { decode, decodeLatin1, Fault, likelyColumns, readSheet, toPoints } from "./csv.js";

/** @typedef {import("../app.js").PlaygroundApp} App */

/** @param {App} app */
export function ownPanel(app) {
  /** @type {import("./csv.js").Sheet | null} */
  let sheet = null;
  /** @type {Uint8Array | null} */
  let bytes = null;
  /** @type {() => void} */
  let retell = () => undefined; // what was said, in another language
  const [fileId, pasteId] = [newId(), newId()];
  const file = make("input.visually-hidden", {
    type: "file",
    id: fileId,
    accept: ".csv,.tsv,.txt,.json",
    "aria-labelledby": `${fileId}-name`,
  });
  const opener = make("label.button", { for: fileId, word: "open_file", tip: "upload?" });
  const fileName = make("span.note");
  const paste = make("textarea", { id: pasteId, rows: 4, tip: "paste?", spellcheck: "false" });
  const latin = make("button", {
    type: "button",
    word: "read_latin1",
    hidden: true,
    onclick: () => bytes && take(decodeLatin1(bytes)),
  });
  const columns = ["column_x1", "column_x2", "column_y"].map((name) => choice(name, [], () => undefined));
  const use = make("button.primary", {
    type: "button",
    word: "use_own",
    tip: "use_own?",
    onclick: () => attempt(useThem),
  });
  const chosen = make("div.stack", { hidden: true }, make("div.fields", {}, ...columns.map((one) => one.element)), use);
  const told = make("p.note", { role: "status" });
  file.addEventListener("change", () => file.files?.[0] && open(file.files[0]));
  paste.addEventListener("change", () => paste.value.trim() && attempt(() => take(paste.value)));
  app.on("language", () => retell());
  const element = make(
    "div.stack.own",
    {},
    make("p.note", { word: "own_about" }),
    make("span", { id: `${fileId}-name`, word: "upload" }),
    make("div.row.opener", {}, file, opener, fileName),
    make("label", { for: pasteId, word: "paste" }),
    paste,
    latin,
    chosen,
    told,
  );
  acceptDrops(element, open);
  return element;

  /** @param {File} dropped */
  async function open(dropped) {
    const content = new Uint8Array(await dropped.arrayBuffer());
    bytes = content;
    write(fileName, dropped.name);
    attempt(() => {
      const text = decode(content);
      if (!restore(text)) take(text);
    });
    file.value = ""; // the same file can be chosen again
  }

  /** A file that this page wrote. @param {string} text */
  function restore(text) {
    if (!text.trimStart().startsWith("{")) return false;
    const read = fromFile(text, { ...app.state, labels: null });
    if (!read) throw new Fault("own_no_state");
    app.go({ ...read.state, language: app.state.language });
    tell(() => [say("own_restored"), ...read.remarks.map(({ key, values }) => say(key, values))].join(" "));
    return true;
  }

  /** @param {string} text */
  function take(text) {
    latin.hidden = true;
    chosen.hidden = true;
    sheet = readSheet(text);
    const likely = likelyColumns(sheet);
    columns.forEach((one, k) => {
      one.offer(/** @type {import("./csv.js").Sheet} */ (sheet).columns.map((name) => ({ value: name, text: name })));
      one.select.value = likely[k];
    });
    chosen.hidden = false;
    const { rows, columns: names } = sheet;
    tell(() => say("own_read", { n: rows.length, columns: names.join(", ") }));
  }

  function useThem() {
    if (!sheet) return;
    const [across, up, label] = columns.map((one) => one.select.value);
    const { axes, classes, points } = toPoints(sheet, across, up, label, {
      most: MOST_POINTS,
      edge: EDGE,
      decimals: DECIMALS,
    });
    const share = app.state.setting.train_share === 1 && points.length >= 20 ? { train_share: 0.8 } : {}; // so that there is a validation accuracy
    app.change(
      { drawn: points, start: null, begun: 0, ...share },
      { rest: { labels: { axes, classes }, box: boxOf(points) } },
    );
    const scaled = axes[0].scale !== 1 || axes[1].scale !== 1;
    tell(
      () =>
        say("own_used", { n: points.length, zero: classes[0], one: classes[1] }) +
        (scaled ? ` ${say("own_scaled")}` : ""),
    );
  }

  /** @param {() => void} act */
  function attempt(act) {
    told.className = "note";
    try {
      act();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      latin.hidden = error.key !== "csv_not_utf8";
      told.className = "complaint";
      tell(() => say(error.key, error.values));
    }
  }

  /** @param {() => string} sentence */
  function tell(sentence) {
    retell = () => write(told, sentence());
    retell();
  }
}

/** @param {HTMLElement} element @param {(file: File) => void} onFile */
function acceptDrops(element, onFile) {
  element.addEventListener("dragover", (event) => event.preventDefault());
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    const [file] = event.dataTransfer?.files ?? [];
    if (file) onFile(file);
  });
}
