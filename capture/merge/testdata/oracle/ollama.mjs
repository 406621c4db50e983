import { ask, load } from './serve.mjs';
const { Ollama } = load('ollama');
await ask('application/x-ndjson', async (url, file) => {
  const client = new Ollama({ host: url });
  const what = file.includes('generate') ? client.generate({ model: 'm', prompt: '', stream: true })
    : client.chat({ model: 'm', messages: [], stream: true });
  const c = { index: 0, role: 'assistant', text: '', reasoning: '', refusal: '', finish: '', calls: [] };
  const out = { id: '', model: '', usage: null, choices: [c] };
  for await (const r of await what) {
    out.model = r.model;
    c.text += r.message?.content ?? r.response ?? '';
    c.reasoning += r.message?.thinking ?? r.thinking ?? '';
    for (const t of r.message?.tool_calls ?? []) c.calls.push({ id: t.id ?? '', name: t.function.name, input: t.function.arguments });
    if (r.done) {
      c.finish = r.done_reason;
      out.usage = { prompt_eval_count: r.prompt_eval_count, eval_count: r.eval_count };
    }
  }
  return out;
});
