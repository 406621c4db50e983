// An npm ws server and an npm ws client, both with permessage-deflate and
// context takeover, talk through the proxy: thousands of messages of all sizes,
// fragments, pings, a large binary one. Prints what the client received, as
// numbers and as a digest.
const { createRequire } = require('node:module');
const need = createRequire(process.env.WIRETAPE_NPM + '/');
const { WebSocket, WebSocketServer } = need('ws');
const { HttpsProxyAgent } = need('https-proxy-agent');
const { createHash } = require('node:crypto');

const count = Number(process.argv[2]);
const deflate = { threshold: 0, serverMaxWindowBits: 15 };
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: deflate });
server.on('connection', (ws) => ws.on('message', (data, binary) => ws.send(data, { binary })));

let seed = 7;
const random = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
const words = ['price', 'size', 'BTC-EUR', 'bid', 'ask', 'ordId', 'état', '日本', '"', '{', '}'];
const text = () => { let s = ''; for (let n = random(60); n >= 0; n--) s += words[random(words.length)] + random(1000); return s; };

server.on('listening', () => {
  const agent = new HttpsProxyAgent(process.env.WIRETAPE_PROXY);
  const ws = new WebSocket(`ws://127.0.0.1:${server.address().port}/`, { agent, perMessageDeflate: deflate });
  const digest = createHash('sha256');
  let got = 0, bytes = 0, pongs = 0;
  ws.on('pong', () => pongs++);
  ws.on('message', (data, binary) => {
    digest.update(binary ? 'b' : 't'); digest.update(data);
    got++; bytes += data.length;
    if (got === count + 2) ws.close(4001, 'enough');
  });
  ws.on('close', (code, reason) => {
    console.log(JSON.stringify({ got, bytes, pongs, code, reason: reason.toString(), extensions: ws.extensions, digest: digest.digest('hex') }));
    server.close();
  });
  ws.on('open', () => {
    for (let i = 0; i < count; i++) {
      if (i % 50 === 0) { ws.send('frag', { fin: false }); ws.ping('in between'); ws.send('ments', { fin: false }); ws.send(text(), { fin: true }); }
      else if (i % 7 === 0) ws.send(text(), { compress: false });
      else ws.send(text());
    }
    ws.send(Buffer.alloc(1 << 20, 'wire'), { binary: true });
    ws.send('');
  });
});
