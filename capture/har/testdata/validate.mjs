// Runs har-validator over archives.
//
//   WIRETAPE_NPM=DIR node validate.mjs FILE.har…
//
// DIR has node_modules with har-validator. Prints one line for each defect, and
// exits 1 if there is one.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const require = createRequire(join(process.env.WIRETAPE_NPM, 'x.js'));
const validate = require('har-validator');

for (const file of process.argv.slice(2)) {
  try {
    await validate.har(JSON.parse(readFileSync(file, 'utf8')));
  } catch (e) {
    process.exitCode = 1;
    for (const d of e.errors ?? [{ dataPath: '', message: String(e) }])
      console.log(`${file}: ${d.dataPath} ${d.message}`);
  }
}
