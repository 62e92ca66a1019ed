
const element = (id) => document.getElementById(id);

function made(name, text, attributes = {}) {
  const node = document.createElement(name);
  node.textContent = text; // never as HTML: names and labels come from a table
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

const second = String(MODEL.classes[1]);
element("title").textContent = `Probability of ${second}`;
document.title = `Probability of ${second}`;

const fields = MODEL.columns.map(([name, kind], k) => {
  const { start, choices } = FORM[k];
  const label = made("label", name);
  let field;
  if (kind === "boolean") {
    field = made("select", "");
    for (const [value, text] of [["", "missing"], ["true", "true"], ["false", "false"]]) field.append(made("option", text, { value }));
  } else {
    field = made("input", "", kind === "number" ? { inputmode: "decimal" } : { placeholder: "missing" });
    if (choices.length) {
      const list = made("datalist", "", { id: `choices${k}` });
      for (const value of choices) list.append(made("option", "", { value }));
      field.setAttribute("list", list.id);
      label.append(list);
    }
  }
  field.value = start ?? "";
  label.append(field);
  element("form").append(label);
  return field;
});

function row() {
  return Object.fromEntries(MODEL.columns.map(([name], k) => [name, fields[k].value === "" ? null : fields[k].value]));
}

function percent(share) {
  return `${(100 * share).toFixed(1)}%`;
}

function showReasons() {
  const contributions = Object.entries(explain(row()).contributions).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1])).slice(0, 12);
  const largest = Math.max(1e-12, ...contributions.map(([, value]) => Math.abs(value)));
  const table = made("table", "");
  const head = made("tr", "");
  head.append(made("th", "Reason", { scope: "col" }), made("th", "Adds to the logit", { scope: "col", class: "number" }), made("td", ""));
  table.append(head);
  for (const [name, value] of contributions) {
    const line = made("tr", "");
    const cell = made("td", "");
    const width = (50 * Math.abs(value)) / largest;
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 100 10");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    const bar = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    bar.setAttribute("class", value > 0 ? "bar up" : "bar");
    for (const [key, number] of [["x", value > 0 ? 50 : 50 - width], ["y", 0], ["width", width], ["height", 10]]) bar.setAttribute(key, number);
    svg.append(bar);
    cell.append(svg);
    const digits = Math.abs(value).toFixed(2);
    const sign = Number(digits) === 0 ? "" : value < 0 ? "−" : "+";
    line.append(made("td", name), made("td", sign + digits, { class: "number" }), cell);
    table.append(line);
  }
  element("reasons").replaceChildren(table);
}

let waiting = 0;

function show() {
  clearTimeout(waiting);
  try {
    const share = predict_proba(row())[1];
    element("share").textContent = percent(share);
    const between = predict_interval(row());
    element("range").textContent = between ? `Calibrated interval (Venn-Abers): ${percent(between[0])} to ${percent(between[1])}` : "";
    element("label").textContent = `Prediction: ${MODEL.classes[share > MODEL.threshold ? 1 : 0]}`;
    fields.forEach((field) => field.removeAttribute("aria-invalid"));
    if (MODEL.reasons) waiting = setTimeout(showReasons, 150); // after the typing, since it takes many predictions
  } catch (error) {
    element("share").textContent = "–";
    element("range").textContent = error.message;
    element("label").textContent = "";
    element("reasons").replaceChildren();
  }
}

element("form").addEventListener("input", show);
element("form").addEventListener("submit", (event) => event.preventDefault());
show();
