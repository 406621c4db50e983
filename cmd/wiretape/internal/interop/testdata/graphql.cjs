// Subscribes and queries over graphql-transport-ws; operations have new ids in
// every run. The first connection breaks in the middle of a subscription.
const { createRequire } = require('node:module');
const need = createRequire(process.env.WIRETAPE_NPM + '/');
const { createClient } = need('graphql-ws');
const WebSocket = need('ws');
const { HttpsProxyAgent } = need('https-proxy-agent');
const { randomUUID } = require('node:crypto');

const agent = new HttpsProxyAgent(process.env.WIRETAPE_PROXY);
class Proxied extends WebSocket { constructor(url, protocols) { super(url, protocols, { agent }); } }
const client = createClient({
  url: process.argv[2].replace(/^http/, 'ws') + '/graphql', webSocketImpl: Proxied, lazy: false,
  connectionParams: () => ({ authToken: randomUUID() }), retryWait: async () => {}, shouldRetry: () => true,
  generateID: () => randomUUID(),
  on: {
    connected: (_, payload, again) => console.log('connected', JSON.stringify(payload), again),
    closed: (e) => console.log('closed', e.code, e.reason),
  },
});
const mine = randomUUID();
const run = (query, variables, name) => new Promise((resolve, reject) => {
  client.subscribe({ query, variables }, {
    next: (r) => console.log(name, JSON.stringify(r).replace(mine, '(my id)')),
    error: (e) => { console.log(name, 'error', JSON.stringify(e)); resolve(); },
    complete: () => { console.log(name, 'complete'); resolve(); },
  });
});
(async () => {
  await run('query Me { me { name } }', undefined, 'query');
  await run('query Nobody { nobody }', undefined, 'wrong');
  await run('subscription Count($to: Int!) { count(to: $to) }', { to: 3 }, 'count');
  await run('mutation Say($id: ID!) { say(id: $id) { id said } }', { id: mine }, 'say');
  await run('subscription Broken { broken }', undefined, 'broken'); // goes on on a second connection
  await run('query Me { me { name } }', undefined, 'query');
  await client.dispose();
})();
setTimeout(() => { console.log('stuck'); process.exit(1); }, 15000).unref();
