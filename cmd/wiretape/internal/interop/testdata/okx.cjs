// Trades with the exchange's own kind of client: its ids begin elsewhere in
// every run, and so do its clock and its signatures.
const { createRequire } = require('node:module');
const need = createRequire(process.env.WIRETAPE_NPM + '/');
const { WebsocketAPIClient } = need('okx-api');
const { HttpsProxyAgent } = need('https-proxy-agent');
const { randomBytes } = require('node:crypto');

const [base, program, direct] = process.argv.slice(2);
const quiet = Object.fromEntries(['trace', 'info', 'error'].map((k) => [k, () => {}]));
const api = new WebsocketAPIClient({
  accounts: [{ apiKey: 'k', apiSecret: 's' + randomBytes(4).toString('hex'), apiPass: 'p' }],
  wsUrl: (direct ? process.env.WIRETAPE_WS_URL : base.replace(/^http/, 'ws')) + '/ws/v5/private',
  wsOptions: direct ? {} : { agent: new HttpsProxyAgent(process.env.WIRETAPE_PROXY) },
  pingInterval: 400, pongTimeout: 1500, reconnectTimeout: 50, attachEventListeners: false,
}, quiet);
const ws = api.getWSClient();
for (let n = randomBytes(1)[0] + 1000; n > 0; n--) ws.getNewRequestId();

const events = [];
let waiting = [];
for (const name of ['update', 'response', 'exception', 'reconnect', 'reconnected', 'authenticated']) {
  ws.on(name, (e) => { events.push([name, e]); waiting.splice(0).forEach((f) => f()); });
}
const until = async (name, test = () => true) => {
  for (;;) {
    const at = events.findIndex(([n, e]) => n === name && test(e));
    if (at >= 0) return events.splice(at, 1)[0][1];
    await new Promise((resolve) => { waiting.push(resolve); });
  }
};
const mine = new Map(); // what this run calls its orders
const order = async (instId, sz) => {
  const clOrdId = 'c' + randomBytes(6).toString('hex');
  mine.set(clOrdId, `(my ${instId})`);
  const r = await api.submitNewOrder({ instId, tdMode: 'cash', side: 'buy', ordType: 'limit', px: '10', sz, clOrdId });
  const u = await until('update', (e) => e.arg.channel === 'orders' && e.data[0].ordId === r.data[0].ordId);
  const whose = (id) => mine.get(id) ?? 'not mine';
  return { ordId: r.data[0].ordId, line: ['order', instId, r.code, r.data[0].ordId, whose(r.data[0].clOrdId), 'pushed', whose(u.data[0].clOrdId), u.data[0].state].join(' ') };
};
const ticker = async () => {
  const t = await until('update', (e) => e.arg.channel === 'tickers');
  console.log('ticker', t.arg.instId, t.data[0].last);
};
const balance = async () => console.log('account', (await until('update', (e) => e.arg.channel === 'account')).data[0].totalEq);
const subscribed = async () => (await until('response', (e) => e.event === 'subscribe')).arg.channel;

// What is recorded.
const usual = async () => {
  ws.subscribe([{ channel: 'orders', instType: 'SPOT' }]);
  await until('authenticated');
  console.log('subscribed', await subscribed());
  ws.subscribe([{ channel: 'account' }]);
  console.log('subscribed', await subscribed());
  await balance();
  await balance();
  ws.subscribe([{ channel: 'tickers', instId: 'BTC-USDT' }]); // on a socket of its own
  console.log('subscribed', await subscribed());
  await ticker();
  await ticker();
  const { ordId: one, line } = await order('BTC-USDT', '1');
  console.log(line);
  for (const o of await Promise.all([order('ETH-USDT', '2'), order('SOL-USDT', '3')])) console.log('pipelined', o.line);
  const amended = await api.amendOrder({ instId: 'BTC-USDT', ordId: one, newSz: '5' });
  console.log('amended', amended.data[0].ordId === one);
  const cancelled = await api.cancelOrder({ instId: 'BTC-USDT', ordId: one });
  console.log('cancelled', cancelled.data[0].ordId === one);
  const refused = await api.cancelOrder({ instId: 'BTC-USDT', ordId: '99' }).catch((e) => e);
  console.log('refused', refused.code, refused.data[0].sCode);
  await new Promise((resolve) => setTimeout(resolve, 900)); // a ping or two

  // The service goes away with a request pending.
  const lost = await api.amendOrder({ instId: 'BTC-USDT', ordId: one, newSz: '666' }).then(() => 'answered', () => 'rejected');
  console.log('pending request', lost);
  await until('reconnected');
  await until('authenticated');
  const again = [];
  while (again.length < 2) again.push(await subscribed());
  console.log('subscribed again', again.sort().join(' '));
  await balance();
  await balance();
  console.log((await order('BTC-USDT', '7')).line);
};

// Another program: orders come in another order, and again, and so does the
// rest; there is nothing in it that was not recorded once.
const other = async () => {
  ws.subscribe([{ channel: 'account' }]);
  await until('authenticated');
  console.log('subscribed', await subscribed());
  ws.subscribe([{ channel: 'orders', instType: 'SPOT' }]);
  console.log('subscribed', await subscribed());
  const all = await Promise.all([order('SOL-USDT', '3'), order('BTC-USDT', '1'), order('ETH-USDT', '2')]);
  for (const o of all) console.log('pipelined', o.line);
  await balance();
  const more = await Promise.all([order('SOL-USDT', '3'), order('SOL-USDT', '3'), order('ETH-USDT', '2')]);
  for (const o of more) console.log('again', o.line);
  console.log('distinct', new Set([...all, ...more].map((o) => o.ordId)).size);
  const c = await api.cancelOrder({ instId: 'BTC-USDT', ordId: all[1].ordId });
  console.log('cancelled', c.data[0].ordId === all[1].ordId);
  const am = await api.amendOrder({ instId: 'BTC-USDT', ordId: all[1].ordId, newSz: '5' });
  console.log('amended', am.data[0].ordId === all[1].ordId);
  for (let k = 0; k < 3; k++) {
    const c2 = await api.cancelOrder({ instId: 'BTC-USDT', ordId: all[1].ordId });
    console.log('cancelled', c2.data[0].ordId === all[1].ordId);
  }
  ws.subscribe([{ channel: 'tickers', instId: 'BTC-USDT' }]);
  await ticker(); await ticker();
};

// A program that only wants its order filled, whatever happens.
const steady = async () => {
  ws.subscribe([{ channel: 'orders', instType: 'SPOT' }, { channel: 'account' }]);
  await subscribed();
  for (let tries = 1; ; tries++) {
    const give = new Promise((_, reject) => setTimeout(() => reject(new Error('no answer')), 2000));
    const o = await Promise.race([order('BTC-USDT', '1'), give]).catch(() => undefined);
    if (o) { console.log(o.line); break; }
    if (tries === 5) { console.log('gave up'); break; }
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  console.log('reconnected', events.filter(([name]) => name === 'reconnected').length, 'times');
};

(async () => {
  await { usual, other, steady }[program]();
  ws.closeAll(true);
  setTimeout(() => process.exit(0), 200);
})().catch((e) => { console.log('error', e); process.exit(1); });
setTimeout(() => { console.log('stuck', JSON.stringify(events)); process.exit(1); }, 15000);
