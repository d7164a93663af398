// Shows the value of a chart at the time under the pointer.

import { report } from "./report_data.js";
import { formatClock } from "./units.js";

// `points` are [time, value]; `describe(value)` says a value in words.
export function startChart(figure, points, describe) {
  const [svg, output, cursor] = ["svg", "output", ".cursor"].map((selector) => figure.querySelector(selector));
  const finalText = output.textContent;
  const length = report.end - report.start || 1;
  const { width, height } = svg.viewBox.baseVal;
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    const time = report.start + share * length;
    const [, value] = points.findLast((point) => point[0] <= time) ?? [0, 0];
    output.textContent = `${describe(value)} at ${formatClock(time)}`;
    cursor.setAttribute("d", `M${(share * width).toFixed(1)} 0V${height}`);
  });
  svg.addEventListener("pointerleave", () => {
    output.textContent = finalText;
    cursor.setAttribute("d", "");
  });
}
