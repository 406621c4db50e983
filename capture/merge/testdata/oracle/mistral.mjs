import { ask, load } from './serve.mjs';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
const { Mistral } = await import(pathToFileURL(join(process.env.WIRETAPE_NPM, 'node_modules/@mistralai/mistralai/esm/index.js')));
await ask('text/event-stream', async (url, file) => {
  const client = new Mistral({ apiKey: 'k', serverURL: url });
  const c = { index: 0, role: 'assistant', text: '', reasoning: '', refusal: '', calls: [] };
  const out = { id: '', model: '', usage: null, choices: [c] };
  const add = (content) => {
    if (typeof content === 'string') c.text += content;
    for (const p of Array.isArray(content) ? content : []) {
      if (p.type === 'text') c.text += p.text;
      if (p.type === 'thinking') c.reasoning += p.thinking.map((t) => t.text).join('');
    }
  };
  const call = (id, name, args) => {
    const known = c.calls.find((t) => t.id === id);
    if (known) known.arguments += args;
    else c.calls.push({ id, name, arguments: args });
  };
  if (file.includes('conversations')) {
    for await (const { data: d } of await client.beta.conversations.startStream({ inputs: 'x', model: 'm' })) {
      out.model = d.model ?? out.model;
      out.id = d.conversationId ?? out.id;
      if (d.type === 'message.output.delta') add(d.content);
      if (d.type === 'tool.execution.delta') call(d.id, d.name, d.arguments);
      if (d.type === 'function.call.delta') call(d.toolCallId, d.name, d.arguments);
    }
    return out;
  }
  for await (const { data: d } of await client.chat.stream({ model: 'm', messages: [] })) {
    out.id = d.id;
    out.model = d.model;
    add(d.choices[0].delta.content);
    for (const t of d.choices[0].delta.toolCalls ?? []) call(t.id, t.function.name, t.function.arguments);
    c.finish = d.choices[0].finishReason ?? c.finish;
  }
  return out;
});
