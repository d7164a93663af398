// Requests to the server. Each is a GET with a JSON answer.

class RequestError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status; // 0: no answer
  }
}

const TOO_MANY_REQUESTS = 429;
const MAX_ATTEMPTS = 8; // while the server is busy
const RETRY_MS = 250; // before the first retry; each later one waits longer by as much

export async function getJson(path, parameters = {}, signal = undefined) {
  let response = await request(path, parameters, signal);
  for (let attempt = 1; response.status === TOO_MANY_REQUESTS && attempt < MAX_ATTEMPTS; attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, attempt * RETRY_MS));
    response = await request(path, parameters, signal);
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new RequestError(response.status, answer?.error ?? `the server answered ${response.status}`);
  return answer;
}

async function request(path, parameters, signal) {
  try {
    return await fetch(buildUrl(path, parameters), { signal, headers: { Accept: "application/json" } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new RequestError(0, "the server is not responding");
  }
}

// A parameter that is a list is repeated; one that is null, undefined, false or "" is omitted.
export function buildUrl(path, parameters = {}) {
  const query = new URLSearchParams();
  for (const [name, values] of Object.entries(parameters)) {
    for (const value of [values].flat()) {
      if (value !== null && value !== undefined && value !== "" && value !== false) {
        query.append(name, value === true ? "1" : value);
      }
    }
  }
  return query.size ? `${path}?${query}` : path;
}

export const runPath = (run, resource) => `/api/runs/${encodeURIComponent(run)}/${resource}`;
