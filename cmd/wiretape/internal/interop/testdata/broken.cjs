// Asks two vendors' clients for streams that break in many ways, and prints
// what each makes of it.
const { createRequire } = require('node:module');
const need = createRequire(process.env.WIRETAPE_NPM + '/');
const { OpenAI } = need('openai');
const { Anthropic } = need('@anthropic-ai/sdk');
const { ProxyAgent } = need('undici');

const fetchOptions = { dispatcher: new ProxyAgent({ uri: process.env.WIRETAPE_PROXY }) };
const [base, ...ways] = process.argv.slice(2);
const messages = [{ role: 'user', content: 'go on' }];
const clients = {
  openai: async (baseURL) => {
    const client = new OpenAI({ apiKey: 'k' + Math.random(), baseURL, fetchOptions, maxRetries: 1 });
    const stream = client.chat.completions.stream({ model: 'm', messages });
    return (await stream.finalChatCompletion()).choices[0].message.content;
  },
  anthropic: async (baseURL) => {
    const client = new Anthropic({ apiKey: 'k' + Math.random(), baseURL, fetchOptions, maxRetries: 1 });
    return (await client.messages.stream({ model: 'm', max_tokens: 9, messages }).finalMessage()).content[0].text;
  },
};
(async () => {
  for (const way of ways) {
    for (const [name, ask] of Object.entries(clients)) {
      const said = await ask(`${base}/${name}/${way}`).then((text) => 'OK ' + text, (e) => `${e.constructor.name}: ${e.message} ${e.cause?.code ?? ''}`);
      console.log(name, way, said.replaceAll('\n', ' ').trim());
    }
  }
  process.exit(0);
})();
setTimeout(() => { console.log('stuck'); process.exit(1); }, 20000).unref();
