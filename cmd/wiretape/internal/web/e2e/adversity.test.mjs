// What goes wrong: each is said where it happens, and the page goes on.
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { connect } from "node:net";
import { record, start, open, closeBrowser, until } from "./house.mjs";
import { serve, get, dial } from "./service.mjs";

after(closeBrowser);

const go = (page, hash) => page.evaluate((h) => { location.hash = h; }, hash);

// refuse makes a client that hangs up as soon as it sees the certificate.
async function refuse(house) {
  const { hostname, port } = new URL(house.proxy);
  const socket = connect(Number(port), hostname);
  socket.write("CONNECT api.test:443 HTTP/1.1\r\nHost: api.test:443\r\n\r\n");
  await new Promise((done) => socket.once("data", done));
  const { connect: secure } = await import("node:tls");
  await new Promise((done) => secure({ socket, servername: "api.test" }).on("error", done));
}

test("invalid JSON, rows that are not there and tunnels are told as such", async (t) => {
  const house = await record(t);
  const service = await serve(t);
  const socket = await dial(house, service.host);
  for (const text of ['{"bad": json,', "family 👩‍👩‍👧 a\u200db"]) socket.send(text);
  await until(() => socket.seen.length === 2);
  socket.close();
  await refuse(house);
  await until(async () => (await house.api("/exchanges")).body.total === 2);

  const page = await open(t, house, { hash: "#/x/1/m/1" });
  await page.getByRole("button", { name: "JSON", exact: true }).click();
  await page.getByText(/line 1, column 9: .*not valid JSON/).waitFor();
  await go(page, "#/x/1/m/99");
  await page.getByText("There is no row 99").waitFor();
  const joined = page.getByRole("grid", { name: "Timeline" }).locator("[role=row]", { hasText: "family" }).first();
  assert.match(await joined.textContent(), /👩‍👩‍👧 aU\+200Db/, "what joins emoji is drawn with them, what hides is shown");

  await go(page, "#/x/2");
  await page.getByText("client refused our certificate").first().waitFor();
  assert.equal(await page.getByText("Open in Compose").count() + await page.getByText("Copy as").count(), 0);
  assert.doesNotMatch(await page.locator("h1.mono").textContent(), /443\//);

  const asked = [];
  page.on("request", (r) => asked.push(r.url()));
  await go(page, "#/x/abc");
  await page.getByText("There is no exchange abc on this tape").waitFor();
  await go(page, "#/x");
  await page.getByRole("grid", { name: "Exchanges" }).waitFor();
  assert.deepEqual(asked.filter((url) => /feed.*NaN/.test(url)), [], "the feed is asked for what is no exchange");
});

test("a file that is dropped on the list is imported, its defects are named", async (t) => {
  const house = await record(t);
  const page = await open(t, house, { hash: "#/x" });
  await page.locator(".exchanges").waitFor();
  const drop = (name, text) => page.evaluate(([name, text]) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([text], name));
    document.querySelector(".exchanges").dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
  }, [name, text]);
  await drop("bad.har", "{not a har");
  await page.getByRole("dialog").getByRole("alert").filter({ hasText: "byte 1" }).waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
  await drop("half.har", JSON.stringify({ log: { version: "1.2", creator: { name: "x", version: "1" }, entries: [{ startedDateTime: "nope", request: { method: "GET", url: "http://a.test/b" } }] } }));
  await page.getByRole("dialog").getByText("1 exchange in 1 session read").waitFor();
  await page.getByRole("dialog").getByText(/entry 0: startedDateTime "nope" is no date/).waitFor();
});

test("when the recorder is killed the page says so, and its other views still open", async (t) => {
  const house = await record(t);
  const service = await serve(t);
  await get(house, service.host, "/sse?n=3");
  const page = await open(t, house, { hash: "#/x" });
  await page.getByRole("grid", { name: "Exchanges" }).locator("[data-index]").first().waitFor();
  await until(() => page.evaluate(() => performance.getEntriesByName(location.origin + "/views/setup.js").length > 0 && performance.getEntriesByName(location.origin + "/views/rowmenu.js").length > 0));
  await house.kill();
  await page.getByText("wiretape does not answer. What is here stays").waitFor();
  await page.getByText("no answer").waitFor();
  assert.equal(await page.getByText("recording", { exact: true }).count(), 0);
  await go(page, "#/compose");
  await page.getByLabel("URL").waitFor();
  await go(page, "#/x/1");
  await page.getByText("It may have ended. Start it again").waitFor();
});

test("a page on another's recording shows how its sockets ended with it", async (t) => {
  const house = await record(t);
  const service = await serve(t);
  const socket = await dial(house, service.host);
  socket.on("error", () => {});
  socket.send("hello");
  await until(() => socket.seen.length === 1);
  const ui = await start(house.dir, ["ui"]);
  t.after(() => ui.stop());
  const page = await open(t, ui, { hash: "#/x/1?tab=timeline" });
  await page.locator(".exhead").getByText("open", { exact: true }).waitFor();
  await house.stop();
  await page.locator(".topbar").getByText("ended").waitFor();
  await page.locator(".exhead").getByText("open", { exact: true }).waitFor({ state: "detached" });
});

test("a second click on Connect ends nothing", async (t) => {
  const house = await record(t);
  const service = await serve(t);
  const page = await open(t, house, { hash: "#/compose" });
  await page.getByLabel("URL").fill(`ws://${service.host}/ws`);
  const connect = page.getByRole("button", { name: "Connect", exact: true });
  const { x, y, width, height } = await connect.boundingBox();
  await connect.click();
  await page.getByText("Connected: the handshake is fixed").waitFor();
  await page.mouse.click(x + width / 2, y + height / 2);
  await page.getByRole("dialog", { name: /close the connection/i }).waitFor();
});

test("the set-up page asks through the proxy and says what came of it", async (t) => {
  const house = await record(t);
  const service = await serve(t);
  const page = await open(t, house, { hash: "#/setup" });
  await page.getByLabel("URL to ask for").fill("http://127.0.0.1:1/");
  await page.getByRole("button", { name: "Ask from here" }).click();
  await page.getByText("connection refused").first().waitFor();
  await page.getByLabel("URL to ask for").fill(`http://${service.host}/json`);
  await page.getByRole("button", { name: "Ask from here" }).click();
  await page.getByText("The proxy works: the server answered 200").waitFor();
  const code = await page.evaluate(async () => (await import("/views/copymenu.js")).asGo({ kind: "websocket", url: "wss://h/ws?token=abc", request: { headers: [["Authorization", "Bearer s3cret"], ["X-A", 'b"c'], ["Sec-WebSocket-Protocol", "p"]] } }));
  assert.equal(code, `header := http.Header{}
header.Add("Authorization", "Bearer " + os.Getenv("AUTHORIZATION"))
header.Add("X-A", "b\\"c")
conn, _, err := websocket.Dial(ctx, "wss://h/ws?" + "token=" + os.Getenv("TOKEN"), &websocket.DialOptions{HTTPHeader: header, Subprotocols: []string{"p"}})`);
});

test("an empty list names the term that takes the most away", async (t) => {
  const house = await record(t);
  const service = await serve(t);
  await get(house, service.host, "/json");
  await until(async () => (await house.api("/exchanges")).body.total === 1);
  const page = await open(t, house, { hash: "#/x?filter=" + encodeURIComponent("kind:http host:nowhere") });
  await page.getByRole("button", { name: "Without host:nowhere: 1 exchange" }).click();
  await page.getByRole("grid", { name: "Exchanges" }).locator("[data-index]").first().waitFor();
});

test("two tabs save connections, and one file takes them to another tape", async (t) => {
  const house = await record(t);
  const page = await open(t, house, { hash: "#/compose" });
  const other = await page.context().newPage();
  await other.goto(house.origin + "/#/compose");
  const save = async (tab, name) => {
    if (await tab.getByRole("complementary", { name: "Saved" }).count() === 0) await tab.getByRole("button", { name: "Saved connections" }).click();
    await tab.getByRole("textbox", { name: "URL" }).fill(`ws://${name}.test/`);
    await tab.getByRole("button", { name: "Save the connection" }).first().click();
    await tab.getByRole("dialog").getByRole("button", { name: "Keep" }).click();
  };
  await other.getByRole("textbox", { name: "URL" }).waitFor();
  await save(page, "first");
  await page.getByRole("button", { name: "first.test/", exact: true }).waitFor();
  await save(other, "second");
  await other.getByText("another tab or program has saved something").waitFor();
  await other.getByRole("button", { name: "first.test/", exact: true }).waitFor();
  await save(other, "second");
  await other.getByRole("button", { name: "second.test/", exact: true }).waitFor();
  const [file] = await Promise.all([other.waitForEvent("download"), other.getByRole("button", { name: "Save as a file" }).click()]);

  const next = await open(t, await record(t), { hash: "#/compose" });
  await next.getByRole("button", { name: "Saved connections" }).click();
  await next.locator(".collection input[type=file]").setInputFiles(await file.path());
  await next.getByRole("button", { name: "second.test/", exact: true }).waitFor();
  await next.getByRole("button", { name: "first.test/", exact: true }).waitFor();
});

test("a long message is shown to its last line, however long formatting takes", async (t) => {
  const house = await record(t);
  const service = await serve(t);
  const socket = await dial(house, service.host, "/ws", { perMessageDeflate: false });
  socket.send(JSON.stringify(Array.from({ length: 400_000 }, (_, i) => ({ i, text: "twenty bytes of text" }))));
  await until(() => socket.seen.length === 1);
  const page = await open(t, house, { hash: "#/x/1/m/1" });
  const lines = page.getByRole("grid", { name: /Payload as json/ });
  await lines.locator("[data-index]").first().waitFor();
  await until(async () => {
    await lines.focus();
    await page.keyboard.press("End");
    return (await lines.locator("[data-index]").last().textContent()).endsWith("]");
  });
});
