// talk.js lets a client and a server of npm ws talk over loopback and prints
// what was on the wire and what was said, as one JSON object:
//
//   NODE_PATH=.../node_modules node talk.js '{"messages":20,"server":{...},"client":{...}}'
//
// server and client are perMessageDeflate options. Bytes are base64; send is
// client to server, as are the messages in sent.
'use strict';
const http = require('http');
const net = require('net');
const { WebSocket, WebSocketServer } = require('ws');

const options = JSON.parse(process.argv[2]);
const out = { ws: require('ws/package.json').version, options, extensions: '', sent: [], received: [] };

// A generator of one's own, so that every run says the same.
let seed = 42;
const random = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;

function payload(i) {
  if (i % 11 === 3) return Buffer.alloc(0);
  if (i % 11 === 7) return Buffer.from(Array.from({ length: random(options.long || 300) }, () => random(256)));
  const rows = [];
  for (let n = random(i % 10 === 9 ? (options.long || 300) / 10 : 3) + 1; n > 0; n--) {
    rows.push({ instId: 'BTC-USDT', last: `${random(100000)}.${random(10)}`, ts: `${1795281978000 + i}`, note: 'grüße ✓' });
  }
  return Buffer.from(JSON.stringify({ arg: { channel: 'tickers' }, data: rows }));
}

// speak sends messages of every kind and notes what they were.
function speak(ws, said) {
  for (let i = 0; i < options.messages; i++) {
    const data = payload(i);
    const binary = i % 11 === 7;
    const compress = i % 6 !== 5;
    said.push({ binary, data: data.toString('base64') });
    if (i % 5 === 4) {
      const third = Math.floor(data.length / 3);
      ws.send(data.subarray(0, third), { binary, compress, fin: false });
      ws.ping(`during ${i}`);
      ws.send(data.subarray(third, 2 * third), { binary, compress, fin: false });
      ws.send(data.subarray(2 * third), { binary, compress, fin: true });
    } else {
      ws.send(data, { binary, compress });
    }
  }
  ws.close(1000, 'done');
}

const server = http.createServer();
const wss = new WebSocketServer({ server, perMessageDeflate: options.server });
wss.on('connection', (ws) => speak(ws, out.received));

// The wire is between a client and a server that do not know of it.
const wire = { send: [], receive: [] };
const tap = net.createServer((client) => {
  const upstream = net.connect(server.address().port, '127.0.0.1');
  client.on('data', (p) => wire.send.push(p)).pipe(upstream);
  upstream.on('data', (p) => wire.receive.push(p)).pipe(client);
  upstream.on('close', finish);
});

function finish() {
  for (const way of ['send', 'receive']) {
    const bytes = Buffer.concat(wire[way]);
    out[way] = bytes.subarray(bytes.indexOf('\r\n\r\n') + 4).toString('base64');
  }
  process.stdout.write(JSON.stringify(out, null, 1) + '\n', () => process.exit(0));
}

server.listen(0, '127.0.0.1', () => tap.listen(0, '127.0.0.1', () => {
  const ws = new WebSocket(`ws://127.0.0.1:${tap.address().port}/`, { perMessageDeflate: options.client });
  ws.on('upgrade', (response) => { out.extensions = response.headers['sec-websocket-extensions'] || ''; });
  ws.on('open', () => speak(ws, out.sent));
}));
