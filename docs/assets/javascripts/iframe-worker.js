// From the disk a browser starts no worker, and search runs in one. Here a hidden frame takes its place: it loads the same
// script, and messages go to and fro between two event targets. On a server nothing is changed.
(() => {
  if (location.protocol !== "file:") return

  class FrameWorker extends EventTarget {
    constructor(url) {
      super()
      this.waiting = [] // messages from before the script has run
      this.onmessage = null
      const frame = document.createElement("iframe")
      frame.hidden = true
      frame.title = "search"
      document.body.append(frame)
      const inside = frame.contentWindow
      const base = new URL(url, location.href).href
      this.inside = inside

      const load = address =>
        new Promise((resolve, reject) => {
          const script = inside.document.createElement("script")
          script.src = new URL(address, base).href
          script.onload = resolve
          script.onerror = () => reject(new Error(`${address} can't be loaded`))
          inside.document.body.append(script)
        })
      // A worker's importScripts blocks; a script element can't. The search script awaits the result, so a promise will do.
      inside.importScripts = (...addresses) => addresses.reduce((before, address) => before.then(() => load(address)), Promise.resolve())
      inside.postMessage = data => {
        const event = new MessageEvent("message", { data })
        this.dispatchEvent(event)
        if (this.onmessage) this.onmessage(event)
      }
      load(base).then(() => {
        this.ready = true
        for (const data of this.waiting) this.deliver(data)
      })
    }

    deliver(data) {
      this.inside.dispatchEvent(new this.inside.MessageEvent("message", { data }))
    }

    postMessage(data) {
      if (this.ready) this.deliver(data)
      else this.waiting.push(data)
    }

    terminate() {
      this.inside.frameElement.remove()
    }
  }

  window.Worker = FrameWorker
})()
