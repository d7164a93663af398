// What a chart says at the moment under the pointer.

import { story } from "./report_data.js";
import { clock } from "./units.js";

export function startChart(figure, points, said) {
  const [svg, output, cursor] = ["svg", "output", ".cursor"].map((name) => figure.querySelector(name));
  const usual = output.textContent;
  const length = story.ended - story.began || 1;
  const { width, height } = svg.viewBox.baseVal;
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    const at = story.began + share * length;
    const [, value] = points.findLast((point) => point[0] <= at) ?? [0, 0];
    output.textContent = `${said(value)} at ${clock(at)}`;
    cursor.setAttribute("d", `M${(share * width).toFixed(1)} 0V${height}`);
  });
  svg.addEventListener("pointerleave", () => {
    output.textContent = usual;
    cursor.setAttribute("d", "");
  });
}
