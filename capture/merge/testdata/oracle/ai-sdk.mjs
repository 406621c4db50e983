import { ask, load } from './serve.mjs';
const { DefaultChatTransport, readUIMessageStream } = load('ai');
await ask('text/event-stream', async (url) => {
  const transport = new DefaultChatTransport({ api: url });
  const stream = await transport.sendMessages({ trigger: 'submit-message', chatId: 'c', messages: [], abortSignal: undefined });
  let message;
  for await (message of readUIMessageStream({ stream }));
  const of = (type) => message.parts.filter((p) => p.type === type);
  return {
    id: message.id, model: message.metadata?.model ?? '', usage: message.metadata?.totalUsage ?? null,
    choices: [{
      index: 0, role: message.role, refusal: '',
      text: of('text').map((p) => p.text).join(''), reasoning: of('reasoning').map((p) => p.text).join(''),
      citations: of('source-url').length,
      calls: message.parts.filter((p) => p.toolCallId).map((p) => ({ id: p.toolCallId, name: p.type.slice('tool-'.length), input: p.input })),
    }],
  };
});
