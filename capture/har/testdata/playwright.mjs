// Asks Playwright for the responses that it would serve out of an archive.
//
//   WIRETAPE_NPM=DIR node playwright.mjs FILE.har < REQUESTS
//
// DIR has node_modules with playwright-core. REQUESTS is a JSON list of
// {url, method, headers, postData (base64)}; the answers are printed likewise.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const require = createRequire(join(process.env.WIRETAPE_NPM, 'x.js'));
const playwright = require('playwright-core');
const utils = playwright._connection.localUtils();

const { harId, error } = await utils.harOpen({ file: resolve(process.argv[2]) });
if (error) throw new Error(error);
const answers = [];
for (const q of JSON.parse(readFileSync(0, 'utf8'))) {
  const r = await utils.harLookup({
    harId, url: q.url, method: q.method, headers: q.headers ?? [], isNavigationRequest: false,
    ...(q.postData ? { postData: Buffer.from(q.postData, 'base64') } : {}),
  });
  answers.push({ action: r.action, status: r.status, message: r.message, body: r.body?.toString('base64') });
}
console.log(JSON.stringify(answers));
process.exit(0);
