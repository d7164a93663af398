// The button that switches between the zone of the browser and UTC, which `?utc` in the URL chooses.

import { byId } from "./dom.js";
import { setZone, UTC, viewerZone, zoneName } from "./zone.js";

const PARAMETER = "utc";

// Start the button #zone. `onChange` is called whenever times are in another zone.
/** @param {() => void} onChange */
export function startZone(onChange) {
  const button = byId("zone");
  const isUtc = () => new URL(location.href).searchParams.has(PARAMETER);
  const update = () => {
    const local = viewerZone();
    setZone(isUtc() ? UTC : local);
    button.title = `Times are in ${zoneName()}; switch to ${isUtc() ? local.name : UTC.name} (z)`;
    button.setAttribute("aria-description", button.title);
    onChange();
  };
  button.addEventListener("click", () => {
    const url = new URL(location.href);
    if (isUtc()) url.searchParams.delete(PARAMETER);
    else url.searchParams.set(PARAMETER, "1");
    history.replaceState(null, "", url);
    update();
  });
  update();
}
