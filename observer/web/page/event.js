// From a line of the run file to an event. Tolerant: whatever a line holds, something comes out that can be shown.
//
// An event is { offset, end, bytes, seq, at, type, phase, iteration, parent, data }; one of type "malformed" or "long"
// stands for a line that is none, or too long to be sent unasked. `offset` and `end` are bytes in the file.

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

export function parse(line, offset, end) {
  let found;
  try {
    found = JSON.parse(line);
  } catch {
    return malformed(offset, end, "not JSON", line);
  }
  if (!isObject(found)) return malformed(offset, end, "not a JSON object", line);
  if (typeof found.type !== "string") return malformed(offset, end, "has no type", line);
  const at = typeof found.timestamp === "string" ? Date.parse(found.timestamp) : NaN;
  return {
    offset, end, bytes: end - offset, type: found.type,
    seq: Number.isSafeInteger(found.seq) ? found.seq : null,
    at: Number.isNaN(at) ? null : at,
    phase: typeof found.phase === "string" ? found.phase : "",
    iteration: Number.isSafeInteger(found.iteration) ? found.iteration : 0,
    parent: typeof found.parent === "string" ? found.parent : null,
    data: isObject(found.data) ? found.data : {},
  };
}

const bare = (type, offset, end, data) => ({ type, offset, end, bytes: end - offset, seq: null, at: null, phase: "", iteration: 0, parent: null, data });

export function malformed(offset, end, reason, preview) {
  return bare("malformed", offset, end, { reason, preview: preview.slice(0, 4000), bytes: end - offset });
}

export function long(offset, end, told) {
  return { ...bare("long", offset, end, { bytes: told.bytes ?? end - offset, type: told.type ?? "" }), seq: told.seq ?? null };
}

export const textOf = (data, key) => (typeof data[key] === "string" ? data[key] : "");
export const numberOf = (data, key) => (typeof data[key] === "number" && Number.isFinite(data[key]) ? data[key] : null);
export const listOf = (data, key) => (Array.isArray(data[key]) ? data[key].filter(isObject) : []);
export const inputOf = (data) => (isObject(data.input) ? data.input : data.input === null || data.input === undefined ? {} : { input: data.input });

// Any JSON value on one line.
export function compact(value) {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return "(nested too deeply to be shown)";
  }
}
