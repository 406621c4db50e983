// read.js reads frames of a server with the receiver of npm ws and prints the
// messages, base64, as one JSON array. Its input is {"frames":"base64","params":{...}},
// the parameters being those of the extension, as agreed on:
//
//   NODE_PATH=.../node_modules node read.js < input.json
'use strict';
const path = require('path');
const lib = path.join(path.dirname(require.resolve('ws/package.json')), 'lib');
const PerMessageDeflate = require(path.join(lib, 'permessage-deflate.js'));
const Receiver = require(path.join(lib, 'receiver.js'));

const input = JSON.parse(require('fs').readFileSync(0));
const deflate = new PerMessageDeflate({});
deflate.params = input.params;
const receiver = new Receiver({ isServer: false, extensions: { 'permessage-deflate': deflate } });
const messages = [];
receiver.on('message', (data) => messages.push(data.toString('base64')));
receiver.on('error', (err) => { console.error(err); process.exit(1); });
receiver.on('conclude', () => {
  process.stdout.write(JSON.stringify(messages) + '\n', () => process.exit(0));
});
receiver.write(Buffer.from(input.frames, 'base64'));
