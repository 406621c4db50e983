// Two peers of the npm package ws that talk without a pause, compressed with
// context takeover and in fragments, while somebody else writes into their
// connection. Each prints what it saw as one line of JSON when it is over.
//   peers.cjs server [CERT KEY]   prints its port first
//   peers.cjs client URL
const { createRequire } = require('node:module');
const need = createRequire(process.env.WIRETAPE_NPM + '/');
const WebSocket = need('ws');
const { HttpsProxyAgent } = need('https-proxy-agent');
const fs = require('node:fs');

const [role, at, key] = process.argv.slice(2);
const deflate = { threshold: 0, zlibDeflateOptions: { level: 6 } };
const filler = 'a text that is worth compressing, and long enough for it to matter; '.repeat(20);

// watch counts what a peer gets: its partner's own messages, in order, and what
// was put in.
function watch(ws, done) {
  const seen = { role, own: 0, injected: [], pings: [], pongs: 0, errors: [], extensions: ws.extensions };
  ws.on('message', (data, binary) => {
    const text = data.toString();
    if (text.startsWith('injected')) return seen.injected.push(text);
    if (binary || text !== `${seen.own} ${filler}`) seen.errors.push(`out of order at ${seen.own}: ${text.slice(0, 60)}`);
    seen.own++;
  });
  ws.on('ping', (data) => seen.pings.push(data.toString()));
  ws.on('pong', () => seen.pongs++);
  ws.on('error', (e) => seen.errors.push(e.message));
  ws.on('close', (code, reason) => {
    console.log(JSON.stringify({ ...seen, extensions: ws.extensions, close: code, reason: reason.toString() }));
    done();
  });
  return seen;
}

// talk sends numbered messages until the connection is over, every third in
// three fragments with a pause between them.
async function talk(ws) {
  for (let n = 0; ws.readyState === WebSocket.OPEN; n++) {
    const text = `${n} ${filler}`;
    if (n % 3) ws.send(text);
    else {
      ws.send(text.slice(0, 5), { fin: false });
      await new Promise((r) => setTimeout(r, 2));
      if (ws.readyState !== WebSocket.OPEN) return;
      ws.send(text.slice(5, 400), { fin: false });
      ws.send(text.slice(400));
    }
    await new Promise((r) => setTimeout(r, 1));
  }
}

if (role === 'server') {
  const http = at ? require('node:https').createServer({ cert: fs.readFileSync(at), key: fs.readFileSync(key) }) : require('node:http').createServer();
  const server = new WebSocket.Server({ server: http, perMessageDeflate: deflate });
  server.on('connection', (ws) => {
    watch(ws, () => process.exit(0));
    talk(ws);
  });
  http.listen(0, '127.0.0.1', () => console.log(http.address().port));
} else {
  const agent = new HttpsProxyAgent(process.env.WIRETAPE_PROXY);
  const ws = new WebSocket(at, { agent, perMessageDeflate: deflate });
  watch(ws, () => process.exit(0));
  ws.on('open', () => talk(ws));
}
