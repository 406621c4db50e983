import { ask, load } from './serve.mjs';
const { CohereClient } = load('cohere-ai');
await ask('application/stream+json', async (url) => {
  const client = new CohereClient({ token: 'k', environment: url });
  const c = { index: 0, text: '', reasoning: '', refusal: '', calls: [], citations: 0 };
  const out = { id: '', usage: null, choices: [c] };
  for await (const e of await client.chatStream({ model: 'm', message: 'x' })) {
    if (e.eventType === 'stream-start') out.id = e.generationId;
    if (e.eventType === 'text-generation') c.text += e.text;
    if (e.eventType === 'tool-calls-chunk') c.reasoning += e.text ?? '';
    if (e.eventType === 'tool-calls-generation') c.calls = e.toolCalls.map((t) => ({ id: '', name: t.name, input: t.parameters }));
    if (e.eventType === 'citation-generation') c.citations += e.citations.length;
    if (e.eventType === 'stream-end') c.finish = e.finishReason;
  }
  return out;
});
