import { ask, load } from './serve.mjs';
const { CohereClientV2 } = load('cohere-ai');
await ask('text/event-stream', async (url) => {
  const client = new CohereClientV2({ token: 'k', environment: url });
  const c = { index: 0, role: 'assistant', text: '', reasoning: '', refusal: '', calls: [], citations: 0 };
  const out = { id: '', model: '', usage: null, choices: [c] };
  for await (const e of await client.chatStream({ model: 'm', messages: [] })) {
    const m = e.delta?.message;
    out.id = e.type === 'message-start' ? e.id : out.id;
    c.text += m?.content?.text ?? '';
    c.reasoning += (m?.content?.thinking ?? '') + (m?.toolPlan ?? '');
    if (e.type === 'citation-start') c.citations++;
    if (e.type === 'tool-call-start') c.calls[e.index] = { id: m.toolCalls.id, name: m.toolCalls.function.name, arguments: m.toolCalls.function.arguments };
    if (e.type === 'tool-call-delta') c.calls[e.index].arguments += m.toolCalls.function.arguments;
    if (e.type === 'message-end') c.finish = e.delta.finishReason;
  }
  return out;
});
