import { ask, load } from './serve.mjs';
const Anthropic = load('@anthropic-ai/sdk').default;
await ask('text/event-stream', async (url) => {
  const client = new Anthropic({ apiKey: 'k', baseURL: url, maxRetries: 0 });
  const m = await client.messages.stream({ model: 'm', max_tokens: 1, messages: [] }).finalMessage();
  const of = (type) => m.content.filter((b) => b.type === type);
  return {
    id: m.id, model: m.model, usage: m.usage,
    choices: [{
      index: 0, role: m.role, finish: m.stop_reason, refusal: '',
      text: of('text').map((b) => b.text).join(''),
      reasoning: of('thinking').map((b) => b.thinking).join(''),
      signatures: m.content.filter((b) => b.signature || b.data).map((b) => b.signature ?? b.data),
      citations: of('text').flatMap((b) => b.citations ?? []).length,
      calls: m.content.filter((b) => b.type.endsWith('tool_use')).map((b) => ({ id: b.id, name: b.name, input: b.input })),
    }],
  };
});
