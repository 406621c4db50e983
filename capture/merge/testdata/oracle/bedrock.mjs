import { ask, load } from './serve.mjs';
const { BedrockRuntimeClient, ConverseStreamCommand, InvokeModelWithResponseStreamCommand } = load('@aws-sdk/client-bedrock-runtime');
const { NodeHttpHandler } = load('@smithy/node-http-handler');
await ask('application/vnd.amazon.eventstream', async (url, file) => {
  const client = new BedrockRuntimeClient({ region: 'x', endpoint: url, maxAttempts: 1, credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, requestHandler: new NodeHttpHandler() });
  const c = { index: 0, text: '', reasoning: '', refusal: '' };
  const out = { id: '', model: '', usage: null, choices: [c] };
  if (!file.includes('invoke') && !file.includes('llama') && !file.includes('nova')) {
    c.calls = [];
    const { stream } = await client.send(new ConverseStreamCommand({ modelId: 'm', messages: [] }));
    for await (const e of stream) {
      const d = e.contentBlockDelta?.delta;
      c.role = e.messageStart?.role ?? c.role;
      c.text += d?.text ?? '';
      c.reasoning += d?.reasoningContent?.text ?? '';
      c.finish = e.messageStop?.stopReason ?? c.finish;
      out.usage = e.metadata?.usage ?? out.usage;
      if (e.contentBlockStart) c.calls.push({ id: e.contentBlockStart.start.toolUse.toolUseId, name: e.contentBlockStart.start.toolUse.name, arguments: '' });
      if (d?.toolUse) c.calls.at(-1).arguments += d.toolUse.input;
    }
    return out;
  }
  const { body } = await client.send(new InvokeModelWithResponseStreamCommand({ modelId: 'm', body: '{}' }));
  for await (const e of body) {
    const j = JSON.parse(Buffer.from(e.chunk.bytes).toString());
    c.text += j.delta?.text ?? j.contentBlockDelta?.delta.text ?? j.generation ?? '';
    out.id = j.message?.id ?? out.id;
    out.model = j.message?.model ?? out.model;
  }
  return out;
});
