// Sanitizes text of a run: characters that act, reorder or hide text are shown as escapes, as by
// observer/format/sanitize.py.

const ALWAYS = "\\u{0}-\\u{8}\\u{b}-\\u{1f}\\u{7f}-\\u{9f}" + // C0 except tab and newline, DEL, C1
  "\\u{61c}\\u{200e}\\u{200f}\\u{202a}-\\u{202e}\\u{2066}-\\u{2069}" + // direction marks, overrides and isolates
  "\\u{2028}\\u{2029}" + // line and paragraph separators
  // Invisible.
  "\\u{ad}\\u{34f}\\u{115f}\\u{1160}\\u{17b4}\\u{17b5}\\u{180e}\\u{200b}\\u{2060}-\\u{2065}\\u{206a}-\\u{206f}" +
  "\\u{3164}\\u{feff}\\u{ffa0}\\u{fff0}-\\u{fffb}" + // more invisible ones
  "\\u{d800}-\\u{dfff}" + // lone surrogates
  "\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}" + // invisible ones of shorthand and music notation
  "\\u{e0000}-\\u{e0fff}"; // tags and supplementary variation selectors
// Joiners shape emoji and Persian words; next to ASCII they only hide.
const JOINERS = "(?<![^\\u{0}-\\u{7f}])[\\u{200c}\\u{200d}]|[\\u{200c}\\u{200d}](?![^\\u{0}-\\u{7f}])";
const HOSTILE = new RegExp(`[${ALWAYS}]|${JOINERS}`, "gu");

const SHORT_ESCAPES = new Map([["\r", "\\r"]]);

/** @param {string} character */
function escapeCharacter(character) {
  const code = character.codePointAt(0) ?? 0;
  /** @param {number} width */
  const hex = (width) => code.toString(16).padStart(width, "0");
  return SHORT_ESCAPES.get(character) ??
    (code < 0x100 ? `\\x${hex(2)}` : code < 0x10000 ? `\\u${hex(4)}` : `\\U${hex(8)}`);
}

// Return the text as it may be shown; newlines and tabs are kept.
/** @param {string} text */
export const clean = (text) => text.replaceAll("\r\n", "\n").replace(HOSTILE, escapeCharacter);
