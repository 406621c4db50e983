// record.cjs lets a real client of npm talk to a small server over loopback and
// prints what was on the wire, as one JSON object:
//
//   NODE_PATH=.../node_modules node record.cjs mqtt
//
// Each chunk has its direction, when it came (microseconds), and its bytes in
// base64; the heads of the upgrade are among them. servers.cjs has the servers,
// clients.cjs the clients.
'use strict';
const http = require('http');
const net = require('net');
const { WebSocketServer } = require('ws');
const servers = require('./servers.cjs');
const clients = require('./clients.cjs');

const name = process.argv[2];
const client = clients[name];
const version = (p) => {
  // Some packages do not export their package.json.
  for (const dir of (process.env.NODE_PATH || '').split(':')) {
    try { return JSON.parse(require('fs').readFileSync(`${dir}/${p}/package.json`)).version; } catch { /* next */ }
  }
  return '?';
};

const out = { client: client.packages.map((p) => `${p} ${version(p)}`).join(', '), chunks: [] };
const start = process.hrtime.bigint();
const note = (dir) => (p) => {
  const at = Number((process.hrtime.bigint() - start) / 1000n);
  out.chunks.push({ dir, at, data: p.toString('base64') });
};

const server = http.createServer();
const say = servers[client.server || name];
if (say.attach) {
  say.attach(server);
} else {
  const wss = new WebSocketServer({
    server, perMessageDeflate: false,
    handleProtocols: (offered) => (say.choose ? say.choose(offered) : [...offered][0]) || false,
  });
  wss.on('connection', (ws, request) => say.talk(ws, request));
}

// The wire is between a client and a server that do not know of it. Of several
// connections the last one that is an upgrade counts.
const tap = net.createServer((down) => {
  const up = net.connect(server.address().port, '127.0.0.1');
  let known = false;
  down.on('data', (p) => {
    if (!known && /^upgrade: *websocket/im.test(p.toString('latin1'))) {
      out.chunks = [];
      up.on('data', note('receive'));
      down.on('data', note('send'));
      note('send')(p);
    }
    known = true;
  });
  down.pipe(up).pipe(down);
  for (const s of [down, up]) s.on('error', () => {});
});

const finish = (code) => {
  process.stdout.write(JSON.stringify(out, null, 1) + '\n', () => process.exit(code));
};
setTimeout(() => { console.error(`${name} takes too long`); finish(1); }, 15000).unref();

server.listen(0, '127.0.0.1', () => tap.listen(0, '127.0.0.1', async () => {
  try {
    await client.run(tap.address().port);
    setTimeout(() => finish(0), 50); // for what is still on its way
  } catch (err) {
    console.error(err);
    finish(1);
  }
}));
