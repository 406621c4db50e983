// A Socket.IO server; prints its port.
const { createRequire } = require('node:module');
const need = createRequire(process.env.WIRETAPE_NPM + '/');
const { Server } = need('socket.io');
const http = require('node:http').createServer();
const io = new Server(http, { pingInterval: 250, pingTimeout: 5000 });
let dropped = false;
io.of('/admin').on('connection', (s) => {
  s.on('sum', (a, b, answer) => answer({ admin: true, sum: a + b }));
  s.on('alarm', (what) => s.emit('alert', what, { level: 2 }));
});
io.on('connection', (s) => {
  s.on('echo', (what, answer) => answer({ ok: true, what }));
  s.on('sum', (a, b, answer) => answer(a + b));
  s.on('join', (room) => { s.join(room); s.emit('joined', room, { members: 1 }); s.emit('news', { room, n: 1 }); s.emit('news', { room, n: 2 }); });
  s.on('reverse', (p, answer) => answer(Buffer.from(p).reverse()));
  s.on('draw', () => s.emit('picture', Buffer.from('00ff10', 'hex')));
  s.on('drop', () => {
    if (dropped) return;
    dropped = true;
    if (s.conn.transport.socket) s.conn.transport.socket._socket.destroy();
    else s.conn.close(true);
  });
});
http.listen(0, '127.0.0.1', () => console.log(http.address().port));
