// What the server is asked for. Every request is a GET, and every answer JSON.

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status; // 0: there was no answer at all
  }
}

const BUSY = 429;
const PATIENCE = 8; // times that a busy server is asked again
const PAUSE_MS = 250;

export async function get(path, asked = {}, signal = undefined) {
  let answer = await ask(path, asked, signal);
  for (let turn = 1; answer.status === BUSY && turn < PATIENCE; turn += 1) {
    await new Promise((done) => setTimeout(done, turn * PAUSE_MS));
    answer = await ask(path, asked, signal);
  }
  const found = await answer.json().catch(() => null);
  if (!answer.ok) throw new Refused(answer.status, found?.error ?? `the server answered ${answer.status}`);
  return found;
}

async function ask(path, asked, signal) {
  try {
    return await fetch(address(path, asked), { signal, headers: { Accept: "application/json" } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0, "the server does not answer");
  }
}

// `asked` may hold lists, which are repeated, and nothing, which is left out.
export function address(path, asked = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asked)) {
    for (const one of [value].flat()) if (one !== null && one !== undefined && one !== "" && one !== false) query.append(name, one === true ? "1" : one);
  }
  return query.size ? `${path}?${query}` : path;
}

export const ofRun = (run, what) => `/api/runs/${encodeURIComponent(run)}/${what}`;
