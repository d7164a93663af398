"""The timeline of the page of `observe serve`."""

import re
from itertools import pairwise

from tests.observer.report.runs import tool
from tests.observer.web.page_runs import BEGINNING, Runs, expect, pages

pytestmark = pages


async def test_the_timeline_jumps_to_what_is_clicked(runs: Runs) -> None:
    calls = [
        tool(10.0 * number, f"t{number}", "Bash", "success", "fine", seconds=8, command=f"step {number}")
        for number in range(1, 200)
    ]
    runs.write(*BEGINNING, *calls)
    tab = await runs.open()
    await tab.locator("#timeline canvas").click(position={"x": 40, "y": 45})
    await expect(tab.locator(".row.target .title")).to_have_text(re.compile(r"step \d$"))
    await tab.keyboard.press("Shift+T")
    await tab.keyboard.press("ArrowLeft")
    await expect(tab.locator("#timeline .tooltip")).to_contain_text("Bash")
    await tab.keyboard.press("Enter")
    await expect(tab.locator(".row.target .title")).to_have_text("step 199")


async def test_a_narrow_timeline_has_fewer_rows(runs: Runs) -> None:
    calls = (tool(number, f"t{number}", "Bash", "success", "", seconds=5, command="make") for number in range(2, 9))
    runs.write(*BEGINNING, *calls)
    tab = await runs.open()
    tools = tab.locator("#timeline .lanes span").last
    await expect(tools).to_have_css("height", "39px")  # two rows and a gap
    await tab.set_viewport_size({"width": 380, "height": 760})
    await expect(tools).to_have_css("height", "22px")


async def test_a_timeline_with_too_many_calls_is_reloaded_and_loses_none(runs: Runs) -> None:
    tab = await runs.browser.load(runs.served.url)
    assert await tab.evaluate("""async () => {
        const { TimelineData } = await import("/page/timeline_data.js");
        const { createRecord } = await import("/page/row.js");
        let reloads = 0;
        const timeline = new TimelineData(() => { reloads += 1; });
        timeline.load({began: 0, ended: 0, size: 0, agents: [], marks: [], spans: [["session", "coding 1", 0, null]]});
        for (let time = 1; time < 50_001; time += 1) {
            const row = {kind: "tool_use", time, call: `t${time}`, tool: "Bash"};
            timeline.add(createRecord(time, time + 1, row));
        }
        return [reloads, timeline.spans.length, timeline.spans[0].kind];
    }""") == [2, 50_001, "session"]


async def test_each_subagent_that_starts_is_one_bar_whatever_its_parents_are(runs: Runs) -> None:
    tab = await runs.browser.load(runs.served.url)
    assert await tab.evaluate("""async () => {
        const { TimelineData } = await import("/page/timeline_data.js");
        const { lanesByKind } = await import("/page/lanes.js");
        const { createRecord } = await import("/page/row.js");
        const timeline = new TimelineData(() => {});
        timeline.load({began: 0, ended: 0, size: 0, agents: [], marks: [], spans: []});
        const starts = [["ta", "tb"], ["ta", "tb"], ["tb", "ta"], ["ts", "ts"], [undefined, "no"], [undefined, "no"]];
        starts.forEach(([call, agent], time) =>
            timeline.add(createRecord(time, time + 1, {kind: "subagent_start", time, call, agent})));
        const { lanes } = lanesByKind(timeline.spans, 8);
        return lanes.map(({ label, bars }) => [label, bars.map(({ agent }) => timeline.agents[agent].id)]);
    }""") == [["Subagents", ["ta", "tb", "ts", None, None]]]


PAINTED = """async () => {
    const { paintBar, paintMarks, paintRuler } = await import("/page/timeline_paint.js");
    const hour = 3_600_000;
    const style = {
        colors: {}, width: 800, height: 90, rulerHeight: 20, barHeight: 15,
        labelOf: ({ name }) => [name, ""], hueOf: () => 0,
    };
    const painted = (paint) => {
        const context = document.createElement("canvas").getContext("2d");
        const [texts, lines] = [[], []];
        context.fillText = (text, x) => texts.push([text, x, x + context.measureText(text).width]);
        context.lineTo = (x, y) => lines.push(y);
        paint(context);
        return { texts, long: lines.filter((y) => y === style.height).length };
    };
    const ranges = [[0, 3000], [0, 5000 * hour], [4000 * hour, 4000 * hour + 900], [-10, 11.2 * hour]];
    const rulers = ranges.map(([start, end]) =>
        painted((context) => paintRuler(context, { start, end, length: end - start }, style)).texts);
    const errors = (count) => Array.from({ length: count }, (_, start) => ({ start, role: "bad" }));
    const lines = [20, 21].map((count) =>
        painted((context) => paintMarks(context, errors(count), (time) => time * 9, style)).long);
    const names = [["Bash", 60], ["Bash", 40], ["coding 3", 40], ["coding 3", 200]].map(([name, width]) => {
        const box = { x: 0, y: 0, width, height: style.barHeight };
        return painted((context) => paintBar(context, { name, role: "bad", kind: "session" }, box, style)).texts[0][0];
    });
    return { rulers, lines, names };
}"""


async def test_labels_of_the_timeline_do_not_overlap(runs: Runs) -> None:
    tab = await runs.browser.load(runs.served.url)
    painted = await tab.evaluate(PAINTED)
    for labels in painted["rulers"]:
        assert len(labels) > 2
        assert labels[-1][2] <= 800
        assert all(right < left for (_, _, right), (_, left, _) in pairwise(labels))
    assert painted["rulers"][1][-1][0] == "200d"
    assert all(label.count(":") == 2 for label, _, _ in painted["rulers"][3])
    assert all(label.count(":") == 1 for label, _, _ in painted["rulers"][0])
    assert painted["lines"] == [20, 0]
    assert painted["names"] == ["✗ Bash", "✗", "✗", "✗ coding 3"]
