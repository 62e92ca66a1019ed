// What the page does by itself, where Bokeh has nothing for it: tooltips, the keyboard, a file that is too large.
const named = name => Bokeh.documents[0]?.get_model_by_name(name);

// A finger that rests before it moves is still a finger that moves: no press without a movement.
Bokeh.loader["@bokehjs/core/ui_gestures"].UIGestures.press_threshold = 2 ** 31 - 1;

// Events that stay inside one shadow tree, as pointerover and focusin do, never reach the document: hence pointermove and keyup.
function deepest() {
  let found = document.activeElement;
  while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
  return found;
}
function outwards(part) {
  const path = [];
  for (; part; part = part.parentNode ?? part.host) path.push(part);
  return path;
}

// Tooltips: one sentence about what is under the pointer or has the focus; a line a button where there are several.
const tip = document.getElementById("tip");
let waiting, told = null;
function tell(path) {
  const host = path.find(each => each.dataset?.tip), lines = host ? host.dataset.tip.split("\n") : [];
  const button = lines.length > 1 && path.find(each => each.matches?.(".bk-btn"));
  const about = button || (lines.length === 1 && host) || null;
  if (about === told) return;
  told = about;
  clearTimeout(waiting);
  if (!about) { tip.textContent = ""; return }
  waiting = setTimeout(() => {
    tip.textContent = button ? lines[[...button.parentNode.children].indexOf(button)] : lines[0];
    const at = about.getBoundingClientRect(), own = tip.getBoundingClientRect();
    const below = at.bottom + 6 + own.height < innerHeight;
    tip.style.left = Math.max(4, Math.min(at.left, innerWidth - own.width - 4)) + "px";
    tip.style.top = (below ? at.bottom + 6 : Math.max(4, at.top - own.height - 6)) + "px";
  }, tip.textContent ? 0 : 350);
}
document.addEventListener("pointermove", event => tell(event.composedPath()));
document.addEventListener("pointerdown", event => tell(event.pointerType === "mouse" ? [] : event.composedPath()));
document.addEventListener("scroll", () => tell([]), true);

// The plane under the keyboard: arrows move a cross, Enter does with the tool what a hand would do there.
const cross = document.getElementById("cross"), hand = { x: 0, y: 0, down: false };
const HELD = ["move", "paint"]; // tools that are put down and lifted
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };
function plane(event) {
  const view = Bokeh.index.find_one(named("canvas"));
  return event.composedPath()[0] === view?.canvas_view.events_el ? view : null;
}
function act(view, kind) {
  const [sx, sy] = [view.frame.x_scale.compute(hand.x), view.frame.y_scale.compute(hand.y)];
  const area = view.canvas_view.events_el.getBoundingClientRect();
  cross.style.left = scrollX + area.x + sx + "px";
  cross.style.top = scrollY + area.y + sy + "px";
  if (!kind) return;
  const Event = Bokeh.loader["@bokehjs/core/bokeh_events"][kind];
  const at = [sx, sy, hand.x, hand.y], plain = { shift: false, ctrl: false, alt: false };
  view.model.trigger_event(kind === "Pan" ? new Event(...at, 0, 0, plain) : new Event(...at, plain));
}
function lift(view) {
  if (hand.down) act(view, "PanEnd");
  hand.down = false;
}
function steer(event, view) {
  const { start, end } = view.model.x_range, arrow = ARROWS[event.key];
  if (arrow) {
    const step = (end - start) / (event.shiftKey ? 10 : 40), inside = value => Math.max(start, Math.min(end, value));
    hand.x = inside(hand.x + arrow[0] * step);
    hand.y = inside(hand.y + arrow[1] * step);
    act(view, hand.down ? "Pan" : null);
  } else if (event.key === "Escape") {
    lift(view);
  } else if (event.key === "Enter" || event.key === " ") {
    if (hand.down) { lift(view) } else if (HELD.includes(named("tool").tags[named("tool").active])) {
      hand.down = true;
      act(view, "PanStart");
    } else { act(view, "Tap") }
  } else { return }
  event.preventDefault();
}
let focused = null;
function follow() {
  const now = deepest(), view = Bokeh.index.find_one(named("canvas")), area = view?.canvas_view.events_el;
  if (now === focused || !view) return;
  if (focused === area) lift(view);
  focused = now;
  const shown = now === area && now.matches(":focus-visible");
  cross.toggleAttribute("hidden", !shown);
  if (shown) act(view);
  tell(now?.matches(":focus-visible") ? outwards(now) : []);
}
for (const kind of ["keyup", "pointerup", "focusin", "focusout"]) document.addEventListener(kind, follow);

const SHORTCUTS = { z: "undo", Z: "redo", y: "redo" };
document.addEventListener("keydown", event => {
  const target = event.composedPath()[0], view = plane(event);
  if (event.key === "Escape") tell([]);
  if ((event.ctrlKey || event.metaKey) && !target.matches("input, textarea")) {
    const button = SHORTCUTS[event.key] && named(SHORTCUTS[event.key]);
    if (button && !button.disabled) { event.preventDefault(); Bokeh.index.find_one(button).el.shadowRoot.querySelector("button").click() }
  } else if (view) {
    steer(event, view);
  } else if (target.matches(".bk-tab")) {
    const next = { ArrowLeft: target.previousSibling, ArrowRight: target.nextSibling }[event.key];
    if (next) next.focus();
    else if (event.key === "Enter" || event.key === " ") { event.preventDefault(); target.click() }
  }
});

// A file larger than a message may be would end the connection: it isn't sent.
document.addEventListener("input", event => {
  const box = event.composedPath()[0], most = named("upload")?.html_attributes;
  if (box.type !== "file" || !box.files[0] || box.files[0].size <= Number(most["data-most"])) return;
  box.value = "";
  named("own-said").text = most["data-too-large"];
}, true);
