// Every screen: read by axe in both themes, empty and full, at 320 px and by
// keyboard alone. With SCREENSHOTS=FOLDER the main ones are kept as pictures.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { join } from "node:path";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { record, run, start, open, closeBrowser, axeSource, until } from "./house.mjs";
import { serve, get, dial } from "./service.mjs";

after(closeBrowser);

const screens = ["#/x", "#/x/1?tab=overview", "#/x/1?tab=request", "#/x/1?tab=response", "#/x/1?tab=timeline", "#/x/1/m/2?tab=timeline", "#/x/1?tab=pairs",
  "#/x/2?tab=merged", "#/x/1?tab=stats", "#/x/1?tab=notes", "#/compose", "#/replay", "#/docs", "#/diff/1,3", "#/export", "#/rules?x=2", "#/setup"];

async function filled(t) {
  const house = await record(t);
  const service = await serve(t);
  const socket = await dial(house, service.host, "/ws?token=abc");
  for (const text of ['{"op":"login","args":[{"key":"k"}]}', '{"id":1,"op":"order","px":"42.5"}', "ping", "push 30"]) socket.send(text);
  await until(() => socket.seen.length === 33);
  socket.close(1000, "bye");
  await get(house, service.host, "/llm?n=30");
  await dial(house, service.host).then((s) => s.close());
  await get(house, service.host, "/json");
  return house;
}

async function settle(page, hash) {
  await page.evaluate((h) => { location.hash = h; }, hash);
  await page.waitForTimeout(400);
}

for (const theme of ["light", "dark"]) {
  for (const full of [false, true]) {
    test(`axe finds nothing: ${theme}, ${full ? "full" : "empty"}`, async (t) => {
      const house = full ? await filled(t) : await record(t);
      const page = await open(t, house, { colorScheme: theme, bypassCSP: false });
      const found = [];
      for (const hash of full ? screens : screens.filter((s) => !s.startsWith("#/x/") && !s.startsWith("#/diff"))) {
        await settle(page, hash);
        await page.evaluate(axeSource());
        const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
        for (const v of violations) found.push(`${hash} ${v.id}: ${v.nodes.map((n) => n.target.join(" ") + " " + (n.any[0]?.message ?? "")).slice(0, 3).join(" | ")}`);
      }
      assert.deepEqual(found, []);
    });
  }
}

test("no screen is wider than 320 px", async (t) => {
  const house = await filled(t);
  const page = await open(t, house, { viewport: { width: 320, height: 640 } });
  const wide = [];
  for (const hash of screens) {
    await settle(page, hash);
    const w = await page.evaluate(() => document.documentElement.scrollWidth);
    if (w > 320) wide.push(`${hash}: ${w}`);
  }
  assert.deepEqual(wide, []);
});

test("from the list to a message's bytes by keyboard alone", async (t) => {
  const house = await filled(t);
  const page = await open(t, house);
  await page.getByRole("grid", { name: "Exchanges" }).locator("[role=row][data-index]").first().waitFor();
  await page.getByRole("grid", { name: "Exchanges" }).focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  await page.keyboard.press("Enter");
  await page.waitForURL(/#\/x\/1/);
  await page.getByRole("tab", { name: /timeline|messages/i }).first().focus();
  await page.keyboard.press("Enter");
  await page.getByRole("grid", { name: "Timeline" }).focus();
  await page.keyboard.press("j");
  await page.waitForURL(/\/m\/\d+/);
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.type("set-up");
  await page.keyboard.press("Enter");
  await page.waitForURL(/#\/setup/);
});

test("directions differ without colour", async (t) => {
  const house = await filled(t);
  const page = await open(t, house, { hash: "#/x/1?tab=timeline" });
  const all = page.getByRole("grid", { name: "Timeline" }).locator("[role=row][data-index]");
  await all.nth(6).waitFor();
  const words = await all.evaluateAll((rows) => rows.map((r) => r.textContent));
  assert.ok(words.some((w) => /sent|send/i.test(w)) && words.some((w) => /receive/i.test(w)), words.join("\n"));
});

// The pictures of the README and the docs: the tape of the demonstration.
const pictures = process.env.SCREENSHOTS;
test("pictures of the main screens", { skip: !pictures && "SCREENSHOTS is not set" }, async (t) => {
  const dir = await mkdtemp(join(tmpdir(), "wiretape-e2e-"));
  await run(dir, "demo", "--dir", dir);
  const house = await start(dir, ["ui", "demo.tape"]);
  t.after(async () => {
    await house.stop();
    await rm(dir, { recursive: true, force: true });
  });
  const shown = [["exchanges", "#/x", "light"], ["timeline", "#/x/4/m/5?tab=timeline", "light"], ["timeline-dark", "#/x/4/m/5?tab=timeline", "dark"], ["merged", "#/x/2?tab=merged", "light"],
    ["pairs", "#/x/4?tab=pairs", "light"], ["stats", "#/x/4?tab=stats", "light"], ["compose", "#/compose?from=4", "light"], ["docs", "#/docs", "light"], ["export", "#/export", "light"], ["replay", "#/replay", "dark"]];
  for (const [name, hash, colorScheme] of shown) {
    const page = await open(t, house, { colorScheme });
    await settle(page, hash);
    await page.waitForTimeout(500);
    await page.screenshot({ path: join(pictures, name + ".png") });
  }
});
