import { ask, load } from './serve.mjs';
const OpenAI = load('openai').default;
await ask('text/event-stream', async (url) => {
  const client = new OpenAI({ apiKey: 'k', baseURL: url, maxRetries: 0 });
  const r = await client.responses.stream({ model: 'm', input: '' }).finalResponse();
  const calls = r.output.filter((o) => ['function_call', 'mcp_call', 'custom_tool_call'].includes(o.type));
  return {
    id: r.id, model: r.model, usage: r.usage ?? null,
    choices: [{
      index: 0, role: 'assistant', text: r.output_text ?? '', finish: r.status,
      refusal: r.output.flatMap((o) => o.content ?? []).filter((p) => p.type === 'refusal').map((p) => p.refusal).join(''),
      reasoning: r.output.filter((o) => o.type === 'reasoning').map((o) => [...(o.summary ?? []), ...(o.content ?? [])].map((p) => p.text).join('')).join(''),
      calls: calls.map((o) => ({ id: o.call_id ?? o.id, name: o.name, arguments: o.arguments ?? o.input })),
    }],
  };
});
