import { ask, load } from './serve.mjs';
const { GoogleGenAI } = load('@google/genai');
await ask('text/event-stream', async (url) => {
  const ai = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: url } });
  const out = { id: '', model: '', usage: null, choices: [] };
  for await (const chunk of await ai.models.generateContentStream({ model: 'm', contents: 'x' })) {
    out.id = chunk.responseId ?? out.id;
    out.model = chunk.modelVersion ?? out.model;
    out.usage = { ...out.usage, ...chunk.usageMetadata };
    for (const c of chunk.candidates ?? []) {
      const choice = (out.choices[c.index ?? 0] ??= { index: c.index ?? 0, role: 'model', text: '', reasoning: '', refusal: '', finish: '', calls: [] });
      choice.finish = c.finishReason ?? choice.finish;
      for (const p of c.content?.parts ?? []) {
        if (p.text !== undefined) choice[p.thought ? 'reasoning' : 'text'] += p.text;
        if (p.functionCall?.args) choice.calls.push({ id: p.functionCall.id, name: p.functionCall.name, input: p.functionCall.args });
      }
    }
  }
  return out;
});
