// Streams a chat completion with the vendor's client.
const { createRequire } = require('node:module');
const need = createRequire(process.env.WIRETAPE_NPM + '/');
const { OpenAI } = need('openai');
const { ProxyAgent } = need('undici');

const dispatcher = new ProxyAgent({ uri: process.env.WIRETAPE_PROXY });
const client = new OpenAI({ apiKey: 'sk-test', baseURL: process.argv[2] + '/v1', fetchOptions: { dispatcher }, maxRetries: 0 });
(async () => {
  const stream = await client.chat.completions.create({ model: 'm', stream: true, messages: [{ role: 'user', content: 'greet' }] });
  let text = '', finish = '';
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta?.content ?? '';
    finish = chunk.choices[0]?.finish_reason ?? finish;
  }
  console.log(`${text} (${finish})`);
  await dispatcher.close();
})().catch((e) => { console.log('error', e.message); process.exit(1); });
