/** The widget's side in the notebook: a frame with the page, and what goes to and fro between it and Python. */

const NAME = "separatrix";

/** @param {{model: any, el: HTMLElement}} context */
function render({ model, el }) {
  const address = URL.createObjectURL(new Blob([PAGE], { type: "text/html" }));
  const frame = document.createElement("iframe");
  Object.assign(frame, { src: address, title: "separatrix playground", allow: "clipboard-write; fullscreen" });
  Object.assign(frame.style, { width: "100%", height: `${model.get("height")}px`, border: "0" });
  const listening = new AbortController();
  window.addEventListener(
    "message",
    ({ source, data }) => {
      if (source === frame.contentWindow && data === `${NAME}: ready`) connect();
    },
    { signal: listening.signal },
  );
  el.append(frame);
  return () => {
    listening.abort();
    URL.revokeObjectURL(address);
  };

  function connect() {
    const { port1, port2 } = new MessageChannel();
    let heard = false; // what the page itself said needs no answer
    port1.onmessage = ({ data }) => {
      heard = true;
      if (data.type === "run")
        model.set("model_bytes", new DataView(data.bytes.buffer, data.bytes.byteOffset, data.bytes.byteLength));
      else model.set("setting", data.setting);
      heard = false;
      model.save_changes();
    };
    const tell = () => heard || port1.postMessage({ type: "setting", setting: model.get("setting") });
    tell();
    frame.contentWindow.postMessage(`${NAME}: widget`, "*", [port2]);
    model.on("change:setting", tell);
    listening.signal.addEventListener("abort", () => model.off("change:setting", tell));
  }
}

export default { render };
