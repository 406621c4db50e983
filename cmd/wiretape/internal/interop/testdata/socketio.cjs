// Emits events that are acknowledged, with other numbers in every run, over a
// WebSocket that breaks once.
const { createRequire } = require('node:module');
const need = createRequire(process.env.WIRETAPE_NPM + '/');
const { io } = need('socket.io-client');
const { HttpsProxyAgent } = need('https-proxy-agent');
const { randomInt, randomUUID } = require('node:crypto');

const agent = new HttpsProxyAgent(process.env.WIRETAPE_PROXY);
const socket = io(process.argv[2], { agent, transports: ['websocket'], reconnectionDelay: 20, reconnectionDelayMax: 50, auth: { token: randomUUID() } });
for (let n = randomInt(5); n > 0; n--) socket.ids++; // acknowledgements are numbered on from here
for (const e of ['joined', 'news']) socket.on(e, (...args) => console.log(e, JSON.stringify(args)));
socket.on('disconnect', (why) => console.log('disconnect', why));
socket.on('connect_error', (e) => console.log('connect_error', e.message));
const once = (what) => new Promise((resolve) => socket.once(what, (...args) => resolve(args)));

(async () => {
  await once('connect');
  console.log('connect', socket.connected, typeof socket.id);
  console.log('echo', JSON.stringify(await socket.emitWithAck('echo', { greeting: 'hello', list: [1, 2] })));
  const sums = await Promise.all([[1, 2], [3, 4], [5, 6]].map(([a, b]) => socket.emitWithAck('sum', a, b)));
  console.log('sums', sums.join(' '));
  socket.emit('join', 'lobby');
  await once('joined');
  await new Promise((resolve) => setTimeout(resolve, 700)); // the server pings
  socket.emit('drop');
  await once('connect');
  console.log('connected again');
  console.log('echo', JSON.stringify(await socket.emitWithAck('echo', 'again')));
  socket.removeAllListeners('disconnect');
  socket.io._close();
  setTimeout(() => process.exit(0), 100);
})();
setTimeout(() => { console.log('stuck'); process.exit(1); }, 10000).unref();
