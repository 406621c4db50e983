// Follows a feed of events over a reconnection until the server says bye.
const { createRequire } = require('node:module');
const need = createRequire(process.env.WIRETAPE_NPM + '/');
const { EventSource } = need('eventsource');
const { fetch, ProxyAgent } = need('undici');

const dispatcher = new ProxyAgent({ uri: process.env.WIRETAPE_PROXY });
const es = new EventSource(process.argv[2] + '/feed', {
  fetch: (url, init) => fetch(url, { ...init, dispatcher }),
});
const show = (e) => console.log(e.type, e.lastEventId, e.data);
es.addEventListener('message', show);
es.addEventListener('note', show);
es.addEventListener('bye', (e) => { show(e); es.close(); dispatcher.destroy(); });
es.addEventListener('error', (e) => {
  if (es.readyState === EventSource.CLOSED) { console.log('gave up', e.code, e.message); process.exit(1); }
});
