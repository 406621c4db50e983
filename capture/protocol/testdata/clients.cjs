// clients.cjs has the real clients, each with a short talk. packages are those
// whose versions are worth knowing; server is the one of servers.cjs to talk to.
'use strict';
const WebSocket = require('ws');

const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const event = (emitter, name) => new Promise((resolve) => { emitter.once(name, (...args) => resolve(args)); });

function mqtt(protocolVersion) {
  return {
    packages: ['mqtt'], server: 'mqtt',
    async run(port) {
      const client = require('mqtt').connect(`ws://127.0.0.1:${port}/mqtt`, {
        protocolVersion, clientId: 'c1', reconnectPeriod: 0, username: 'u', password: 'p',
        properties: protocolVersion === 5 ? { topicAliasMaximum: 5 } : undefined, autoUseTopicAlias: protocolVersion === 5, autoAssignTopicAlias: protocolVersion === 5,
      });
      await event(client, 'connect');
      await client.subscribeAsync({ 'a/+': { qos: 1 }, 'no/#': { qos: 0 } }).catch(() => {});
      await client.publishAsync('a/b', 'hi', { qos: 1 });
      await client.publishAsync('a/b', 'again', { qos: 0 });
      await client.publishAsync('q', 'twice', { qos: 2 });
      client.sendPing();
      await wait(50);
      await client.unsubscribeAsync('a/+');
      await client.endAsync();
    },
  };
}
exports.mqtt = mqtt(4);
exports.mqtt5 = mqtt(5);

exports.stomp = {
  packages: ['@stomp/stompjs'],
  async run(port) {
    const { Client } = require('@stomp/stompjs');
    const client = new Client({
      webSocketFactory: () => new WebSocket(`ws://127.0.0.1:${port}/stomp`, ['v12.stomp', 'v11.stomp', 'v10.stomp']),
      heartbeatIncoming: 100, heartbeatOutgoing: 100, reconnectDelay: 0,
      splitLargeFrames: true, maxWebSocketChunkSize: 48,
    });
    await new Promise((resolve) => { client.onConnect = resolve; client.activate(); });
    const receipt = (id) => new Promise((resolve) => { client.watchForReceipt(id, resolve); });
    client.subscribe('/topic/a', (m) => m.ack(), { ack: 'client-individual' });
    const got = receipt('r-1');
    client.publish({ destination: '/topic/a', body: 'a body that is longer than one message may be', headers: { receipt: 'r-1' } });
    await got;
    const tx = client.begin('tx-1');
    tx.commit();
    await wait(150);
    const failed = new Promise((resolve) => { client.onStompError = resolve; });
    client.publish({ destination: '/topic/bad', body: 'x', headers: { receipt: 'r-2' } });
    await failed;
    await client.deactivate({ force: true });
  },
};

function signalr(packed) {
  return {
    packages: ['@microsoft/signalr', ...(packed ? ['@microsoft/signalr-protocol-msgpack'] : [])], server: 'signalr',
    async run(port) {
      const signalR = require('@microsoft/signalr');
      const builder = new signalR.HubConnectionBuilder()
        .withUrl(`http://127.0.0.1:${port}/chat`, { skipNegotiation: true, transport: 1, WebSocket }).configureLogging(signalR.LogLevel.None);
      if (packed) builder.withHubProtocol(new (require('@microsoft/signalr-protocol-msgpack').MessagePackHubProtocol)());
      const hub = builder.build();
      hub.keepAliveIntervalInMilliseconds = 60;
      hub.on('ReceiveMessage', () => {});
      hub.on('WhatTime', () => 'noon');
      await hub.start();
      await hub.invoke('Send', 'bob', 'hi');
      await hub.invoke('Fail').catch(() => {});
      await hub.invoke('Ask');
      await new Promise((complete, error) => { hub.stream('Counter', 2).subscribe({ next() {}, complete, error }); });
      hub.send('Log', 'x');
      await wait(100);
      const closed = new Promise((resolve) => { hub.onclose(resolve); });
      hub.send('Bye');
      await closed;
    },
  };
}
exports.signalr = signalr(false);
exports['signalr-messagepack'] = signalr(true);

exports['socket.io'] = {
  packages: ['socket.io-client', 'socket.io'],
  async run(port) {
    const { io } = require('socket.io-client');
    const socket = io(`http://127.0.0.1:${port}`, { transports: ['websocket'] });
    await event(socket, 'connect');
    const admin = socket.io.socket('/admin');
    admin.connect();
    await event(admin, 'connect_error');
    await socket.emitWithAck('hi', 1);
    const tick = event(socket, 'tick');
    await socket.emitWithAck('file', { name: 'f' }, Buffer.from([9, 8, 7]));
    await tick;
    await wait(100); // for a ping
    socket.disconnect();
  },
};

exports.graphql = {
  packages: ['graphql-ws'],
  async run(port) {
    const { createClient } = require('graphql-ws');
    const client = createClient({ url: `ws://127.0.0.1:${port}/graphql`, webSocketImpl: WebSocket, lazy: false, retryAttempts: 0, keepAlive: 60 });
    const run = (payload) => new Promise((complete) => {
      client.subscribe(payload, { next() {}, complete, error: complete });
    });
    await run({ query: '{ me }' });
    await run({ query: 'subscription OnTick { tick }', operationName: 'OnTick' });
    await run({ query: 'mutation { save }' });
    await run({ query: '{ fail }' });
    await run({ query: '{ nothing }' });
    await wait(90);
    await client.dispose();
  },
};

exports['graphql-old'] = {
  packages: ['subscriptions-transport-ws'],
  async run(port) {
    const { SubscriptionClient } = require('subscriptions-transport-ws');
    const client = new SubscriptionClient(`ws://127.0.0.1:${port}/subscriptions`, {}, WebSocket);
    await new Promise((complete) => {
      client.request({ query: 'query Me { me }' }).subscribe({ next() {}, complete });
    });
    let n = 0;
    await new Promise((resolve) => {
      const s = client.request({ query: 'subscription OnTick { tick }', operationName: 'OnTick' }).subscribe({
        next() { if (++n === 2) { setTimeout(() => { s.unsubscribe(); resolve(); }, 5); } },
      });
    });
    client.close();
  },
};

exports.phoenix = {
  packages: ['phoenix'],
  async run(port) {
    const { Socket } = require('phoenix');
    const socket = new Socket(`ws://127.0.0.1:${port}/socket`, { transport: WebSocket, heartbeatIntervalMs: 60, params: { token: 't' } });
    socket.connect();
    const channel = socket.channel('room:lobby', {});
    const ok = (push) => new Promise((resolve) => { push.receive('ok', resolve).receive('error', resolve); });
    await ok(channel.join());
    await ok(channel.push('shout', { body: 'hi' }));
    await ok(channel.push('bad', {}));
    await ok(channel.push('file', new Uint8Array([1, 2, 3]).buffer));
    await wait(90);
    await ok(channel.leave());
    await new Promise((resolve) => { socket.disconnect(resolve); });
  },
};

exports.actioncable = {
  packages: ['@rails/actioncable'],
  async run(port) {
    global.self = global;
    global.addEventListener = () => {};
    global.removeEventListener = () => {};
    global.document = { visibilityState: 'visible' };
    const cable = require('@rails/actioncable/app/assets/javascripts/actioncable.js');
    cable.adapters.WebSocket = WebSocket;
    const consumer = cable.createConsumer(`ws://127.0.0.1:${port}/cable`);
    await new Promise((resolve) => {
      consumer.subscriptions.create({ channel: 'AdminChannel' }, { rejected: resolve });
    });
    await new Promise((resolve) => {
      const chat = consumer.subscriptions.create({ channel: 'ChatChannel', room: '1' }, {
        connected() { chat.perform('speak', { text: 'hi' }); },
        received() { chat.unsubscribe(); resolve(); },
      });
    });
    await wait(50);
    consumer.disconnect();
  },
};

function centrifuge(protobuf) {
  return {
    packages: ['centrifuge'], server: protobuf ? 'centrifuge-protobuf' : 'centrifuge',
    async run(port) {
      const { Centrifuge } = require(protobuf ? 'centrifuge/build/protobuf' : 'centrifuge');
      const client = new Centrifuge(`ws://127.0.0.1:${port}/connection/websocket`, { websocket: WebSocket, token: protobuf ? '' : 't' });
      client.connect();
      await client.ready(2000);
      const sub = client.newSubscription('news');
      const data = protobuf ? new TextEncoder().encode('{}') : {};
      const published = event(sub, 'publication');
      sub.subscribe();
      await published;
      await client.rpc('sum', data);
      await client.rpc('nope', data).catch(() => {});
      await wait(40);
      sub.unsubscribe();
      await wait(20);
      client.disconnect();
    },
  };
}
exports.centrifuge = centrifuge(false);
exports['centrifuge-protobuf'] = centrifuge(true);

function wamp(serializer) {
  return {
    packages: ['autobahn'], server: 'wamp',
    async run(port) {
      const autobahn = require('autobahn');
      const connection = new autobahn.Connection({
        url: `ws://127.0.0.1:${port}/ws`, realm: 'realm1', max_retries: 0, serializers: [new autobahn.serializer[serializer]()],
      });
      const session = await new Promise((resolve) => { connection.onopen = resolve; connection.open(); });
      const sub = await session.subscribe('com.test.news', () => {});
      await session.publish('com.test.news', ['x'], {}, { acknowledge: true });
      session.publish('com.test.news', ['y']);
      await session.call('com.test.sum', [1, 2], {}, { receive_progress: true });
      await session.call('com.test.nope').catch(() => {});
      await session.register('com.test.add', (a) => a[0] + a[1]);
      await wait(30);
      await session.unsubscribe(sub);
      const closed = new Promise((resolve) => { connection.onclose = () => { resolve(); return true; }; });
      connection.close();
      await closed;
    },
  };
}
exports.wamp = wamp('JSONSerializer');
exports['wamp-msgpack'] = wamp('MsgpackSerializer');
exports['wamp-cbor'] = wamp('CBORSerializer');

exports['home-assistant'] = {
  packages: ['home-assistant-js-websocket'],
  async run(port) {
    global.WebSocket = WebSocket;
    const { createConnection, createLongLivedTokenAuth, callService } = await import(require.resolve('home-assistant-js-websocket'));
    const connection = await createConnection({ auth: createLongLivedTokenAuth(`http://127.0.0.1:${port}`, 'token') });
    const stop = await connection.subscribeEvents(() => {}, 'state_changed');
    await callService(connection, 'light', 'turn_on');
    await callService(connection, 'nope', 'x').catch(() => {});
    await connection.ping();
    await stop();
    connection.close();
  },
};

exports.cdp = {
  packages: ['chrome-remote-interface'],
  async run(port) {
    const CDP = require('chrome-remote-interface');
    const client = await CDP({ target: `ws://127.0.0.1:${port}/devtools/page/6E1A`, local: true });
    await client.Network.enable();
    await client.Page.navigate({ url: 'https://example.org' });
    await client.send('Page.nope').catch(() => {});
    await client.Network.disable();
    await client.close();
  },
};

exports.okx = {
  packages: ['okx-api'],
  async run(port) {
    const { WebsocketAPIClient } = require('okx-api');
    const client = new WebsocketAPIClient({
      wsUrl: `ws://127.0.0.1:${port}/ws/v5/private`, accounts: [{ apiKey: 'k', apiSecret: 's', apiPass: 'p' }], pingInterval: 60, attachEventListeners: false,
    }, { trace() {}, info() {}, error() {} });
    const order = { instId: 'BTC-USDT', tdMode: 'cash', side: 'buy', ordType: 'market', sz: '1' };
    const ws = client.getWSClient();
    // It logs in twice, and subscribes again to all it knows after each answer.
    let logins = 0;
    const settled = new Promise((done) => { ws.on('authenticated', () => { if (++logins === 2) done(); }); });
    await client.submitNewOrder(order);
    await client.amendOrder({ instId: 'BTC-USDT', ordId: '1', newSz: '2' }).catch(() => {});
    await settled;
    await wait(20);
    ws.subscribe({ channel: 'orders', instType: 'SPOT' });
    await wait(150);
    ws.closeAll(true);
    await wait(50);
  },
};

exports.slack = {
  packages: ['@slack/socket-mode'],
  async run(port) {
    const { SocketModeClient } = require('@slack/socket-mode');
    const client = new SocketModeClient({ appToken: 'xapp-test', clientOptions: { slackApiUrl: `http://127.0.0.1:${port}/api/` }, logger: { debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, getLevel() { return 'error'; }, setName() {} } });
    const acked = new Promise((resolve) => { client.on('app_mention', async ({ ack }) => { await ack(); resolve(); }); });
    await client.start();
    await acked;
    await wait(50);
    await client.disconnect();
  },
};

exports.discord = {
  packages: ['@discordjs/ws'],
  async run(port) {
    const { WebSocketManager, WebSocketShardEvents, CompressionMethod } = require('@discordjs/ws');
    const manager = new WebSocketManager({
      token: 't', intents: 513, shardCount: 1, compression: CompressionMethod.ZlibNative,
      fetchGatewayInformation: async () => ({ url: `ws://127.0.0.1:${port}`, shards: 1, session_start_limit: { total: 1, remaining: 1, reset_after: 0, max_concurrency: 1 } }),
      rest: { setToken() { return this; }, get: async () => ({ url: `ws://127.0.0.1:${port}`, shards: 1, session_start_limit: { total: 1, remaining: 1, reset_after: 0, max_concurrency: 1 } }) },
    });
    const message = new Promise((resolve) => {
      manager.on(WebSocketShardEvents.Dispatch, (p) => { if ((p.data || p).t === 'MESSAGE_CREATE') resolve(); });
    });
    await manager.connect();
    await message;
    await wait(100);
    await manager.destroy();
  },
};
