// A server-sent event stream that reconnects: reports when the connection is lost, and resumes exactly where it was.
//
// A hidden tab closes its stream soon: a browser allows six connections to a server, for all tabs together. A worker is
// never hidden.

/** @import { ConnectionCallback, StreamHandlers } from "./types.d.ts" */

const RETRY_DELAYS_MS = [400, 800, 1600, 3000, 5000];
const HIDDEN_MS = 3000;
const isHidden = () => globalThis.document?.hidden === true;

export class EventStream {
  // `urlFrom(lastId)` is the address to connect to; `lastId` is the id of the last message, null at first. `handlers`
  // are functions by event name, called with (data, id). `onState(state, delay)` is called with "live", "lost" and
  // "idle".
  /** @param {(lastId: string | null) => string} urlFrom @param {StreamHandlers} handlers
   * @param {ConnectionCallback} [onState] */
  constructor(urlFrom, handlers, onState = () => {}) {
    this.urlFrom = urlFrom;
    this.handlers = handlers;
    this.onState = onState;
    /** @type {string | null} */
    this.lastId = null;
    this.failures = 0;
    this.closed = false;
    this.checkVisibility = () => this.visibilityChanged();
    this.reconnect = () => this.source === null && !this.closed && !isHidden() && this.connect();
    globalThis.document?.addEventListener("visibilitychange", this.checkVisibility);
    addEventListener("online", this.reconnect);
    /** @type {EventSource | null} */
    this.source = null;
    this.retryTimer = this.hiddenTimer = 0;
    this.connect();
    if (isHidden()) this.visibilityChanged(); // a tab opened in the background gets no event for it
  }

  connect() {
    clearTimeout(this.retryTimer);
    const source = new EventSource(this.urlFrom(this.lastId));
    this.source = source;
    source.addEventListener("open", () => {
      this.failures = 0;
      this.onState("live");
    });
    source.addEventListener("error", () => this.connectionLost());
    for (const [name, handle] of Object.entries(this.handlers)) {
      source.addEventListener(name, (message) => {
        if (message.lastEventId) this.lastId = message.lastEventId;
        handle(message.data, message.lastEventId);
      });
    }
  }

  // Retry, each time after a longer delay. The browser would reconnect by itself, but not say so.
  connectionLost() {
    this.disconnect();
    const delay = RETRY_DELAYS_MS[Math.min(this.failures, RETRY_DELAYS_MS.length - 1)];
    this.failures += 1;
    this.onState("lost", delay);
    this.retryTimer = setTimeout(this.reconnect, delay);
  }

  visibilityChanged() {
    clearTimeout(this.hiddenTimer);
    if (!isHidden()) this.reconnect();
    else {this.hiddenTimer = setTimeout(() => {
        this.disconnect();
        this.onState("idle");
      }, HIDDEN_MS);}
  }

  disconnect() {
    clearTimeout(this.retryTimer);
    this.source?.close();
    this.source = null;
  }

  close() {
    this.closed = true;
    this.disconnect();
    clearTimeout(this.hiddenTimer);
    globalThis.document?.removeEventListener("visibilitychange", this.checkVisibility);
    removeEventListener("online", this.reconnect);
  }
}
