// Server-sent events that never give up: says when the server is lost, and goes on exactly where it was.
//
// A tab that nobody sees soon lets go of its stream: a browser allows six connections to a server, for all tabs.

const WAITS = [400, 800, 1600, 3000, 5000];
const HIDDEN_MS = 3000;

export class Stream {
  // `address(last)` is where to ask, `last` the id of the last message, null at first; `heard` is an object of
  // functions by event name, each given (data, id); `told(state, wait)` hears of "live", "lost" and "idle".
  constructor(address, heard, told = () => {}) {
    this.address = address;
    this.heard = heard;
    this.told = told;
    this.last = null;
    this.failed = 0;
    this.closed = false;
    this.seen = () => this.look();
    this.now = () => this.source === null && !this.closed && !document.hidden && this.connect();
    document.addEventListener("visibilitychange", this.seen);
    addEventListener("online", this.now);
    this.connect();
    if (document.hidden) this.look(); // opened in the background, a tab is not told that it is hidden
  }

  connect() {
    clearTimeout(this.timer);
    this.source = new EventSource(this.address(this.last));
    this.source.addEventListener("open", () => {
      this.failed = 0;
      this.told("live");
    });
    this.source.addEventListener("error", () => this.lose());
    for (const [name, hear] of Object.entries(this.heard)) {
      this.source.addEventListener(name, (message) => {
        if (message.lastEventId) this.last = message.lastEventId;
        hear(message.data, message.lastEventId);
      });
    }
  }

  // Wait a little longer each time. The browser's own way of trying again would not say that it does.
  lose() {
    this.drop();
    const wait = WAITS[Math.min(this.failed, WAITS.length - 1)];
    this.failed += 1;
    this.told("lost", wait);
    this.timer = setTimeout(this.now, wait);
  }

  look() {
    clearTimeout(this.hiding);
    if (!document.hidden) this.now();
    else this.hiding = setTimeout(() => {
      this.drop();
      this.told("idle");
    }, HIDDEN_MS);
  }

  drop() {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  close() {
    this.closed = true;
    this.drop();
    clearTimeout(this.hiding);
    document.removeEventListener("visibilitychange", this.seen);
    removeEventListener("online", this.now);
  }
}
