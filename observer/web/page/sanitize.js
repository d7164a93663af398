// Text of a run, made safe to read: what would act, reorder or hide is shown as its escape. As observer/format/sanitize.py.

const ALWAYS =
  "\\u{0}-\\u{8}\\u{b}-\\u{1f}\\u{7f}-\\u{9f}" + // C0 but tab and newline, DEL, C1
  "\\u{61c}\\u{200e}\\u{200f}\\u{202a}-\\u{202e}\\u{2066}-\\u{2069}" + // direction marks, overrides and isolates
  "\\u{2028}\\u{2029}" + // line and paragraph separators
  "\\u{ad}\\u{34f}\\u{115f}\\u{1160}\\u{17b4}\\u{17b5}\\u{180e}\\u{200b}\\u{2060}-\\u{2065}\\u{206a}-\\u{206f}" + // invisible
  "\\u{3164}\\u{feff}\\u{ffa0}\\u{fff0}-\\u{fffb}" + // invisible too
  "\\u{d800}-\\u{dfff}" + // lone surrogates
  "\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}" + // of shorthand and of music, invisible
  "\\u{e0000}-\\u{e0fff}"; // tags and supplementary variation selectors
// Joiners shape emoji and Persian words; beside ASCII they only hide.
const JOINERS = "(?<![^\\u{0}-\\u{7f}])[\\u{200c}\\u{200d}]|[\\u{200c}\\u{200d}](?![^\\u{0}-\\u{7f}])";
const HOSTILE = new RegExp(`[${ALWAYS}]|${JOINERS}`, "gu");

const SHORT = new Map([["\r", "\\r"]]);

function escaped(sign) {
  const code = sign.codePointAt(0);
  const hex = (width) => code.toString(16).padStart(width, "0");
  return SHORT.get(sign) ?? (code < 0x100 ? `\\x${hex(2)}` : code < 0x10000 ? `\\u${hex(4)}` : `\\U${hex(8)}`);
}

// The text as it may be shown, its newlines and tabs kept.
export const clean = (text) => text.replaceAll("\r\n", "\n").replace(HOSTILE, escaped);
