// Errors of requests.

// The server answered a request with an error, or not at all: the status is 0 then.
export class RequestError extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

// Whether a request failed because it was cancelled.
/** @param {unknown} error */
export const isCancelled = (error) => error instanceof Error && error.name === "AbortError";

/** @param {unknown} error */
export const messageOf = (error) => (error instanceof Error ? error.message : String(error));
