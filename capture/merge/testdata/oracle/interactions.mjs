import { ask, load } from './serve.mjs';
const { GoogleGenAI } = load('@google/genai');
await ask('text/event-stream', async (url) => {
  const ai = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: url } });
  const out = { id: '', model: '', usage: null, choices: [{ index: 0, role: 'model', text: '', reasoning: '', refusal: '', finish: '' }] };
  const c = out.choices[0];
  for await (const e of await ai.interactions.create({ model: 'm', input: 'x', stream: true })) {
    if (e.event_type === 'step.delta' && e.delta.type === 'text') c.text += e.delta.text;
    if (e.event_type === 'step.delta' && e.delta.type === 'thought_summary') c.reasoning += e.delta.content.text;
    if (e.event_type === 'interaction.completed') {
      out.id = e.interaction.id;
      out.model = e.interaction.model;
      out.usage = e.interaction.usage;
      c.finish = e.interaction.status;
    }
  }
  return out;
});
