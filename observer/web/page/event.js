// Parses a line of a run file. Tolerant: whatever a line holds, the result is an event that can be shown.
//
// An event is { offset, end, bytes, seq, time, type, phase, iteration, parent, data }; `offset` and `end` are bytes in the file,
// `time` is ms since 1970. Type "malformed" stands for a line without an event, "long" for one too long to be sent unrequested.

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const ENVELOPE = new Set(["seq", "timestamp", "run", "type", "phase", "iteration", "parent"]);

// Parse a line that the server sent: it has checked that there is an event on it.
export function parseEvent(line, offset, end) {
  let value;
  try {
    value = JSON.parse(line);
  } catch {
    return malformedEvent(offset, end, "not JSON", line);
  }
  if (!isObject(value)) return malformedEvent(offset, end, "not a JSON object", line);
  const time = typeof value.timestamp === "string" ? Date.parse(value.timestamp) : NaN;
  return {
    offset, end, bytes: end - offset, type: (typeof value.type === "string" && value.type) || "event",
    seq: Number.isSafeInteger(value.seq) ? value.seq : null,
    time: Number.isNaN(time) ? null : time,
    phase: typeof value.phase === "string" ? value.phase : "",
    iteration: Number.isSafeInteger(value.iteration) ? value.iteration : 0,
    parent: typeof value.parent === "string" ? value.parent : null,
    data: isObject(value.data) ? value.data : Object.fromEntries(Object.entries(value).filter(([key]) => !ENVELOPE.has(key))),
  };
}

// Parse the bytes of a line as the file holds them.
export function parseBytes(bytes, offset, end) {
  let line;
  try {
    line = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return malformedEvent(offset, end, "not UTF-8", new TextDecoder().decode(bytes.slice(0, 4000)));
  }
  return parseEvent(line, offset, end);
}

const bareEvent = (type, offset, end, data) => ({ type, offset, end, bytes: end - offset, seq: null, time: null, phase: "", iteration: 0, parent: null, data });

function malformedEvent(offset, end, reason, preview) {
  return bareEvent("malformed", offset, end, { reason, preview: preview.slice(0, 4000), bytes: end - offset });
}

// The event for a line that the server describes instead of sending it: without an event ({ reason, preview, bytes }), or too long
// ({ bytes, type, seq }).
export function describedEvent(offset, end, info) {
  if (typeof info.reason === "string") return malformedEvent(offset, end, info.reason, info.preview ?? "");
  return { ...bareEvent("long", offset, end, { bytes: info.bytes ?? end - offset, type: info.type ?? "" }), seq: info.seq ?? null };
}

// Fields of `data`, as what they should be.
export const textOf = (data, key) => (typeof data[key] === "string" ? data[key] : "");
// A field as people read it: a text as it is, any other value as JSON.
export const wordsOf = (data, key) => (typeof data[key] === "string" ? data[key] : isEmpty(data[key]) ? "" : compactJson(data[key]));
const isEmpty = (value) => value === null || value === undefined || (typeof value === "object" && Object.keys(value).length === 0);
export const numberOf = (data, key) => (typeof data[key] === "number" && Math.abs(data[key]) < 1e18 ? data[key] : null);
export const objectsOf = (data, key) => (Array.isArray(data[key]) ? data[key].filter(isObject) : []);
export const inputOf = (data) => (isObject(data.input) ? data.input : data.input === null || data.input === undefined ? {} : { input: data.input });

// Any JSON value on one line.
export function compactJson(value) {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return "(nested too deeply to be shown)";
  }
}
