// Streams messages with the vendor's client: a tool call, its result, and the
// answer to that, each request with a trace of its own.
const { createRequire } = require('node:module');
const need = createRequire(process.env.WIRETAPE_NPM + '/');
const { Anthropic } = need('@anthropic-ai/sdk');
const { ProxyAgent } = need('undici');
const { randomUUID } = require('node:crypto');

const dispatcher = new ProxyAgent({ uri: process.env.WIRETAPE_PROXY });
const client = new Anthropic({
  apiKey: 'sk-ant-' + randomUUID(), baseURL: process.argv[2], fetchOptions: { dispatcher }, maxRetries: 2,
  defaultHeaders: { 'x-request-id': randomUUID() },
});
const tools = [{ name: 'weather', description: 'the weather', input_schema: { type: 'object', properties: { city: { type: 'string' } } } }];
const ask = async (messages) => {
  const stream = client.messages.stream({ model: 'm', max_tokens: 100, tools, messages, metadata: { user_id: randomUUID() } });
  const seen = [];
  stream.on('streamEvent', (e) => seen.push(e.type));
  const m = await stream.finalMessage();
  console.log(m.id, m.stop_reason, JSON.stringify(m.usage), seen.length, 'events');
  for (const block of m.content) console.log(' ', JSON.stringify(block));
  return m;
};
(async () => {
  const messages = [{ role: 'user', content: 'Is it warm in Paris?' }];
  const first = await ask(messages);
  const use = first.content.find((b) => b.type === 'tool_use');
  messages.push({ role: 'assistant', content: first.content });
  messages.push({ role: 'user', content: [{ type: 'tool_result', tool_use_id: use.id, content: '31 degrees' }] });
  await ask(messages);
  // The service is busy at first: the client asks again, with the same words.
  await ask([{ role: 'user', content: 'Are you there?' }]);
  // In the middle of an answer the service gives up.
  await ask([{ role: 'user', content: 'Fail.' }]).catch((e) => console.log('failed:', e.error?.error?.type ?? e.message));
  const plain = await client.messages.create({ model: 'm', max_tokens: 5, messages: [{ role: 'user', content: 'No stream.' }] });
  console.log(plain.content[0].text);
  await dispatcher.close();
})().catch((e) => { console.log('error', e.message); process.exit(1); });
