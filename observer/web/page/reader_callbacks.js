// Connects the view of a run with its reader.

/** @import { RunView } from "./run_view.js" */
/** @import { ReaderCallbacks } from "./types.d.ts" */

// The callbacks of the reader of a run; they do nothing once another run is open.
/** @param {RunView} view @param {string} name @returns {ReaderCallbacks} */
export function readerCallbacks(view, name) {
  /**
   * @template {unknown[]} T
   * @param {(...values: T) => void} callback
   * @returns {(...values: T) => void}
   */
  const ifOpen = (callback) => (...values) => {
    if (view.reader?.run === name) callback(...values);
  };
  return {
    replaced: ifOpen(() => view.rebuild()),
    grew: ifOpen((edge) => view.grew(edge)),
    arrived: ifOpen(() => view.scheduleTake()),
    flooded: ifOpen(() => view.catchUp()),
    appended: ifOpen((events) => view.appended(events)),
    skipped: ifOpen((events) => view.observeAll(events)),
    heartbeat: ifOpen(() => view.header.pulse()),
    counted: ifOpen((count) => view.autoscroll.countNew(count)),
    caughtUp: ifOpen(() => view.log.box.removeAttribute("aria-busy")),
    reset: ifOpen((reason) => view.restart(reason)),
    connection: ifOpen((state, delay) => view.callbacks.connection(state, delay)),
    failed: ifOpen((error) => view.fail(error)),
    searching: ifOpen(({ what, done, size }) => view.callbacks.searching(view.filter.describeSearch(what), done, size)),
    searched: ifOpen(() => view.callbacks.searched()),
  };
}
