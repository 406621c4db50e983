// servers.cjs has servers that say just enough for the clients of clients.cjs.
// talk is called with each WebSocket, attach with the HTTP server where a
// package brings its own.
'use strict';

const later = (ms, f) => setTimeout(f, ms);
const each = (ws, f) => ws.on('message', (data, binary) => f(data, binary));
const json = (ws, f) => each(ws, (data) => f(JSON.parse(data.toString())));
const tell = (ws) => (...values) => values.forEach((v) => ws.send(JSON.stringify(v)));

// An MQTT broker with one client, of either version.
exports.mqtt = {
  talk(ws) {
    const packet = require('mqtt-packet');
    let version = 4;
    const parser = packet.parser();
    const say = (p) => ws.send(packet.generate(p, { protocolVersion: version }));
    parser.on('packet', (p) => {
      const code = version === 5 ? { reasonCode: 0 } : {};
      switch (p.cmd) {
        case 'connect':
          version = p.protocolVersion;
          parser.settings = { protocolVersion: version };
          return say({ cmd: 'connack', sessionPresent: false, returnCode: 0, reasonCode: 0, properties: version === 5 ? { topicAliasMaximum: 10 } : undefined });
        case 'subscribe':
          return say({ cmd: 'suback', messageId: p.messageId, granted: p.subscriptions.map((s) => (s.topic.startsWith('no') ? 128 : s.qos)), ...code });
        case 'unsubscribe':
          return say({ cmd: 'unsuback', messageId: p.messageId, granted: version === 5 ? [0] : undefined, ...code });
        case 'publish':
          if (p.qos === 1) say({ cmd: 'puback', messageId: p.messageId, ...code });
          if (p.qos === 2) say({ cmd: 'pubrec', messageId: p.messageId, ...code });
          if (p.qos < 2) {
            // Two packets, cut where no message should be.
            const both = Buffer.concat([0, 1].map((qos) => packet.generate(
              { cmd: 'publish', topic: p.topic || 'by/alias', payload: p.payload, qos, messageId: 7, dup: false, retain: false }, { protocolVersion: version })));
            ws.send(both.subarray(0, 5));
            ws.send(both.subarray(5));
          }
          return undefined;
        case 'pubrel':
          return say({ cmd: 'pubcomp', messageId: p.messageId, ...code });
        case 'pingreq':
          return say({ cmd: 'pingresp' });
        default:
          return undefined;
      }
    });
    each(ws, (data) => parser.parse(data));
  },
};

exports.stomp = {
  choose: (offered) => [...offered].find((p) => p === 'v12.stomp'),
  talk(ws) {
    let pending = '';
    let id = 0;
    each(ws, (data) => {
      pending += data.toString();
      for (let end; (end = pending.indexOf('\0')) >= 0; pending = pending.slice(end + 1)) frame(pending.slice(0, end).replace(/^\n+/, ''));
      if (pending === '\n') { pending = ''; ws.send('\n'); }
    });
    function frame(f) {
      const [head, body] = f.split('\n\n');
      const [command, ...lines] = head.split('\n');
      const h = Object.fromEntries(lines.map((l) => l.split(/:(.*)/s)));
      if (command === 'CONNECT') ws.send('CONNECTED\nversion:1.2\nheart-beat:100,100\nserver:test\n\n\0');
      if (command === 'SEND' && h.destination === '/topic/bad') return ws.send(`ERROR\nreceipt-id:${h.receipt}\nmessage:not allowed\n\nbecause\0`);
      if (command === 'SEND') {
        const m = `MESSAGE\nsubscription:sub-0\nmessage-id:${++id}\ndestination:${h.destination}\ncontent-length:${Buffer.byteLength(body)}\n\n${body}\0\n`;
        ws.send(m.slice(0, 30));
        ws.send(m.slice(30) + m);
      }
      if (h.receipt) ws.send(`RECEIPT\nreceipt-id:${h.receipt}\n\n\0`);
      return undefined;
    }
  },
};

// A SignalR hub in JSON, or in MessagePack with lengths in front.
exports.signalr = {
  talk(ws) {
    const msgpack = require('@msgpack/msgpack');
    let packed = null;
    const encode = (m) => {
      if (!packed) return `${JSON.stringify(m)}\x1e`;
      const h = {};
      const body = {
        1: () => [1, h, m.invocationId || null, m.target, m.arguments, []],
        2: () => [2, h, m.invocationId, m.item],
        3: () => (m.error ? [3, h, m.invocationId, 1, m.error] : [3, h, m.invocationId, 3, m.result]),
        6: () => [6],
        7: () => [7, m.error, false],
      }[m.type]();
      const bytes = Buffer.from(msgpack.encode(body));
      return Buffer.concat([Buffer.from([bytes.length]), bytes]);
    };
    const say = (...all) => ws.send(packed ? Buffer.concat(all.map(encode)) : all.map(encode).join(''));
    function decode(data) {
      if (!packed) return data.toString().split('\x1e').filter(Boolean).map((r) => JSON.parse(r));
      const out = [];
      for (let i = 0; i < data.length; i += 1 + data[i]) {
        const [type, , invocationId, target, args] = msgpack.decode(data.subarray(i + 1, i + 1 + data[i]));
        out.push({ type, invocationId, target, arguments: args, result: args });
      }
      return out;
    }
    each(ws, (data) => {
      if (packed === null) {
        packed = JSON.parse(data.toString().slice(0, -1)).protocol === 'messagepack';
        ws.send('{}\x1e');
        return;
      }
      for (const m of decode(data)) {
        const done = { type: 3, invocationId: m.invocationId };
        if (m.target === 'Send') say({ type: 1, target: 'ReceiveMessage', arguments: m.arguments }, { ...done, result: 'ok' });
        if (m.target === 'Fail') say({ ...done, error: 'it failed' });
        if (m.target === 'Ask') say({ type: 1, invocationId: 's1', target: 'WhatTime', arguments: [] }, { ...done, result: 1 });
        if (m.target === 'Counter') say({ type: 2, invocationId: m.invocationId, item: 1 }, { type: 2, invocationId: m.invocationId, item: 2 }, { type: 6 }, { ...done, result: null });
        if (m.target === 'Bye') say({ type: 7, error: 'going down' });
      }
    });
  },
};

exports['socket.io'] = {
  attach(server) {
    const { Server } = require('socket.io');
    const io = new Server(server, { pingInterval: 80, pingTimeout: 1000 });
    io.of('/admin').use((s, next) => next(new Error('not authorized')));
    io.on('connection', (s) => {
      s.on('hi', (n, ack) => ack('there'));
      s.on('file', (meta, bytes, ack) => {
        ack(bytes);
        s.emit('image', { name: 'a' }, Buffer.from([1, 2, 3]), Buffer.from([4]));
        s.emit('tick', 1);
      });
    });
  },
};

exports.graphql = {
  attach(server) {
    const { useServer } = require('graphql-ws/use/ws');
    const { WebSocketServer } = require('ws');
    const { buildSchema } = require('graphql');
    const wss = new WebSocketServer({ server, path: '/graphql' });
    useServer({
      schema: buildSchema('type Query { me: String fail: String } type Mutation { save: Int } type Subscription { tick: Int }'),
      roots: {
        query: { me: () => 'anna', fail: () => { throw new Error('no'); } },
        mutation: { save: () => 1 },
        subscription: { async *tick() { for (let i = 0; i < 3; i++) yield { tick: i }; } },
      },
    }, wss);
  },
};

exports['graphql-old'] = {
  talk(ws) {
    const say = tell(ws);
    json(ws, (m) => {
      if (m.type === 'connection_init') say({ type: 'connection_ack' }, { type: 'ka' });
      if (m.type === 'start') {
        for (let i = 0; i < 2; i++) say({ type: 'data', id: m.id, payload: { data: { tick: i } } });
        if (!m.payload.query.includes('subscription')) say({ type: 'complete', id: m.id });
      }
    });
  },
};

exports.phoenix = {
  talk(ws) {
    const say = tell(ws);
    each(ws, (data, binary) => {
      if (binary) {
        // A binary push has the same sizes as a binary reply has.
        const reply = Buffer.from(data);
        const event = 5 + reply[1] + reply[2] + reply[3];
        ws.send(Buffer.concat([Buffer.from([1, reply[1], reply[2], reply[3], 2]), reply.subarray(5, event), Buffer.from('ok'), Buffer.from([9])]));
        return;
      }
      const [joinRef, ref, topic, event] = JSON.parse(data.toString());
      const status = event === 'bad' ? 'error' : 'ok';
      say([joinRef, ref, topic, 'phx_reply', { status, response: {} }]);
      if (event === 'phx_join') say([joinRef, null, topic, 'presence_state', {}]);
      if (event === 'shout') say([null, null, topic, 'shout', { body: 'hi' }]);
      if (event === 'phx_leave') say([joinRef, joinRef, topic, 'phx_close', {}]);
    });
  },
};

exports.actioncable = {
  choose: (offered) => [...offered][0],
  talk(ws) {
    const say = tell(ws);
    say({ type: 'welcome' });
    later(30, () => say({ type: 'ping', message: 1795281978 }));
    json(ws, (m) => {
      if (m.command === 'subscribe') say({ identifier: m.identifier, type: m.identifier.includes('Admin') ? 'reject_subscription' : 'confirm_subscription' });
      if (m.command === 'message') say({ identifier: m.identifier, message: { text: 'hi' } });
    });
  },
};

exports.centrifuge = {
  talk(ws) {
    // JSON texts with line feeds between.
    const say = (...all) => ws.send(all.map((v) => JSON.stringify(v)).join('\n'));
    each(ws, (data) => {
      const replies = [];
      for (const line of data.toString().split('\n').filter(Boolean)) {
        const c = JSON.parse(line);
        if (c.connect) replies.push({ id: c.id, connect: { client: 'c1', version: '5', ping: 25, pong: true } });
        if (c.subscribe) replies.push({ id: c.id, subscribe: {} }, { push: { channel: c.subscribe.channel, pub: { data: { a: 1 }, offset: 1 } } });
        if (c.rpc && c.rpc.method === 'nope') replies.push({ id: c.id, error: { code: 104, message: 'method not found' } });
        else if (c.rpc) replies.push({ id: c.id, rpc: { data: 3 } });
        if (c.publish) replies.push({ id: c.id, publish: {} });
        if (c.unsubscribe) replies.push({ id: c.id, unsubscribe: {} });
      }
      if (replies.length) say(...replies);
      if (replies.some((r) => r.connect)) later(20, () => say({}));
    });
  },
};

exports['centrifuge-protobuf'] = {
  talk(ws) {
    const field = (n, bytes) => Buffer.concat([Buffer.from([n << 3 | 2, bytes.length]), bytes]);
    const framed = (bytes) => Buffer.concat([Buffer.from([bytes.length]), bytes]);
    each(ws, (data) => {
      for (let i = 0; i < data.length; i += 1 + data[i]) {
        const command = data.subarray(i + 1, i + 1 + data[i]);
        if (command.length === 0) continue;
        const [, id, tag] = command;
        const kind = tag >> 3;
        const head = Buffer.from([0x08, id]);
        const result = kind === 4 ? Buffer.concat([field(1, Buffer.from('c1')), Buffer.from([7 << 3, 25, 8 << 3, 1])])
          : kind === 13 ? field(1, Buffer.from('3')) : Buffer.alloc(0);
        const failed = command.includes('nope');
        const error = field(2, Buffer.concat([Buffer.from([8, 104]), field(2, Buffer.from('method not found'))]));
        const out = [framed(Buffer.concat([head, failed ? error : field(kind + (kind < 12 ? 1 : 0), result)]))];
        if (kind === 5) out.push(framed(field(4, Buffer.concat([field(2, Buffer.from('news')), field(4, field(4, Buffer.from('{}')))]))));
        ws.send(Buffer.concat(out));
        if (kind === 4) later(20, () => ws.send(Buffer.from([0])));
      }
    });
  },
};

exports.wamp = {
  talk(ws) {
    const autobahn = require('autobahn');
    const sub = ws.protocol;
    const serializer = new autobahn.serializer[{ 'wamp.2.json': 'JSONSerializer', 'wamp.2.msgpack': 'MsgpackSerializer', 'wamp.2.cbor': 'CBORSerializer' }[sub]]();
    const say = async (m) => ws.send(await serializer.serialize(m));
    each(ws, async (data, binary) => {
      const m = serializer.unserialize(binary ? data : data.toString());
      switch (m[0]) {
        case 1: return say([2, 7311894298, { roles: { broker: {}, dealer: {} } }]);
        case 32: return say([33, m[1], 5512315]);
        case 34: return say([35, m[1]]);
        case 16:
          if (m[2].acknowledge) await say([17, m[1], 442931]);
          return say([36, 5512315, 442931, {}, m[4] || []]);
        case 48:
          if (m[3] === 'com.test.nope') return say([8, 48, m[1], {}, 'wamp.error.no_such_procedure']);
          if (m[2].receive_progress) await say([50, m[1], { progress: true }, [1]]);
          return say([50, m[1], {}, [3]]);
        case 64: await say([65, m[1], 210333]); return say([68, 6131533, 210333, {}, [1, 2]]);
        case 6: return say([6, {}, 'wamp.close.goodbye_and_out']);
        default: return undefined;
      }
    });
  },
};

exports['home-assistant'] = {
  talk(ws) {
    const say = tell(ws);
    say({ type: 'auth_required', ha_version: '2026.1.0' });
    json(ws, (m) => {
      if (Array.isArray(m)) return;
      const ok = { id: m.id, type: 'result', success: true, result: null };
      if (m.type === 'auth') say({ type: 'auth_ok', ha_version: '2026.1.0' });
      else if (m.type === 'ping') say({ id: m.id, type: 'pong' });
      else if (m.type === 'call_service' && m.domain === 'nope') say({ ...ok, success: false, error: { code: 'not_found', message: 'Service not found.' } });
      else if (m.type === 'subscribe_events') {
        const event = { id: m.id, type: 'event', event: { event_type: 'state_changed', data: {} } };
        say([ok, event, event]);
      } else say(ok);
    });
  },
};

exports.cdp = {
  talk(ws) {
    const say = tell(ws);
    json(ws, (m) => {
      if (m.method === 'Page.nope') return say({ id: m.id, error: { code: -32601, message: "'Page.nope' wasn't found" } });
      say({ id: m.id, result: {} });
      if (m.method === 'Network.enable') say({ method: 'Network.requestWillBeSent', params: { requestId: '1' } });
      return undefined;
    });
  },
};

exports.okx = {
  talk(ws) {
    const say = tell(ws);
    each(ws, (data) => {
      if (data.toString() === 'ping') return ws.send('pong');
      const m = JSON.parse(data.toString());
      const connId = 'a4d3ae55';
      if (m.op === 'login') say({ event: 'login', msg: '', code: '0', connId });
      else if (m.op === 'subscribe' || m.op === 'unsubscribe') {
        for (const arg of m.args) {
          say({ id: m.id, event: m.op, arg, connId });
          if (m.op === 'subscribe') say({ arg, data: [{ last: '1' }] });
        }
      } else {
        const bad = m.op === 'amend-order';
        say({ id: m.id, op: m.op, code: bad ? '1' : '0', msg: '', data: [{ ordId: '1', sCode: bad ? '51503' : '0', sMsg: '' }], inTime: '1695190491421339', outTime: '1695190491423240' });
      }
      return undefined;
    });
  },
};

exports.slack = {
  attach(server) {
    const { WebSocketServer } = require('ws');
    const wss = new WebSocketServer({ server, path: '/link/' });
    server.on('request', (request, response) => {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ ok: true, url: `ws://${request.headers.host}/link/?ticket=t&app_id=a` }));
    });
    wss.on('connection', (ws) => {
      const say = tell(ws);
      say({ type: 'hello', num_connections: 1, connection_info: { app_id: 'A1' } });
      ws.ping('Ping from slack');
      later(50, () => say({ envelope_id: 'e-1', payload: { event: { type: 'app_mention', text: 'hi' }, type: 'event_callback' }, type: 'events_api', accepts_response_payload: false }));
    });
  },
};

exports.discord = {
  talk(ws) {
    const zlib = require('zlib');
    const z = zlib.createDeflate();
    let piece = [];
    z.on('data', (p) => piece.push(p));
    // One stream for the connection; long messages come in several frames.
    let queue = Promise.resolve();
    const say = (m) => {
      queue = queue.then(() => new Promise((resolve) => {
        z.write(JSON.stringify(m));
        z.flush(zlib.constants.Z_SYNC_FLUSH, () => {
          const data = Buffer.concat(piece);
          piece = [];
          if (data.length > 100) { ws.send(data.subarray(0, 50)); ws.send(data.subarray(50)); } else ws.send(data);
          resolve();
        });
      }));
    };
    say({ t: null, s: null, op: 10, d: { heartbeat_interval: 60 } });
    json(ws, (m) => {
      if (m.op === 1) say({ t: null, s: null, op: 11, d: null });
      if (m.op === 2) {
        say({ t: 'READY', s: 1, op: 0, d: { v: 10, session_id: 'x', resume_gateway_url: 'ws://127.0.0.1:1', user: { id: '1' }, guilds: [], application: { id: '1', flags: 0 }, note: [...Array(40).keys()].map((i) => `guild ${i * i}`) } });
        say({ t: 'MESSAGE_CREATE', s: 2, op: 0, d: { content: 'hi' } });
      }
    });
  },
};
