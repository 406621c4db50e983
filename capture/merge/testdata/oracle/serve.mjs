// Serves the files named on the command line, each at the port it is given, and
// prints what a vendor's client makes of them, as one JSON object by file name.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename } from 'node:path';
import { createRequire } from 'node:module';
import { join } from 'node:path';

export const load = (name) => createRequire(join(process.env.WIRETAPE_NPM, 'x.js'))(name);

export async function ask(type, client) {
  const all = {};
  for (const file of process.argv.slice(2)) {
    const server = createServer((req, res) => {
      req.resume();
      req.on('end', () => {
        res.writeHead(200, { 'content-type': type });
        res.end(readFileSync(file));
      });
    });
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${server.address().port}`;
    try {
      all[basename(file)] = await client(url, basename(file));
    } catch (err) {
      all[basename(file)] = { error: String(err.message) };
    }
    server.closeAllConnections();
    server.close();
  }
  console.log(JSON.stringify(all));
}
