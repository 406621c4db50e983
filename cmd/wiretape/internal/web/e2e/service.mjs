// The service that is recorded: sockets, event streams, records, plain answers.
import { createServer, request } from "node:http";
import { WebSocket, WebSocketServer, HttpsProxyAgent } from "./house.mjs";

// serve starts the service on loopback. Paths:
//   /ws        echoes; "push N" sends N numbered messages; "close CODE" closes
//   /sse?n=    n events        /llm?n=   a chat completion in n fragments
//   /ndjson?n= n records       /json     an object with a 19-digit id
//   /html      a page with a script in it
export async function serve(t) {
  const server = createServer(answer);
  const sockets = new WebSocketServer({ server, path: "/ws", perMessageDeflate: true });
  sockets.on("connection", (socket, req) => {
    socket.handshake = req;
    socket.on("message", (data, binary) => hear(socket, data, binary));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  t.after(() => {
    for (const c of sockets.clients) c.terminate();
    server.closeAllConnections();
    server.close();
  });
  return { host: "127.0.0.1:" + server.address().port, sockets, server };
}

function hear(socket, data, binary) {
  const text = String(data);
  const [word, n, payload] = text.split(" ", 3);
  if (!binary && word === "push") {
    for (let i = 0; i < Number(n); i++) socket.send(JSON.stringify({ event: "tick", n: i, price: i * 1.5, text: payload ?? "x".repeat(40) }));
  } else if (!binary && word === "close") socket.close(Number(n), "as you wish");
  else socket.send(data, { binary });
}

function answer(req, res) {
  const url = new URL(req.url, "http://x");
  const n = Number(url.searchParams.get("n") ?? 5);
  switch (url.pathname) {
    case "/sse":
      res.writeHead(200, { "content-type": "text/event-stream" });
      for (let i = 0; i < n; i++) res.write(`id: ${i}\nevent: tick\ndata: {"n":${i}}\n\n`);
      return res.end();
    case "/llm":
      return complete(res, n, Number(url.searchParams.get("every") ?? 0));
    case "/ndjson":
      res.writeHead(200, { "content-type": "application/x-ndjson" });
      for (let i = 0; i < n; i++) res.write(`{"record":${i}}\n`);
      return res.end();
    case "/html":
      res.writeHead(200, { "content-type": "text/html" });
      return res.end('<h1>Hi</h1><script>document.title="ran";fetch("/leak")</script><img src=x onerror="fetch(\'/leak\')">');
    default:
      res.writeHead(200, { "content-type": "application/json", "set-cookie": "sid=s3cret; HttpOnly" });
      res.end('{"id":9223372036854775807,"name":"Łódź","ok":true,"list":[1,2.50,3]}');
  }
}

// complete sends a chat completion with reasoning before its answer.
async function complete(res, n, every) {
  res.writeHead(200, { "content-type": "text/event-stream" });
  const send = (delta, rest = {}) => res.write(`data: ${JSON.stringify({ id: "chatcmpl-1", object: "chat.completion.chunk", model: "gpt-test", choices: [{ index: 0, delta, finish_reason: null, ...rest }] })}\n\n`);
  send({ role: "assistant", reasoning_content: "Let me think. " });
  for (let i = 0; i < n; i++) {
    send({ content: `word${i} ` });
    if (every) await new Promise((done) => setTimeout(done, every));
  }
  send({}, { finish_reason: "stop" });
  res.end("data: [DONE]\n\n");
}

// get asks the service through the recorder's proxy.
export function get(house, host, path, headers = {}) {
  const proxy = new URL(house.proxy);
  return new Promise((done, fail) => {
    const r = request({ host: proxy.hostname, port: proxy.port, path: `http://${host}${path}`, headers: { host, ...headers } }, (res) => {
      let body = "";
      res.on("data", (d) => { body += d; });
      res.on("end", () => done({ status: res.statusCode, body }));
    });
    r.on("error", fail);
    r.end();
  });
}

// dial opens a socket to the service through the recorder's proxy.
export async function dial(house, host, path = "/ws", options = {}) {
  const socket = new WebSocket(`ws://${host}${path}`, [], { agent: new HttpsProxyAgent(house.proxy), ...options });
  socket.seen = [];
  socket.on("message", (data) => socket.seen.push(String(data)));
  await new Promise((done, fail) => { socket.once("open", done); socket.once("error", fail); });
  return socket;
}
