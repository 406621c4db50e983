// Who may see the page and what on it may act (web-ui.md section 4).
import test, { after } from "node:test";
import assert from "node:assert/strict";
import { request, createServer } from "node:http";
import { networkInterfaces } from "node:os";
import { record, open, browser, closeBrowser, until, jsonLines } from "./house.mjs";
import { serve, get, dial } from "./service.mjs";

after(closeBrowser);

const hostile = `"><img src=x onerror="window.hit=1"><script>window.hit=1</script>\u202e{{7*7}}`;

// raw asks with whatever Host and headers one likes.
const raw = (port, path, headers, method = "GET") => new Promise((done, fail) => {
  const r = request({ host: "127.0.0.1", port, path, method, headers }, (res) => { res.resume(); res.on("end", () => done(res)); });
  r.on("error", fail);
  r.end();
});

test("the link of the ready line opens the page; the token leaves the address and stays for the next tab", async (t) => {
  const house = await record(t);
  const page = await open(t, house);
  assert.ok(!page.url().includes(house.token), page.url());
  const tab = await page.context().newPage();
  await tab.goto(house.origin + "/");
  await tab.getByRole("navigation").first().waitFor();
  assert.equal(await tab.getByText(/link/i).filter({ hasText: /token|ready/i }).count(), 0, "the second tab asks for the link");
});

test("without the token the page asks for the link and shows nothing", async (t) => {
  const house = await record(t);
  const page = await (await browser(t)).newPage();
  t.after(() => page.close());
  await page.goto(house.origin + "/#t=wrong");
  await page.getByText(/link/i).first().waitFor();
  assert.equal((await fetch(house.origin + "/api/v1/state", { headers: { authorization: "Bearer wrong" } })).status, 401);
  assert.equal((await fetch(house.origin + "/api/v1/state")).status, 401);
});

test("foreign names, origins and sites are refused", async (t) => {
  const house = await record(t);
  const { port, host } = new URL(house.origin);
  const authorization = "Bearer " + house.token;
  const status = async (headers, path = "/api/v1/state") => (await raw(port, path, { host, authorization, ...headers })).statusCode;
  assert.equal(await status({}), 200);
  for (const name of ["evil.test:" + port, "127.0.0.1", "127.0.0.1:1", "localhost.evil.test:" + port]) {
    assert.equal(await status({ host: name }), 421, name);
    assert.equal(await status({ host: name }, "/"), 421, name + " /");
  }
  for (const origin of ["http://evil.test", "null", `http://127.0.0.1:${Number(port) + 1}`, `https://${host}`]) {
    assert.equal(await status({ origin }), 403, origin);
  }
  assert.equal(await status({ "sec-fetch-site": "cross-site" }), 403);
  assert.equal(await status({ "sec-fetch-site": "same-site" }), 403);
  const res = await raw(port, "/api/v1/state", { host, authorization });
  assert.equal(res.headers["access-control-allow-origin"], undefined);
  assert.equal(res.headers["set-cookie"], undefined);
  assert.match((await raw(port, "/", { host })).headers["content-security-policy"], /default-src 'none'.*require-trusted-types-for 'script'/);
});

test("a page on another port reads nothing", async (t) => {
  const house = await record(t);
  const other = createServer((_, res) => res.setHeader("content-type", "text/html").end("<title>other</title>"));
  await new Promise((done) => other.listen(0, "127.0.0.1", done));
  t.after(() => other.close());
  const page = await (await browser(t)).newPage();
  t.after(() => page.close());
  await page.goto(`http://127.0.0.1:${other.address().port}/`);
  const read = await page.evaluate(async ([origin, token]) => {
    const out = [];
    for (const init of [{}, { headers: { authorization: "Bearer " + token } }, { mode: "no-cors" }]) {
      try { out.push(await (await fetch(origin + "/api/v1/state", init)).text()); } catch { out.push(""); }
    }
    const frame = document.createElement("iframe");
    frame.src = origin + "/";
    document.body.append(frame);
    await new Promise((done) => { frame.onload = done; setTimeout(done, 1000); });
    try { out.push(frame.contentDocument?.body?.textContent ?? ""); } catch { out.push(""); }
    return out;
  }, [house.origin, house.token]);
  assert.deepEqual(read.map((s) => s.trim()), ["", "", "", ""]);
});

test("the page is not to be reached through the proxy, by any name", async (t) => {
  const house = await record(t);
  const { port } = new URL(house.origin);
  const proxy = new URL(house.proxy);
  const own = Object.values(networkInterfaces()).flat().filter((a) => a.family === "IPv4").map((a) => a.address);
  const names = ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "127.1", "0.0.0.0", ...own];
  for (const name of names) {
    const host = `${name}:${port}`;
    const res = await new Promise((done, fail) => {
      const r = request({ host: proxy.hostname, port: proxy.port, path: `http://${host}/api/v1/state`, headers: { host, authorization: "Bearer " + house.token } }, (res) => { res.resume(); done(res); });
      r.on("error", fail);
      r.end();
    });
    assert.ok(res.statusCode >= 400, `${host}: ${res.statusCode}`);
  }
});

test("hostile payloads, heads, ids and notes are shown and do nothing, in every view", async (t) => {
  const house = await record(t);
  const service = await serve(t);
  const socket = await dial(house, service.host, "/ws?q=" + encodeURIComponent(hostile), { headers: { "x-evil": "<img src=x onerror=alert(1)>" } });
  for (const text of [hostile, JSON.stringify({ [hostile]: hostile }), `<a href="javascript:alert(1)">x</a>`]) socket.send(text);
  await until(() => socket.seen.length === 3);
  await get(house, service.host, "/html?" + encodeURIComponent(hostile));
  await get(house, service.host, "/sse?n=3");
  socket.close();
  const list = await until(async () => { const l = jsonLines(await house.cli("ls", "--json")); return l.length === 3 && l; });
  for (const x of list) {
    assert.equal((await house.api(`/exchanges/${x.id}`, { method: "PATCH", body: JSON.stringify({ note: `[x](javascript:alert(1)) ${hostile} ![i](http://evil.test/i.png)`, tags: ["<b>t</b>"] }) })).status, 200);
  }
  const page = await open(t, house);
  const views = ["#/x", "#/compose", "#/replay", "#/docs", "#/setup", "#/diff/1,2", "#/export", "#/rules?x=1"];
  for (const x of list) for (const tab of ["overview", "request", "response", "timeline", "pairs", "merged", "stats", "notes"]) views.push(`#/x/${x.id}?tab=${tab}`);
  views.push(`#/x/${list[0].id}/m/1?tab=timeline`, `#/x/${list[0].id}/m/2?tab=timeline`, `#/x/${list[0].id}/m/3?tab=timeline`);
  for (const hash of views) {
    await page.evaluate((h) => { location.hash = h; }, hash);
    await page.waitForTimeout(150);
    assert.equal(await page.evaluate(() => window.hit), undefined, hash);
    assert.equal(await page.locator("a[href^='javascript'], img[src^='http'], main script").count(), 0, hash);
  }
});

test("a page that was recorded runs and loads nothing in its preview", async (t) => {
  const house = await record(t);
  const service = await serve(t);
  let leaked = 0;
  service.server.on("request", (req) => { if (req.url.includes("leak") || req.url === "/x") leaked++; });
  await get(house, service.host, "/html");
  const { body } = await until(async () => { const r = await house.api("/tickets", { method: "POST", body: JSON.stringify({ for: "preview", exchange: 1, side: "response" }) }); return r.status === 200 && r; });
  const page = await (await browser(t)).newPage();
  t.after(() => page.close());
  await page.goto(house.origin + body.path);
  await page.getByText("Hi").waitFor();
  assert.notEqual(await page.title(), "ran");
  assert.equal(leaked, 0);
  assert.ok((await fetch(house.origin + body.path)).status >= 400, "the ticket is good for one time only");
});
