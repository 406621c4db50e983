// The figures of the page (web-ui.md section 7), printed as a table. Nothing is
// asserted: a busy machine has other figures. make measure-ui runs it.
import test, { after } from "node:test";
import { record, open, closeBrowser, until } from "./house.mjs";
import { serve, dial } from "./service.mjs";

const N = Number(process.env.MESSAGES ?? 100_000);
const figures = [];
after(async () => {
  await closeBrowser();
  console.log("\n| what | measured | must |\n|---|---|---|\n" + figures.map((f) => `| ${f.join(" | ")} |`).join("\n"));
});
const ms = (x) => (x < 10 ? x.toFixed(1) : Math.round(x)) + " ms";
const at = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];

// watch counts frames and long tasks from now on.
const watch = (page) => page.evaluate(() => {
  window.seen = { deltas: [], tasks: [], stop: false };
  new PerformanceObserver((l) => l.getEntries().forEach((e) => window.seen.tasks.push(e.duration))).observe({ type: "longtask" });
  let last = performance.now();
  const frame = (now) => {
    window.seen.deltas.push(now - last);
    last = now;
    if (!window.seen.stop) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
});
const stop = (page) => page.evaluate(() => { window.seen.stop = true; return { deltas: window.seen.deltas.slice(1).sort((a, b) => a - b), tasks: window.seen.tasks }; });
const busy = async (cdp) => (await cdp.send("Performance.getMetrics")).metrics.reduce((o, m) => ({ ...o, [m.name]: m.value }), {});
const rows = (page) => page.getByRole("grid", { name: "Timeline" }).locator("[role=row][data-index]");

test("a long socket", { timeout: 300_000 }, async (t) => {
  const house = await record(t);
  const service = await serve(t);
  const socket = await dial(house, service.host);
  for (let i = 0; i < N / 10_000; i++) {
    socket.send("push 10000");
    await until(() => socket.seen.length === 10_000 * (i + 1), { within: 60_000 });
  }
  socket.close();
  const total = N + N / 10_000 + 2;
  await until(async () => (await house.api("/exchanges/1/rows?n=1")).body.total >= total, { within: 60_000 });

  const page = await open(t, house);
  const began = Date.now();
  await page.goto(house.origin + "/#/x/1?tab=timeline");
  await page.reload();
  await rows(page).first().waitFor();
  figures.push([`first row of ${N} messages, cold`, ms(Date.now() - began), "< 1 s"]);

  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Performance.enable");
  await page.waitForTimeout(1000);
  const box = await page.getByRole("grid", { name: "Timeline" }).boundingBox();
  await watch(page);
  await cdp.send("Input.synthesizeScrollGesture", { x: box.x + 300, y: box.y + 300, yDistance: -60_000, speed: 8000, gestureSourceType: "mouse", preventFling: true });
  const { deltas, tasks } = await stop(page);
  const late = deltas.filter((d) => d > 25).length;
  figures.push(["scroll 60,000 px: frame p95, p99, longest", [0.95, 0.99, 1].map((q) => ms(at(deltas, q))).join(", "), "20, 34, 100 ms"]);
  figures.push(["frames dropped, long tasks, rows in the document", `${(100 * late / deltas.length).toFixed(1)} %, ${tasks.length}, ${await rows(page).count()}`, "5 %, 1, 60"]);

  for (const [name, act, want] of [["jump to 73 %", "73%", 0.73]]) {
    await page.getByRole("grid", { name: "Timeline" }).focus();
    await page.keyboard.press("g");
    await page.getByRole("dialog").getByRole("textbox").first().fill(act);
    const from = Date.now();
    await page.keyboard.press("Enter");
    await until(async () => (await rows(page).evaluateAll((all) => all.some((r) => r.textContent.includes("tick") && Number(r.dataset.index) > 1000))), { every: 5 });
    figures.push([name, ms(Date.now() - from), "150 ms"]);
    void want;
  }
});

for (const rate of [1000, 10_000]) {
  test(`live, ${rate}/s`, { timeout: 120_000 }, async (t) => {
    const house = await record(t);
    const service = await serve(t);
    const socket = await dial(house, service.host);
    socket.send("push 10");
    await until(() => socket.seen.length === 10);
    const page = await open(t, house, { hash: "#/x/1?tab=timeline" });
    await rows(page).first().waitFor();
    const cdp = await page.context().newCDPSession(page);
    await cdp.send("Performance.enable");
    const [server] = service.sockets.clients;
    await watch(page);
    const before = await busy(cdp);
    const began = Date.now();
    let n = 0;
    const beat = setInterval(() => {
      for (const due = Math.floor((Date.now() - began) * rate / 1000); n < due; n++) server.send(JSON.stringify({ event: "live", n, at: Date.now() }));
    }, 10);
    const behind = [];
    for (const end = began + 10_000; Date.now() < end;) {
      const last = await page.evaluate(() => {
        const all = [...document.querySelectorAll("[role=row][data-index]")].map((r) => r.textContent.match(/"at":(\d+)/)?.[1]).filter(Boolean).map(Number);
        return { shown: Math.max(...all), now: Date.now() };
      });
      if (Number.isFinite(last.shown)) behind.push(last.now - last.shown);
      await page.waitForTimeout(50);
    }
    clearInterval(beat);
    const after = await busy(cdp);
    const { deltas, tasks } = await stop(page);
    behind.sort((a, b) => a - b);
    figures.push([`live ${rate}/s for 10 s: shown after p50, p95`, `${ms(at(behind, 0.5))}, ${ms(at(behind, 0.95))}`, "250 ms"]);
    figures.push([`frame p95, longest task, main thread, heap`, `${ms(at(deltas, 0.95))}, ${ms(Math.max(0, ...tasks))}, ${(100 * (after.TaskDuration - before.TaskDuration) / ((Date.now() - began) / 1000)).toFixed(0)} %, ${(after.JSHeapUsedSize / 1e6).toFixed(0)} MB`, "20 ms, 100 ms, 40 %, 40 MB"]);
    socket.close();
  });
}
