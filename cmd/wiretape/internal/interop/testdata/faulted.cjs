// Programs that only want to get through, whatever happens: each says what it
// meets on its way.
const { createRequire } = require('node:module');
const need = createRequire(process.env.WIRETAPE_NPM + '/');
const { HttpsProxyAgent } = need('https-proxy-agent');
const { randomUUID } = require('node:crypto');

const [base, program] = process.argv.slice(2);
const proxy = process.env.WIRETAPE_PROXY;
const end = (...words) => { console.log(...words); setTimeout(() => process.exit(0), 50); };
setTimeout(() => end('waits on'), 7000);

const feed = () => {
  const { EventSource } = need('eventsource');
  const { fetch, ProxyAgent } = need('undici');
  const dispatcher = new ProxyAgent({ uri: proxy });
  const es = new EventSource(base + '/feed', { fetch: (url, init) => fetch(url, { ...init, dispatcher }) });
  es.onmessage = (e) => console.log('event', e.lastEventId, e.data);
  es.addEventListener('bye', () => { es.close(); end('done'); });
  es.onerror = (e) => (es.readyState === EventSource.CLOSED ? end('gave up', e.code) : console.log('reconnects', e.code ?? ''));
};

const chat = () => {
  const { io } = need('socket.io-client');
  const socket = io(base, { agent: new HttpsProxyAgent(proxy), transports: ['websocket'], reconnectionDelay: 20, reconnectionDelayMax: 50, reconnectionAttempts: 5 });
  socket.on('disconnect', (why) => console.log('disconnect', why));
  socket.on('connect_error', (e) => console.log('connect_error', e.message));
  socket.io.on('reconnect_failed', () => end('gave up'));
  socket.on('connect', async () => {
    for (;;) {
      try {
        console.log('echo', JSON.stringify(await socket.timeout(600).emitWithAck('echo', 'hello')));
        return end('done');
      } catch (e) {
        console.log('echo', e.message);
        if (!socket.connected) return;
      }
    }
  });
};

const graph = (more) => {
  const { createClient } = need('graphql-ws');
  const WebSocket = need('ws');
  class Proxied extends WebSocket { constructor(url, protocols) { super(url, protocols, { agent: new HttpsProxyAgent(proxy) }); } }
  const client = createClient({
    ...more, url: base.replace(/^http/, 'ws') + '/graphql', webSocketImpl: Proxied, retryAttempts: 4, retryWait: async () => {}, keepAlive: 300,
    connectionParams: () => ({ authToken: randomUUID() }),
    on: {
      closed: (e) => console.log('closed', e.code, e.reason),
      opened: (s) => { live = s; },
      ping: (received) => { if (!received) overdue = setTimeout(() => live.close(4408, 'no pong'), 400); },
      pong: () => clearTimeout(overdue),
    },
  });
  let live, overdue;
  return client;
};

const query = () => {
  const client = graph({});
  client.subscribe({ query: 'subscription Count($to: Int!) { count(to: $to) }', variables: { to: 3 } }, {
    next: (r) => console.log('next', JSON.stringify(r)),
    error: (e) => end('gave up', Array.isArray(e) ? JSON.stringify(e) : e.code ?? e.message),
    complete: () => end('done'),
  });
};

const idle = () => {
  const client = graph({ lazy: false });
  client.on('connected', () => console.log('connected'));
  setTimeout(() => end('done'), 1300);
};

({ feed, chat, query, idle })[program]();
