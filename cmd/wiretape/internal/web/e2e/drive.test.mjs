// What the page does to the world: connections of its own, frames put into
// others, mocks, exports, notes (web-ui.md 2.8 to 2.11).
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { record, start, open, closeBrowser, until, jsonLines, WebSocket } from "./house.mjs";
import { serve, get, dial } from "./service.mjs";

after(closeBrowser);

const post = (house, path, body, method = "POST") => house.api(path, { method, body: JSON.stringify(body) });

test("compose: connect, each format is echoed, variables, the handshake the server saw, close with a code", async (t) => {
  const house = await record(t);
  const service = await serve(t);
  let closed;
  const seen = [];
  service.sockets.on("connection", (s) => {
    s.on("message", (data, binary) => seen.push(binary ? Buffer.from(data).toString("hex") : String(data)));
    s.on("close", (code, reason) => { closed = [code, String(reason)]; });
  });
  const page = await open(t, house, { hash: "#/compose" });
  await page.getByLabel("URL", { exact: true }).fill(`ws://${service.host}/ws?room=7`);
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByText("the handshake is fixed until the connection ends").waitFor();
  assert.ok(await page.getByLabel("URL", { exact: true }).isDisabled());
  const editor = page.getByRole("textbox", { name: "Message" });
  const say = async (as, text) => {
    await page.getByLabel("Format of the message").selectOption(as);
    await editor.fill(text);
    await page.getByRole("button", { name: "Send", exact: true }).last().click();
  };
  await say("json", '{"big":9223372036854775807}');
  await say("text", "héllo");
  await say("xml", "<a><b/></a>");
  await say("hex", "00 ff 7f");
  await say("base64", "SGVsbG8=");
  await until(() => seen.length === 5);
  assert.deepEqual(seen, ['{"big":9223372036854775807}', "héllo", "<a><b/></a>", "00ff7f", Buffer.from("Hello").toString("hex")]);
  await say("text", "hello {{nobody}}");
  await page.getByText(/\{\{nobody\}\} stands for nothing/).waitFor();
  assert.equal(seen.length, 5, "a message with an unknown name was sent");
  await page.getByLabel("Format of the message").selectOption("json");
  await editor.fill('{"a":\n  1,}');
  await page.getByText(/line 2/).first().waitFor();
  await page.getByRole("grid", { name: "Messages" }).locator("[role=row][data-index]").nth(1).waitFor();
  await page.getByRole("button", { name: "Close", exact: true }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Code", { exact: true }).selectOption("other");
  await dialog.getByLabel("The code").fill("4001");
  await dialog.getByLabel(/reason/i).fill("enough");
  await dialog.getByRole("button", { name: "Close it" }).click();
  await until(() => closed);
  assert.deepEqual(closed, [4001, "enough"]);
  const [x] = jsonLines(await house.cli("ls", "--json"));
  assert.equal(new URL(x.url).search, "?room=7");
  await until(async () => jsonLines(await house.cli("ls", "--json"))[0].end?.code === 4001);
});

test("compose: a refused connection says what happened and what to do, and the page goes on", async (t) => {
  const house = await record(t);
  const page = await open(t, house, { hash: "#/compose" });
  await page.getByLabel("URL", { exact: true }).fill("ws://127.0.0.1:9/ws");
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByText(/refused|cannot be reached|502/i).first().waitFor();
  await page.getByRole("button", { name: "Connect", exact: true }).waitFor();
});

test("a frame is put into a live connection, both ways, and marked", async (t) => {
  const house = await record(t);
  const service = await serve(t);
  const heard = [];
  service.sockets.on("connection", (s) => s.on("message", (data) => heard.push(String(data))));
  const socket = await dial(house, service.host);
  socket.send("a long message that is worth compressing, compressing, compressing");
  await until(() => socket.seen.length === 1);
  assert.equal((await post(house, "/exchanges/1/inject", { to: "client", opcode: "text", text: "psst client" })).status, 200);
  assert.equal((await post(house, "/exchanges/1/inject", { to: "server", opcode: "text", text: "psst server" })).status, 200);
  socket.send("and on, compressing, compressing");
  await until(() => heard.includes("and on, compressing, compressing") && socket.seen.includes("psst client") && heard.includes("psst server"));
  socket.close();
  const page = await open(t, house, { hash: "#/x/1?tab=timeline" });
  await page.getByText("psst client").first().waitFor();
  await until(async () => jsonLines(await house.cli("show", "1", "--json")).filter((m) => m.origin === "inject").length === 2);
  await page.getByText(/injected/i).first().waitFor();
});

test("a mock of what was recorded serves it again, is dropped, and reports", async (t) => {
  const house = await record(t);
  const service = await serve(t);
  const socket = await dial(house, service.host);
  socket.send('{"op":"hi","id":"a1b2c3d4"}');
  await until(() => socket.seen.length === 1);
  socket.close();
  await until(async () => jsonLines(await house.cli("ls", "--json"))[0]?.state === "done");
  service.server.close();
  const made = await post(house, "/replays", { exchanges: [1], speed: "max" });
  assert.equal(made.status < 300, true, JSON.stringify(made.body));
  const { replay, ws_url, url } = made.body;
  const base = ws_url ?? url.replace(/^http/, "ws");
  const client = new WebSocket(base.replace(/\/$/, "") + "/ws");
  const answers = [];
  client.on("message", (d) => answers.push(String(d)));
  await new Promise((done, fail) => { client.once("open", done); client.once("error", fail); });
  client.send('{"op":"hi","id":"e5f6a7b8"}');
  await until(() => answers.length === 1);
  assert.equal(answers[0], '{"op":"hi","id":"e5f6a7b8"}');
  const ended = new Promise((done) => client.once("close", done));
  assert.ok((await post(house, `/replays/${replay}/drop`, { how: "close", code: 4000 })).status < 300);
  assert.equal(await ended, 4000);
  const page = await open(t, house, { hash: "#/replay/" + replay });
  await page.getByText(new URL(base.replace(/^ws/, "http")).host).first().waitFor();
  assert.ok((await house.api("/replays/" + replay, { method: "DELETE" })).status < 300);
  const report = (await house.api(`/replays/${replay}/report`)).body;
  assert.equal(report.divergences.length, 0, JSON.stringify(report));
});

test("an export's preview names what the archive does not hold", async (t) => {
  const house = await record(t);
  const service = await serve(t);
  await get(house, service.host, "/json?token=SECRETSECRETSECRET", { authorization: "Bearer TOPSECRETTOPSECRET" });
  const page = await open(t, house, { hash: "#/export" });
  await page.getByText(/authorization/i).first().waitFor();
  const dry = (await post(house, "/exports", { exchanges: [1], format: "har", redact: true, dry_run: true })).body;
  assert.ok(dry.items.length > 0, JSON.stringify(dry));
  const { ticket } = (await post(house, "/exports", { exchanges: [1], format: "har", redact: true })).body;
  const har = await (await fetch(house.origin + ticket)).text();
  assert.ok(!har.includes("TOPSECRET") && !har.includes("SECRETSECRET"), "a secret is in the archive");
  assert.equal(JSON.parse(har).log.entries.length, 1);
});

test("notes stay, and the page of an endpoint can be shared without scripts", async (t) => {
  const house = await record(t);
  const service = await serve(t);
  const socket = await dial(house, service.host);
  socket.send('{"op":"hi"}');
  await until(() => socket.seen.length === 1);
  socket.close();
  const page = await open(t, house, { hash: "#/docs" });
  const [endpoint] = await until(async () => { const { items } = (await house.api("/endpoints")).body; return items.length && items; });
  assert.ok((await post(house, "/endpoints/" + endpoint.key, { title: "Prices", status: "testing", owner: "ann", tags: ["x"], description: "**bold** [l](https://a.test)" }, "PUT")).status < 300);
  await page.evaluate((k) => { location.hash = "#/docs/" + k; }, endpoint.key);
  await page.getByText("Prices").first().waitFor();
  assert.equal(jsonLines(await house.cli("ls", "--json")).length, 1);
  const html = await house.cli("export", "--format", "html");
  assert.ok(html.includes("Prices") && html.includes("<strong>bold</strong>") && !/<script/i.test(html));
});

test("a diff, a HAR opened with ui, and a rule that never ends", async (t) => {
  const house = await record(t);
  const service = await serve(t);
  for (let i = 0; i < 2; i++) await get(house, service.host, "/sse?n=" + (3 + i));
  const page = await open(t, house, { hash: "#/diff/1,2" });
  await page.getByText(/tick/).first().waitFor();
  const { body } = await house.api("/diff?a=1&b=2");
  assert.equal(body.equal, false);
  const rule = await post(house, "/merge/preview", { exchange: 1, script: "for (;;) {}" });
  assert.match(JSON.stringify(rule.body), /took more than/);
  await writeFile(join(house.dir, "x.har"), await house.cli("export"));
  const ui = await start(house.dir, ["ui", "x.har"]);
  t.after(() => ui.stop());
  const other = await open(t, ui);
  await until(async () => (await other.getByRole("grid", { name: "Exchanges" }).locator("[role=row][data-index]").count()) === 2);
});
