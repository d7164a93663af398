// What becomes of the runs while a tab is hidden. Hidden tabs close their streams, and share one instead, in a worker:
// so their titles stay true, and none takes a connection for it. A browser without such workers learns nothing in
// hidden tabs.

/** @import { Run, StreamState } from "./types.d.ts" */

const WORKER = "/page/run_feed_worker.js";
const RETRY_MS = 5000;
export const RUNS_STREAM = "/api/runs/stream";
export const canShare = "SharedWorker" in globalThis;

// Call `changed(run)` for the newest runs and for each one that changes, and `lost()` when the connection is, while the
// tab is hidden.
/** @param {(run: Run) => void} changed @param {() => void} lost */
export function watchWhileHidden(changed, lost) {
  /** @type {MessagePort | null} */
  let port = null;

  /** @param {MessageEvent<{ runs?: Run[], state?: StreamState }>} message */
  const received = ({ data: { runs, state } }) => {
    if (!document.hidden) return;
    if (state === "lost") lost();
    runs?.forEach((run) => changed({ ...run, receivedAt: Date.now() }));
  };

  const start = () => {
    const worker = new SharedWorker(WORKER);
    worker.addEventListener("error", () => { // its script could not be loaded
      port = null;
      lost();
      setTimeout(update, RETRY_MS);
    });
    port = worker.port;
    port.addEventListener("message", received);
    port.start();
  };

  const update = () => {
    if (document.hidden && !port) start();
    port?.postMessage(document.hidden ? "open" : "close");
  };

  if (!canShare) return;
  document.addEventListener("visibilitychange", update);
  addEventListener("pagehide", () => port?.postMessage("close"));
  update();
}
