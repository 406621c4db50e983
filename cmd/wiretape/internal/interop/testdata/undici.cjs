// undici as a client: fetch with keep-alive, an upload of unknown length, a
// WebSocket.
const { createRequire } = require('node:module');
const need = createRequire(process.env.WIRETAPE_NPM + '/');
const { fetch, ProxyAgent, WebSocket } = need('undici');

const dispatcher = new ProxyAgent({ uri: process.env.WIRETAPE_PROXY });
const base = process.argv[2];
(async () => {
  for (const path of ['/plain?x=1', '/gzip', '/lines']) {
    const r = await fetch(base + path, { dispatcher });
    console.log(path, r.status, JSON.stringify(await r.text()));
  }
  async function* upload() { for (const part of ['a', 'bb', 'ccc']) yield Buffer.from(part); }
  const r = await fetch(base + '/plain', { method: 'POST', body: upload(), duplex: 'half', dispatcher });
  console.log('upload', r.status, await r.text());
  const ws = new WebSocket(base.replace(/^http/, 'ws') + '/rpc', { dispatcher, protocols: ['rpc.v1'] });
  let n = 0;
  ws.addEventListener('open', () => ws.send(JSON.stringify({ id: 'u' + Date.now(), op: 'echo', text: 'from undici' })));
  ws.addEventListener('message', (e) => {
    const m = JSON.parse(e.data);
    console.log('socket', /^u\d+$/.test(m.id), m.text);
    if (++n < 3) ws.send(JSON.stringify({ id: 'u' + (Date.now() + n), op: 'echo', text: 'again ' + n }));
    else ws.close(1000);
  });
  ws.addEventListener('close', (e) => { console.log('closed', e.code); dispatcher.close(); });
  ws.addEventListener('error', (e) => { console.log('error', e.message); process.exit(1); });
})();
