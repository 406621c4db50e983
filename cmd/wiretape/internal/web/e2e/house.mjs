// What every browser test needs: the recorder in a process of its own, a
// service to record, a browser, and the page of the recorder in it.
import { spawn, execFile } from "node:child_process";
import { createRequire } from "node:module";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const require = createRequire(join(process.env.WIRETAPE_NPM, "package.json"));
export const { chromium } = require("playwright-core");
export const { WebSocket, WebSocketServer } = require("ws");
export const { HttpsProxyAgent } = require("https-proxy-agent");
export const axeSource = () => require("fs").readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const env = { ...process.env, WIRETAPE_TEST_MAIN: "1", WIRETAPE_TAPE: "x.tape" };

// record starts a recorder; it ends with the test.
export async function record(t, ...args) {
  const dir = await mkdtemp(join(tmpdir(), "wiretape-e2e-"));
  const house = await start(dir, ["record", "-l", "127.0.0.1:0", "--ca-dir", "ca", ...args]);
  t.after(async () => {
    await house.stop();
    await rm(dir, { recursive: true, force: true });
  });
  return house;
}

// run runs wiretape in dir to its end and returns what it prints.
export const run = async (dir, ...args) =>
  (await promisify(execFile)(process.env.WIRETAPE_BIN, args, { cwd: dir, env, maxBuffer: 1 << 30 })).stdout;

// start runs wiretape in dir until its ready line.
export async function start(dir, args) {
  const child = spawn(process.env.WIRETAPE_BIN, args, { cwd: dir, env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((done) => child.once("exit", done));
  let errors = "";
  const ready = await new Promise((done, fail) => {
    child.stderr.on("data", (data) => {
      errors += data;
      const line = errors.split("\n").find((l) => l.startsWith("wiretape: ready ") && errors.includes(l + "\n"));
      if (line) done(Object.fromEntries(line.split(" ").slice(2).map((w) => w.split(/=(.*)/s, 2))));
    });
    ended.then((code) => fail(new Error(`wiretape ${args.join(" ")} ended with ${code}: ${errors}`)));
  });
  const token = ready.ui?.split("#t=")[1];
  const origin = ready.ui && new URL(ready.ui).origin;
  return {
    dir, token, origin, ...ready,
    stderr: () => errors,
    kill: () => (child.kill("SIGKILL"), ended),
    stop: () => (child.kill("SIGINT"), ended),
    // cli runs another command on the same tape and returns what it prints.
    cli: (...words) => run(dir, ...words),
    // api asks the page's server as the page does.
    api: async (path, init = {}) => {
      const r = await fetch(origin + "/api/v1" + path, { ...init, headers: { authorization: "Bearer " + token, ...(init.body && { "content-type": "application/json" }), ...init.headers } });
      return { status: r.status, body: r.headers.get("content-type")?.includes("json") ? await r.json() : await r.text() };
    },
  };
}

export const jsonLines = (text) => text.split("\n").filter(Boolean).map((l) => JSON.parse(l));

let shared;
// browser is started once for all tests of a file.
export async function browser(t) {
  shared ??= await chromium.launch({ executablePath: process.env.WIRETAPE_BROWSER, args: ["--no-sandbox"] });
  return shared;
}
export const closeBrowser = async () => shared?.close();

// open shows the recorder's page and fails the test on what a page must never
// do: throw, break its own content security policy, or speak to other hosts.
export async function open(t, house, { hash = "", ...options } = {}) {
  const context = await (await browser(t)).newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const wrong = [];
  page.on("pageerror", (e) => wrong.push("threw: " + e.message));
  page.on("console", (m) => m.type() === "error" && /Content Security Policy|Trusted/i.test(m.text()) && wrong.push(m.text()));
  page.on("request", (r) => {
    const url = new URL(r.url());
    if (url.origin !== house.origin && !/^(blob|data|about):/.test(r.url())) wrong.push("asked " + r.url());
  });
  page.wrong = wrong;
  t.after(async () => {
    await context.close();
    if (wrong.length) throw new Error("the page: " + wrong.join("; "));
  });
  await page.goto(house.ui);
  await page.waitForFunction(() => !location.hash.includes("t="));
  if (hash) await page.evaluate((h) => { location.hash = h; }, hash);
  return page;
}

// until asks again and again until the answer is truthy.
export async function until(ask, { within = 10_000, every = 50, what = String(ask) } = {}) {
  const end = Date.now() + within;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error("did not come true: " + what);
    await new Promise((done) => setTimeout(done, every));
  }
}
