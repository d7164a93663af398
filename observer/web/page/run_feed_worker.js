// Entry point of the worker that all hidden tabs share: passes the runs that change on to them, while there are any.

import { EventStream } from "./event_stream.js";
import { RUNS_STREAM } from "./run_feed.js";

/** @type {Set<MessagePort>} */
const ports = new Set();
/** @type {EventStream | null} */
let stream = null;

/** @param {unknown} message */
const send = (message) => ports.forEach((port) => port.postMessage(message));

// Connect again for each tab that comes: the stream begins with the newest runs.
function connect() {
  stream?.close();
  stream = new EventStream(() => RUNS_STREAM, {
    runs: (data) => send({ runs: JSON.parse(data) }),
    run: (data) => send({ runs: [JSON.parse(data)] }),
  }, (state) => send({ state }));
}

addEventListener("connect", (event) => {
  const [port] = /** @type {MessageEvent} */ (event).ports;
  port.addEventListener("message", ({ data }) => {
    if (data === "open") {
      ports.add(port);
      connect();
    } else if (ports.delete(port) && !ports.size) stream?.close();
  });
  port.start();
});
