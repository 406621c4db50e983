// A Socket.IO server; prints its port.
const { createRequire } = require('node:module');
const need = createRequire(process.env.WIRETAPE_NPM + '/');
const { Server } = need('socket.io');
const http = require('node:http').createServer();
const io = new Server(http, { pingInterval: 250, pingTimeout: 5000 });
let dropped = false;
io.on('connection', (s) => {
  s.on('echo', (what, answer) => answer({ ok: true, what }));
  s.on('sum', (a, b, answer) => answer(a + b));
  s.on('join', (room) => { s.join(room); s.emit('joined', room, { members: 1 }); s.emit('news', { room, n: 1 }); s.emit('news', { room, n: 2 }); });
  s.on('drop', () => { if (!dropped) { dropped = true; s.conn.transport.socket._socket.destroy(); } });
});
http.listen(0, '127.0.0.1', () => console.log(http.address().port));
