// Asks a JSON service over a WebSocket, with ids that are new in every run, and
// prints what it got with its own ids named.
const { createRequire } = require('node:module');
const need = createRequire(process.env.WIRETAPE_NPM + '/');
const WebSocket = need('ws');
const { HttpsProxyAgent } = need('https-proxy-agent');
const { randomUUID } = require('node:crypto');

const base = process.argv[2].replace(/^http/, 'ws');
const agent = new HttpsProxyAgent(process.env.WIRETAPE_PROXY);
const ws = new WebSocket(base + '/rpc', ['rpc.v1'], { agent });
const waiting = new Map();
let pong;

const answer = (body) => new Promise((resolve) => {
  const id = randomUUID();
  waiting.set(id, (text) => resolve(text.replaceAll(id, '(my id)')));
  ws.send(JSON.stringify({ id, ...body }));
});
const ask = async (body, name) => console.log(name, await answer(body));

ws.on('message', (data, binary) => {
  const text = data.toString();
  if (text === 'pong') return pong();
  const id = JSON.parse(text).id;
  const got = waiting.get(id);
  if (!got) { console.log('not for me', binary, text); process.exit(1); }
  waiting.delete(id);
  got(text);
});
ws.on('error', (e) => { console.log('error', e.message); process.exit(1); });
ws.on('close', (code, reason) => console.log('closed', code, reason.toString()));
ws.on('open', async () => {
  console.log('open', ws.protocol, ws.extensions);
  for (let i = 0; i < 10; i++) await ask({ op: 'echo', text: `round ${i} of a text long enough to be worth compressing` }, `echo ${i}`);
  // Each answer keeps its own delay: which of those asked at once comes first
  // is a matter of microseconds.
  for (const text of await Promise.all([0, 1, 2].map((i) => answer({ op: 'echo', text: `at once ${i}` })))) console.log('at once', text);
  await ask({ op: 'order', text: 'one' }, 'order');
  await ask({ op: 'order', text: 'two' }, 'order');
  await new Promise((resolve) => { pong = resolve; ws.send('ping'); });
  console.log('pong');
  ws.close(1000, 'done');
});
