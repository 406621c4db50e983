// Emits events that are acknowledged, in two namespaces and with attachments,
// over the transports that it is told: "polling", or "polling,websocket".
const { createRequire } = require('node:module');
const need = createRequire(process.env.WIRETAPE_NPM + '/');
const { Manager } = need('socket.io-client');
const { HttpsProxyAgent } = need('https-proxy-agent');
const { randomInt, randomUUID } = require('node:crypto');

const agent = process.argv[4] === 'direct' ? undefined : new HttpsProxyAgent(process.env.WIRETAPE_PROXY);
const base = process.argv[4] === 'direct' ? process.env.WIRETAPE_URL : process.argv[2];
const transports = process.argv[3].split(',');
const manager = new Manager(base, { agent, transports, reconnectionDelay: 20, reconnectionDelayMax: 50 });
const socket = manager.socket('/', { auth: { token: randomUUID() } });
const admin = manager.socket('/admin', { auth: { token: randomUUID() } });
for (const s of [socket, admin]) for (let n = randomInt(5); n > 0; n--) s.ids++; // acknowledgements are numbered on from here
for (const e of ['joined', 'news']) socket.on(e, (...args) => console.log(e, JSON.stringify(args)));
admin.on('alert', (...args) => console.log('alert', JSON.stringify(args)));
socket.on('picture', (p) => console.log('picture', p.toString('hex')));
const once = (s, what) => new Promise((resolve) => s.once(what, (...args) => resolve(args)));
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

(async () => {
  await Promise.all([once(socket, 'connect'), once(admin, 'connect')]);
  for (let n = 0; n < 100 && manager.engine.transport.name !== transports.at(-1); n++) await sleep(20);
  console.log('transport', manager.engine.transport.name);
  console.log('echo', JSON.stringify(await socket.emitWithAck('echo', { greeting: 'hello', list: [1, 2] })));
  const sums = await Promise.all([[1, 2], [3, 4], [5, 6]].map(([a, b]) => socket.emitWithAck('sum', a, b)));
  console.log('sums', sums.join(' '));
  console.log('admin', JSON.stringify(await admin.emitWithAck('sum', 40, 2)));
  console.log('reversed', (await socket.emitWithAck('reverse', Buffer.from('010203ff', 'hex'))).toString('hex'));
  const told = new Promise((resolve) => socket.on('news', (e) => e.n === 2 && resolve()));
  socket.emit('join', 'lobby');
  await told;
  admin.emit('alarm', 'fire');
  await once(admin, 'alert');
  socket.emit('draw');
  await once(socket, 'picture');
  await sleep(700); // the server pings
  socket.on('disconnect', (why) => console.log('disconnect', why));
  socket.emit('drop');
  await once(socket, 'connect');
  console.log('echo', JSON.stringify(await socket.emitWithAck('echo', 'again')));
  socket.removeAllListeners('disconnect');
  manager._close();
  await sleep(100);
  process.exit(0);
})();
setTimeout(() => { console.log('stuck'); process.exit(1); }, 10000).unref();
