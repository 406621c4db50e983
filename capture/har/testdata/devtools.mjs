// Opens an archive with the importer of Chrome DevTools and prints, as JSON,
// what its network panel would show, and what it would export again.
//
//   WIRETAPE_NPM=DIR node devtools.mjs FILE.har
//
// DIR has node_modules with chrome-devtools-frontend and esbuild.
import { createRequire } from 'node:module';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const dir = process.env.WIRETAPE_NPM;
const require = createRequire(join(dir, 'x.js'));
const esbuild = require('esbuild');
const front = join(dir, 'node_modules/chrome-devtools-frontend/front_end');
const out = mkdtempSync(join(tmpdir(), 'devtools-har-'));

// The strings of the user interface are made when DevTools is built; nobody
// reads them here.
const stubs = {
  name: 'stubs',
  setup(build) {
    build.onResolve({ filter: /locales\.js$/ }, () => ({ path: 'locales', namespace: 'stub' }));
    build.onLoad({ filter: /.*/, namespace: 'stub' }, () => ({
      contents: 'export const LOCALES = ["en-US"]; export const BUNDLED_LOCALES = ["en-US"]; export const DEFAULT_LOCALE = "en-US";' +
        'export const REMOTE_FETCH_PATTERN = ""; export const LOCAL_FETCH_PATTERN = "";',
    }));
  },
};

try {
  const bundle = join(out, 'har.mjs');
  await esbuild.build({
    stdin: {
      contents: `
        export * as HAR from ${JSON.stringify(join(front, 'models/har/har.ts'))};`,
      resolveDir: front,
    },
    bundle: true, format: 'esm', platform: 'node', outfile: bundle, logLevel: 'error',
    plugins: [stubs], external: ['*.css', '*.svg'],
  });
  globalThis.window ??= globalThis;
  globalThis.document ??= { documentElement: { style: {} }, addEventListener() {} };
  globalThis.navigator ??= { userAgent: '', platform: '' };
  const { HAR } = await import(pathToFileURL(bundle));
  const root = new HAR.HARFormat.HARRoot(JSON.parse(readFileSync(process.argv[2], 'utf8')));
  const requests = HAR.Importer.Importer.requestsFromHARLog(root.log);
  const shown = [];
  for (const r of requests) {
    const content = await r.requestContentData();
    shown.push({
      url: r.url(), type: r.resourceType().name(), status: r.statusCode, mimeType: r.mimeType,
      protocol: r.protocol, address: r.remoteAddress(),
      frames: r.frames().map(f => ({ type: f.type, time: f.time, opcode: f.opCode, data: f.text, mask: f.mask })),
      events: r.eventSourceMessages().map(e => ({ time: e.time, eventName: e.eventName, eventId: e.eventId, data: e.data })),
      text: content.isTextContent ? content.text : content.base64,
      sent: await r.requestFormData(),
    });
  }
  const again = await HAR.Log.Log.build(requests, { sanitize: false });
  console.log(JSON.stringify({ shown, again }));
} finally {
  rmSync(out, { recursive: true });
}
