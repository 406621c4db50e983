// The list of exchanges and the timeline of one (web-ui.md 2.1 to 2.4).
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { record, start, open, closeBrowser, until, jsonLines } from "./house.mjs";
import { serve, get, dial } from "./service.mjs";

after(closeBrowser);

const rows = (page, label) => page.getByRole("grid", { name: label }).locator("[role=row][data-index]");
const indexes = (page, label) => rows(page, label).evaluateAll((all) => all.map((r) => Number(r.dataset.index)).sort((a, b) => a - b));

test("an exchange is listed as soon as it begins, and its end is shown", async (t) => {
  const house = await record(t);
  const service = await serve(t);
  const page = await open(t, house);
  await page.getByText("Waiting for the first request").waitFor();
  const socket = await dial(house, service.host);
  const line = rows(page, "Exchanges").first();
  await line.waitFor({ timeout: 3000 });
  await until(async () => /\/ws[\s\S]*open/i.test(await line.innerText()));
  socket.send("close 4001");
  await until(async () => /4001/.test(await line.innerText()));
});

test("a filter finds what ls finds; a wrong one keeps the last result", async (t) => {
  const house = await record(t);
  const service = await serve(t);
  for (const path of ["/json?a", "/sse?n=2", "/json?b", "/ndjson?n=2"]) await get(house, service.host, path);
  const page = await open(t, house);
  await until(async () => (await rows(page, "Exchanges").count()) === 4);
  const field = page.getByRole("combobox", { name: "Filter the exchanges" });
  await field.fill("kind:http");
  await field.press("Enter");
  await until(async () => (await rows(page, "Exchanges").count()) === 2);
  const shown = await rows(page, "Exchanges").evaluateAll((all) => all.map((r) => Number(r.querySelector("[role=gridcell]").textContent)).sort());
  assert.deepEqual(shown, jsonLines(await house.cli("ls", "--json", "--filter", "kind:http")).map((x) => x.id));
  await field.fill("status>=");
  await field.press("Enter");
  await page.getByRole("alert").first().waitFor();
  assert.equal(await rows(page, "Exchanges").count(), 2);
});

test("the rows of a socket, of events and of records are those of show", async (t) => {
  const house = await record(t);
  const service = await serve(t);
  const socket = await dial(house, service.host);
  for (const text of ["hello", '{"op":"login","id":9223372036854775807}', "push 20"]) socket.send(text);
  socket.send(Buffer.from([0, 1, 2, 255]));
  await until(() => socket.seen.length === 23);
  socket.close(1000, "bye");
  await get(house, service.host, "/sse?n=7");
  await get(house, service.host, "/ndjson?n=6");
  await until(async () => jsonLines(await house.cli("ls", "--json")).every((x) => x.state === "done"));
  const page = await open(t, house);
  for (const { id, kind } of jsonLines(await house.cli("ls", "--json"))) {
    const want = jsonLines(await house.cli("show", String(id), "--json")).slice(1);
    await page.evaluate((h) => { location.hash = h; }, `#/x/${id}?tab=timeline`);
    await until(async () => (await rows(page, "Timeline").count()) === want.length, { what: `${want.length} rows of ${kind}` });
    const api = (await house.api(`/exchanges/${id}/rows?level=messages&n=1000`)).body.rows;
    assert.deepEqual(api.map(({ seq, dir, t_ns }) => ({ seq, dir, t_ns })), want.map(({ seq, dir, t_ns }) => ({ seq, dir, t_ns })), kind);
    const first = await rows(page, "Timeline").first().innerText();
    assert.ok(first.includes((want[0].text ?? want[0].data).slice(0, 20)), first);
  }
});

test("scrolled up, the view does not move; End follows; a pause counts", async (t) => {
  const house = await record(t);
  const service = await serve(t);
  const socket = await dial(house, service.host);
  socket.send("push 500");
  await until(() => socket.seen.length === 500);
  const page = await open(t, house, { hash: "#/x/1?tab=timeline" });
  await rows(page, "Timeline").first().waitFor();
  await until(async () => (await indexes(page, "Timeline")).includes(500));
  await page.getByRole("grid", { name: "Timeline" }).hover();
  await page.mouse.wheel(0, -2000);
  await page.waitForTimeout(300);
  const before = await indexes(page, "Timeline");
  assert.ok(!before.includes(500), "still at the end");
  socket.send("push 1000");
  await until(() => socket.seen.length === 1500);
  await page.getByRole("button", { name: /new$/ }).waitFor();
  await page.waitForTimeout(500);
  assert.deepEqual(await indexes(page, "Timeline"), before, "the view moved");
  await page.getByRole("grid", { name: "Timeline" }).focus();
  await page.keyboard.press("End");
  await until(async () => (await indexes(page, "Timeline")).includes(1501), { what: "the end" });
  await page.getByRole("button", { name: "Pause" }).click();
  socket.send("push 300");
  await page.getByText(/30[01] behind/).waitFor();
  socket.close();
});

test("find counts what is there and steps through it", async (t) => {
  const house = await record(t);
  const service = await serve(t);
  const socket = await dial(house, service.host);
  socket.send("push 2000");
  await until(() => socket.seen.length === 2000);
  socket.close();
  const hits = jsonLines(await house.cli("show", "1", "--json")).filter((m) => m.text?.includes('"n":123'));
  const page = await open(t, house, { hash: "#/x/1?tab=timeline" });
  await rows(page, "Timeline").first().waitFor();
  await page.getByRole("grid", { name: "Timeline" }).focus();
  await page.keyboard.press("Control+f");
  const field = page.getByLabel("Find in the rows");
  await field.waitFor({ timeout: 5000 });
  await field.pressSequentially('"n":123');
  await page.getByText(`${hits.length} matches`, { exact: true }).first().waitFor({ timeout: 10_000 });
  await field.press("Enter");
  await page.getByText(`1 of ${hits.length} matches`).first().waitFor({ timeout: 10_000 });
  await page.waitForURL(new RegExp(`/m/${hits[0].seq}\\b`));
  await field.press("Shift+Enter");
  await page.waitForURL(new RegExp(`/m/${hits.at(-1).seq}\\b`));
});

test("details show a payload as the command line does: 19 digits, all bytes", async (t) => {
  const house = await record(t);
  const service = await serve(t);
  const socket = await dial(house, service.host);
  socket.send('{"id":9223372036854775807,"dup":1,"dup":2,"f":1.50}');
  socket.send(Buffer.from(Array.from({ length: 256 }, (_, i) => i)));
  await until(() => socket.seen.length === 2);
  socket.close();
  const page = await open(t, house, { hash: "#/x/1/m/1?tab=timeline" });
  const pane = page.getByRole("region", { name: /detail/i }).or(page.locator(".detail"));
  await pane.getByText("9223372036854775807").first().waitFor();
  const views = (await house.api("/exchanges/1/rows/1/view?as=json&n=100")).body;
  assert.equal(views.text.join("\n").trim(), (await house.cli("show", "1", "--message", "1", "--as", "json")).trim());
  const sent = jsonLines(await house.cli("show", "1", "--json")).slice(1).find((m) => m.opcode === 2);
  const hex = (await house.api(`/exchanges/1/rows/${sent.seq}/view?as=hex&n=100`)).body;
  assert.equal(hex.text.join("\n").trim(), (await house.cli("show", "1", "--message", String(sent.seq), "--as", "hex")).trim());
});

test("a model's answer is merged as show merges it, its reasoning apart, while it grows", async (t) => {
  const house = await record(t);
  const service = await serve(t);
  const page = await open(t, house);
  const answer = get(house, service.host, "/llm?n=40&every=50");
  await rows(page, "Exchanges").first().waitFor();
  await page.evaluate(() => { location.hash = "#/x/1?tab=merged"; });
  await page.getByText("word3").first().waitFor();
  assert.equal(await page.getByText("word39").count(), 0, "the answer was shown only when it was whole");
  await page.getByText(/word39/).first().waitFor();
  await answer;
  await page.getByText("Let me think.").first().waitFor();
  const want = JSON.parse(await house.cli("show", "1", "--merge", "--json"));
  const { body } = await house.api("/exchanges/1/merge");
  assert.deepEqual(body.items?.[0] ?? body, want);
});

test("links, back and forward", async (t) => {
  const house = await record(t);
  const service = await serve(t);
  await get(house, service.host, "/json");
  await get(house, service.host, "/sse");
  const page = await open(t, house);
  await rows(page, "Exchanges").nth(1).waitFor();
  await rows(page, "Exchanges").nth(1).click();
  await page.waitForURL(/#\/x\/2/);
  await page.goBack();
  await rows(page, "Exchanges").first().waitFor();
  await page.goForward();
  await page.waitForURL(/#\/x\/2/);
  assert.ok(!page.url().includes(house.token));
});

test("a recorder that is killed and comes back: what was read stays, no row twice", async (t) => {
  const house = await record(t);
  const service = await serve(t);
  const socket = await dial(house, service.host);
  socket.send("push 50");
  await until(() => socket.seen.length === 50);
  const page = await open(t, house, { hash: "#/x/1?tab=timeline" });
  await until(async () => (await indexes(page, "Timeline")).includes(50));
  await house.kill();
  await page.getByText(/does not answer/).first().waitFor({ timeout: 15_000 });
  assert.ok((await indexes(page, "Timeline")).includes(50), "the rows are gone");
  const ui = await start(house.dir, ["ui", "-t", "x.tape"]);
  t.after(() => ui.stop());
  const again = await open(t, ui, { hash: "#/x/1?tab=timeline" });
  await rows(again, "Timeline").first().waitFor();
  assert.equal((await ui.api("/exchanges/1/rows?n=1000")).body.total, 51);
});

test("seven tabs all answer", async (t) => {
  const house = await record(t);
  const service = await serve(t);
  await get(house, service.host, "/json");
  const page = await open(t, house);
  for (let i = 0; i < 6; i++) {
    const tab = await page.context().newPage();
    await tab.goto(house.origin + "/#/x");
    await rows(tab, "Exchanges").first().waitFor({ timeout: 10_000 });
  }
});
