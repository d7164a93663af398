// Requests to the server. Each is a GET with a JSON answer.

import { isCancelled, RequestError } from "./failures.js";
/** @import { QueryParameters } from "./types.d.ts" */
const TOO_MANY_REQUESTS = 429;
const MAX_ATTEMPTS = 8; // while the server is busy
const RETRY_MS = 250; // before the first retry; each later one waits longer by as much

/** @param {string} path @param {QueryParameters} [parameters] @param {AbortSignal} [signal] */
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

/** @param {string} path @param {QueryParameters} parameters @param {AbortSignal | undefined} signal */
async function request(path, parameters, signal) {
  try {
    return await fetch(buildUrl(path, parameters), { signal, headers: { Accept: "application/json" } });
  } catch (error) {
    if (isCancelled(error)) throw error;
    throw new RequestError(0, "the server is not responding");
  }
}

// A parameter that is a list is repeated; one that is null, undefined, false or "" is omitted.
/** @param {string} path @param {QueryParameters} [parameters] */
export function buildUrl(path, parameters = {}) {
  const query = new URLSearchParams();
  for (const [name, values] of Object.entries(parameters)) {
    for (const value of Array.isArray(values) ? values : [values]) {
      if (value !== null && value !== undefined && value !== "" && value !== false) {
        query.append(name, value === true ? "1" : String(value));
      }
    }
  }
  return query.size ? `${path}?${query}` : path;
}

/** @param {string} run @param {string} resource */
export const runPath = (run, resource) => `/api/runs/${encodeURIComponent(run)}/${resource}`;
