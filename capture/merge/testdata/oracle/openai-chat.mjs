import { ask, load } from './serve.mjs';
const OpenAI = load('openai').default;
await ask('text/event-stream', async (url) => {
  const client = new OpenAI({ apiKey: 'k', baseURL: url, maxRetries: 0 });
  const c = await client.chat.completions.stream({ model: 'm', messages: [], stream: true }).finalChatCompletion();
  return {
    id: c.id, model: c.model, usage: c.usage ?? null,
    choices: c.choices.map(({ message: m, finish_reason, index, logprobs }) => ({
      index, role: m.role, text: m.content ?? '', refusal: m.refusal ?? '', finish: finish_reason, logprobs: logprobs?.refusal ?? null,
      calls: m.function_call ? [{ id: '', name: m.function_call.name, arguments: m.function_call.arguments }]
        : (m.tool_calls ?? []).map((t) => ({ id: t.id, name: t.function.name, arguments: t.function.arguments })),
      audio: m.audio ? { id: m.audio.id, transcript: m.audio.transcript } : null,
    })),
  };
});
