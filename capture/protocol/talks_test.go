package protocol_test

var talks = []struct {
	name, protocol, url, sub string
	said                     talk
	want                     string
}{
	{"okx", "okx", "wss://ws.okx.com:8443/ws/v5/private", "", `
		> {"id":"1","op":"login","args":[{"apiKey":"k","passphrase":"p","timestamp":"1795281978","sign":"c2ln"}]}
		> {"id":"2","op":"login","args":[{"apiKey":"k","passphrase":"p","timestamp":"1795281978","sign":"c2ln"}]}
		< {"event":"login","msg":"","code":"0","connId":"a4d3ae55"}
		> {"id":"3","op":"order","args":[{"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"market","sz":"1","tag":"x"}]}
		< {"id":"3","op":"order","code":"0","msg":"","data":[{"ordId":"1","clOrdId":"","tag":"","ts":"1","sCode":"0","sMsg":""}],"inTime":"1695190491421339","outTime":"1695190491423240"}
		> {"id":"4","op":"subscribe","args":[{"channel":"tickers","instId":"BTC-USDT"},{"channel":"orders","instType":"SPOT"}]}
		< {"id":"4","event":"subscribe","arg":{"channel":"tickers","instId":"BTC-USDT"},"connId":"a4d3ae55"}
		< {"event":"channel-conn-count","channel":"orders","connCount":"2","connId":"abcd1234"}
		< {"arg":{"channel":"tickers","instId":"BTC-USDT"},"data":[{"last":"9999.99"}]}
		< {"arg":{"channel":"books","instId":"BTC-USDT"},"action":"snapshot","data":[{"asks":[]}]}
		> ping
		< pong
		> {"id":"5","op":"amend-order","args":[{"instId":"BTC-USDT","newSz":"2"}]}
		< {"id":"5","op":"amend-order","code":"1","msg":"","data":[{"sCode":"51503","sMsg":"Order does not exist"}],"inTime":"1","outTime":"2"}
		< {"event":"error","code":"60012","msg":"Invalid request: {}","connId":"a4d3ae55"}
		< {"event":"notice","code":"64008","msg":"The connection will soon be closed for a service upgrade. Please reconnect.","connId":"a4d3ae55"}
		>c bye
	`, `
		> request 1 login
		> request 2 login
		< answer - login
		> request 3 order
		< answer 3 order
		> request 4 subscribe tickers BTC-USDT +1
		< answer 4 subscribe tickers BTC-USDT
		< control - channel-conn-count
		< push - tickers BTC-USDT
		< push - books BTC-USDT snapshot
		> heartbeat - ping
		< heartbeat - pong
		> request 5 amend-order
		< answer 5 amend-order error 1 !
		< answer - error 60012 Invalid request: {} !
		< control - notice error 64008 The connection will soon be closed for a service upgrade. Please reconnect. !
		> control - close 1000 bye
	`},
	{"okx at another address", "okx", "ws://127.0.0.1:8080/", "", `
		> {"id":"1","op":"login","args":[{"apiKey":"k","passphrase":"p","timestamp":"1795281978","sign":"c2ln"}]}
	`, `
		> request 1 login
	`},
	{"json-rpc of a node", "json-rpc", "wss://node.example/", "", `
		> {"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}
		< {"jsonrpc":"2.0","id":1,"result":"0xcd0c3e8af590364c09d0fa6a1210faf5"}
		< {"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"0xcd0c3e8af590364c09d0fa6a1210faf5","result":{"number":"0x1"}}}
		> [{"jsonrpc":"2.0","id":"1","method":"eth_chainId"}, {"jsonrpc":"2.0","id":2,"method":"eth_nope","params":[]} ]
		< [{"jsonrpc":"2.0","id":2,"error":{"code":-32601,"message":"the method eth_nope does not exist"}},{"jsonrpc":"2.0","id":"1","result":"0x1"}]
		> {"jsonrpc":"2.0","id":3,"method":"eth_unsubscribe","params":["0xcd0c3e8af590364c09d0fa6a1210faf5"]}
		< {"jsonrpc":"2.0","id":3,"result":true}
		> {"jsonrpc":"2.0"
		< {"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}
	`, `
		> request 1 eth_subscribe newHeads
		< answer 1 eth_subscribe result
		< push - eth_subscription newHeads
		> request 1 eth_chainId
		> request 2 eth_nope
		< answer 2 eth_nope error -32601 the method eth_nope does not exist !
		< answer 1 eth_chainId result
		> request 3 eth_unsubscribe newHeads
		< answer 3 eth_unsubscribe result
		> push - jsonrpc
		< answer - error -32700 Parse error !
	`},
	{"json-rpc of MCP", "json-rpc", "ws://mcp.example/", "mcp", `
		> {"method":"initialize","params":{"protocolVersion":"2025-06-18"},"jsonrpc":"2.0","id":0}
		< {"result":{"protocolVersion":"2025-06-18","capabilities":{}},"jsonrpc":"2.0","id":0}
		> {"method":"notifications/initialized","jsonrpc":"2.0"}
		> {"method":"tools/call","params":{"name":"get_weather","arguments":{"city":"Wien"}},"jsonrpc":"2.0","id":1}
		< {"method":"roots/list","jsonrpc":"2.0","id":0}
		> {"result":{"roots":[]},"jsonrpc":"2.0","id":0}
		< {"result":{"content":[{"type":"text","text":"rain"}]},"jsonrpc":"2.0","id":1}
	`, `
		> request 0 initialize
		< answer 0 initialize result
		> push - notifications/initialized
		> request 1 tools/call get_weather
		< request 0 roots/list
		> answer 0 roots/list result
		< answer 1 tools/call get_weather result
	`},
	{"graphql-transport-ws", "graphql-transport-ws", "wss://api.example/graphql", "graphql-transport-ws", `
		> {"type":"connection_init","payload":{"token":"t"}}
		< {"type":"connection_ack"}
		> {"id":"6f1c0d3e-7f5b-4f27-9f6e-2d3f0c2a1b4d","type":"subscribe","payload":{"query":"subscription OnTick($s: String!) {\n  tick(symbol: $s) { price }\n}","variables":{"s":"X"}}}
		< {"id":"6f1c0d3e-7f5b-4f27-9f6e-2d3f0c2a1b4d","type":"next","payload":{"data":{"tick":{"price":1}}}}
		< {"id":"6f1c0d3e-7f5b-4f27-9f6e-2d3f0c2a1b4d","type":"next","payload":{"data":null,"errors":[{"message":"x"}]}}
		< {"type":"ping"}
		> {"type":"pong"}
		> {"id":"6f1c0d3e-7f5b-4f27-9f6e-2d3f0c2a1b4d","type":"complete"}
		> {"id":"q2","type":"subscribe","payload":{"query":"# the user\n{ me { name } }"}}
		< {"id":"q2","type":"next","payload":{"data":{"me":{"name":"a"}}}}
		< {"id":"q2","type":"complete"}
		> {"id":"q3","type":"subscribe","payload":{"operationName":"Save","query":"mutation Save { save }"}}
		< {"id":"q3","type":"error","payload":[{"message":"no"}]}
	`, `
		> request - connection_init
		< answer - connection_ack
		> request 6f1c0d3e-7f5b-4f27-9f6e-2d3f0c2a1b4d subscription OnTick
		< answer 6f1c0d3e-7f5b-4f27-9f6e-2d3f0c2a1b4d subscription OnTick next …
		< answer 6f1c0d3e-7f5b-4f27-9f6e-2d3f0c2a1b4d subscription OnTick next with errors ! …
		< heartbeat - ping
		> heartbeat - pong
		> control 6f1c0d3e-7f5b-4f27-9f6e-2d3f0c2a1b4d complete
		> request q2 query me
		< answer q2 query me next …
		< answer q2 query me complete
		> request q3 mutation Save
		< answer q3 mutation Save error !
	`},
	{"graphql-ws, the older protocol", "graphql-ws", "wss://api.example/subscriptions", "graphql-ws", `
		> {"type":"connection_init","payload":{}}
		< {"type":"connection_ack"}
		< {"type":"ka"}
		> {"id":"1","type":"start","payload":{"variables":{},"extensions":{},"operationName":"OnTick","query":"subscription OnTick {\n  tick\n}\n"}}
		< {"type":"data","id":"1","payload":{"data":{"tick":1}}}
		> {"id":"1","type":"stop"}
		< {"type":"complete","id":"1"}
		> {"type":"connection_terminate"}
	`, `
		> request - connection_init
		< answer - connection_ack
		< heartbeat - ka
		> request 1 subscription OnTick
		< answer 1 subscription OnTick data …
		> control 1 stop
		< answer 1 subscription OnTick complete
		> control - connection_terminate
	`},
	{"socket.io", "socket.io", "ws://h/socket.io/?EIO=4&transport=websocket", "", `
		< 0{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}
		> 40
		< 40{"sid":"wZX3oN0bSVIhsaknAAAI"}
		> 40/admin,{"token":"123"}
		< 44/admin,{"message":"Not authorized"}
		> 420["hi",1]
		< 430["there"]
		< 42["tick",{"n":1}]
		> 42/chat,7["join","r1"]
		< 43/chat,7[]
		< 451-["image",{"_placeholder":true,"num":0}]
		<x 0102030405
		> 452-3["up",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]
		>x 01
		< 2
		> 3
		>x 02
		< 461-3[{"_placeholder":true,"num":0}]
		<x ff
		> 42["ping"]
		> 41
		> 1
	`, `
		< control - open
		> request - connect
		< answer - connect
		> request - connect /admin
		< answer - connect /admin error Not authorized !
		> request 0 event hi
		< answer 0 hi ack
		< push - event tick
		> request 7 event join /chat
		< answer 7 join ack
		< push - event image (11 to 12)
		< heartbeat - ping
		> heartbeat - pong
		> request 3 event up (13 to 17)
		< answer 3 up ack (18 to 19)
		> push - event ping
		> control - disconnect
		> control - close
	`},
	{"socket.io after polling", "socket.io", "ws://h/socket.io/?EIO=4&transport=websocket&sid=abc", "", `
		> 2probe
		< 3probe
		> 5
		< 6
		< 42["a"]
		< 451-["lost",{"_placeholder":true,"num":0}]
		< 42["b"]
		< 452-["cut",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]
		<x 01
	`, `
		> control - ping probe
		< control - pong probe
		> control - upgrade
		< control - noop
		< push - event a
		< push - event lost # Socket.IO: another packet comes before the attachments
		< push - event b
		< push - event cut (8 to 9) # Socket.IO: attachments are missing at the end of the connection
	`},
	{"signalr with JSON", "signalr", "ws://h/chat?id=Kqk0u5KOv7xAcoD6bCCIow", "", `
		> {"protocol":"json","version":1}\e
		< {}\e
		> {"arguments":["bob","hi"],"invocationId":"0","target":"Send","type":1}\e
		< {"type":1,"target":"ReceiveMessage","arguments":["bob","hi"]}\e{"type":3,"invocationId":"0","result":null}\e
		> {"arguments":[5],"invocationId":"1","target":"Counter","type":4}\e
		< {"type":2,"invocationId":"1","item":0}\e{"type":2,"invocationId":"1","item":1}\e{"type":6}\e
		> {"invocationId":"1","type":5}\e
		< {"type":3,"invocationId":"1"}\e
		> {"type":6}\e
		> {"arguments":[],"target":"Log","type":1,"streamIds":["2"]}\e{"type":2,"invocationId":"2","item":"x"}\e
		> {"arguments":[],"invocationId":"3","target":"Throw","type":1}\e
		< {"type":3,"invocationId":"3","error":"An unexpected error occurred"}\e
		< {"type":1,"invocationId":"s1","target":"Ask","arguments":[]}\e
		> {"type":3,"invocationId":"s1","result":4}\e
		< {"type":8,"sequenceId":4}\e
		< {"type":7,"error":"Server shutting down","allowReconnect":true}\e{"cut":
	`, `
		> request - handshake json
		< answer - handshake
		> request 0 invocation Send
		< push - invocation ReceiveMessage
		< answer 0 Send completion
		> request 1 stream Counter
		< answer 1 Counter item …
		< answer 1 Counter item …
		< heartbeat - ping
		> control 1 cancel
		< answer 1 Counter completion
		> heartbeat - ping
		> push - invocation Log
		> push 2 item
		> request 3 invocation Throw
		< answer 3 Throw completion error An unexpected error occurred !
		< request s1 invocation Ask
		> answer s1 Ask completion
		< control - ack
		< control - close error Server shutting down !
		< other - record # SignalR Hub Protocol, JSON: a record without its end 0x1e
	`},
	{"stomp", "stomp", "ws://h/stomp", "v12.stomp", `
		> CONNECT\naccept-version:1.2,1.1,1.0\nheart-beat:10000,10000\nhost:mq.example\n\n\0
		< CONNECTED\nversion:1.2\nheart-beat:10000,10000\nsession:s-1\n\n\0
		> SUBSCRIBE\nid:sub-0\nack:client\ndestination:/topic/a\cb\n\n\0
		> SEND\ndestination:/queue/x\nreceipt:r-1\ncontent-length:5\n\nhe\0lo\0
		< RECEIPT\nreceipt-id:r-1\n\n\0
		< MESSAGE\nsubscription:sub-0\nmessage-id:7\nack:a7\ndestination:/topic/a\cb\ncontent-type:text/plain\n\nfirst\0\nMESSAGE\nsubscription:sub-0\nmessage-id:8\ndestination:/topic/a\cb\n\nsec
		< ond\0
		> ACK\nid:a7\n\n\0
		> \n
		< \n
		> SEND\ndestination:/queue/y\n\n
		> par
		> t\0
		> UNSUBSCRIBE\nid:sub-0\n\n\0
		> DISCONNECT\nreceipt:r-2\n\n\0
		< ERROR\nreceipt-id:r-2\nmessage:no such transaction\n\nmore\0
	`, `
		> request - CONNECT mq.example
		< answer - CONNECTED
		> control sub-0 SUBSCRIBE /topic/a:b
		> request r-1 SEND /queue/x
		< answer r-1 RECEIPT
		< push 7 MESSAGE /topic/a:b
		< push 8 MESSAGE /topic/a:b (6 to 7)
		> control a7 ACK a7
		> heartbeat - heart-beat
		< heartbeat - heart-beat
		> push - SEND /queue/y (11 to 13)
		> control sub-0 UNSUBSCRIBE sub-0
		> request r-2 DISCONNECT
		< answer r-2 ERROR no such transaction !
	`},
	{"mqtt, as mqtt.js writes it", "mqtt", "ws://h/mqtt", "mqtt", `
		>x 10
		>x 0e
		>x 0004
		>x 4d515454
		>x 04
		>x 02
		>x 003c
		>x 0002
		>x 6331
		<x 20020000
		>x 82 08 0001 0003 612f2b 01
		<x 9003000101
		>x 32
		>x 09
		>x 0003
		>x 612f62
		>x c12a
		>x 6869
		<x 4002c12a 3005 0001 61 6869
		<x 30
		<x 04000161
		>x c000
		<x 68d000
		>x 34 07 0001 71 0007 7a7a
		<x d000
		<x 50020007
		>x 62020007
		<x 70020007
		<x 32 07 0001 61 0009 6869
		>x 40020009
		>x a206 0002 0002612b
		<x b0020002
		>x e000
	`, `
		> request - CONNECT c1 (1 to 9)
		< answer - CONNACK
		> request 1 SUBSCRIBE a/+
		< answer 1 SUBACK
		> request 49450 PUBLISH a/b (13 to 18)
		< answer 49450 PUBACK
		< push - PUBLISH a
		> heartbeat - PINGREQ
		< push - PUBLISH a (20 to 23)
		< heartbeat - PINGRESP
		> request 7 PUBLISH q
		< heartbeat - PINGRESP
		< answer 7 PUBREC …
		> control 7 PUBREL
		< answer 7 PUBCOMP
		< push 9 PUBLISH a
		> control 9 PUBACK
		> request 2 UNSUBSCRIBE a+
		< answer 2 UNSUBACK
		> control - DISCONNECT
	`},
	{"mqtt 5", "mqtt", "ws://h/mqtt", "mqtt", `
		>x 10 13 0004 4d515454 05 02 003c 05 1100000e10 0001 63
		<x 20 06 00 87 03 21000a
		>x 30 0a 0003 612f62 03 230001 41
		>x 30 07 0000 03 230001 42
		>x 30 07 0000 03 230002 42
		>x 82 0d 0001 00 0001 61 00 0003 622f23 00
		<x 90 05 0001 00 00 87
		>x 32 07 0001 61 0003 00 78
		<x 40 04 0003 97 00
		<x e0 02 8d 00
		>x 30 02 0005
	`, `
		> request - CONNECT c
		< answer - CONNACK error not authorized !
		> push - PUBLISH a/b
		> push - PUBLISH a/b
		> push - PUBLISH (alias 2)
		> request 1 SUBSCRIBE a +1
		< answer 1 SUBACK error not authorized !
		> request 3 PUBLISH a
		< answer 3 PUBACK error quota exceeded !
		< control - DISCONNECT error keep alive timeout !
		> push - PUBLISH # MQTT: the packet is shorter than its fields
	`},
	{"phoenix", "phoenix", "wss://h/socket/websocket?token=t&vsn=2.0.0", "", `
		> ["3","3","room:lobby","phx_join",{}]
		< ["3","3","room:lobby","phx_reply",{"status":"ok","response":{}}]
		> [null,"4","phoenix","heartbeat",{}]
		< [null,"4","phoenix","phx_reply",{"status":"ok","response":{}}]
		> ["3","5","room:lobby","new_msg",{"body":"hi"}]
		< ["3","5","room:lobby","phx_reply",{"status":"error","response":{"reason":"unauthorized"}}]
		< ["3",null,"room:lobby","new_msg",{"body":"hi"}]
		< [null,null,"room:lobby","presence_diff",{"joins":{},"leaves":{}}]
		>x 00 01 01 03 04 33 36 723a61 66696c65 010203
		<x 01 01 01 03 02 33 36 723a61 6f6b
		<x 00 01 03 03 33 723a61 6c6f67 ff
		<x 02 03 03 723a61 746963 00
		<x 02 ff 03 72
		> ["3","7","room:lobby","phx_leave",{}]
		< ["3","7","room:lobby","phx_reply",{"status":"ok","response":{}}]
		< ["3","3","room:lobby","phx_close",{}]
	`, `
		> request 3 phx_join room:lobby
		< answer 3 phx_join ok
		> heartbeat 4 heartbeat
		< heartbeat 4 heartbeat
		> request 5 new_msg room:lobby
		< answer 5 new_msg error !
		< push - new_msg room:lobby
		< push - presence_diff room:lobby
		> request 6 file r:a
		< answer 6 file ok
		< push - log r:a
		< push - tic r:a
		< other - binary # Phoenix: the sizes in front do not fit
		> request 7 phx_leave room:lobby
		< answer 7 phx_leave ok
		< control - phx_close room:lobby
	`},
	{"phoenix, version 1", "phoenix", "wss://h/live/websocket", "", `
		> {"topic":"room:a","event":"phx_join","payload":{},"ref":"1","join_ref":"1"}
		< {"topic":"room:a","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"1"}
		< {"topic":"room:a","event":"shout","payload":{},"ref":null}
	`, `
		> request 1 phx_join room:a
		< answer 1 phx_join ok
		< push - shout room:a
	`},
	{"action cable", "actioncable", "wss://h/cable", "actioncable-v1-json", `
		< {"type":"welcome"}
		> {"command":"subscribe","identifier":"{\"channel\":\"ChatChannel\",\"room\":\"1\"}"}
		< {"identifier":"{\"channel\":\"ChatChannel\",\"room\":\"1\"}","type":"confirm_subscription"}
		> {"command":"subscribe","identifier":"{\"channel\":\"AdminChannel\"}"}
		< {"identifier":"{\"channel\":\"AdminChannel\"}","type":"reject_subscription"}
		< {"type":"ping","message":1795281978}
		> {"command":"message","identifier":"{\"channel\":\"ChatChannel\",\"room\":\"1\"}","data":"{\"action\":\"speak\",\"text\":\"hi\"}"}
		< {"identifier":"{\"channel\":\"ChatChannel\",\"room\":\"1\"}","message":{"text":"hi"}}
		> {"command":"unsubscribe","identifier":"{\"channel\":\"ChatChannel\",\"room\":\"1\"}"}
		< {"type":"disconnect","reason":"server_restart","reconnect":true}
	`, `
		< control - welcome
		> request - subscribe ChatChannel
		< answer - confirm_subscription ChatChannel
		> request - subscribe AdminChannel
		< answer - reject_subscription AdminChannel !
		< heartbeat - ping
		> push - message ChatChannel#speak
		< push - message ChatChannel
		> control - unsubscribe ChatChannel
		< control - disconnect server_restart
	`},
	{"centrifugo with JSON", "centrifugo", "wss://h/connection/websocket", "", `
		> {"connect":{"token":"t","name":"js"},"id":1}
		< {"id":1,"connect":{"client":"3fe8","version":"5.0","ping":25,"pong":true}}
		> {"subscribe":{"channel":"news"},"id":2}\n{"rpc":{"method":"sum","data":[1,2]},"id":3}
		< {"id":2,"subscribe":{"recoverable":true,"epoch":"e","offset":1}}\n{"id":3,"error":{"code":108,"message":"method not found"}}\n{"push":{"channel":"news","pub":{"data":{"a":1},"offset":2}}}\n
		< {}
		> {}
		< {"push":{"channel":"news","join":{"info":{"client":"x"}}}}
		> {"send":{"data":{"x":1}}}
		> {"unsubscribe":{"channel":"news"},"id":4}
		< {"id":4,"unsubscribe":{}}
		< {"push":{"disconnect":{"code":3000,"reason":"x"}}}
	`, `
		> request 1 connect
		< answer 1 connect reply
		> request 2 subscribe news
		> request 3 rpc sum
		< answer 2 subscribe reply
		< answer 3 rpc error 108 method not found !
		< push - publication news
		< heartbeat - ping
		> heartbeat - ping
		< push - join news
		> push - send
		> request 4 unsubscribe news
		< answer 4 unsubscribe reply
		< push - disconnect
	`},
	{"centrifugo with protobuf", "centrifugo", "wss://h/connection/websocket", "centrifuge-protobuf", `
		>x 04 0801 2200
		<x 0c 0801 2a08 0a02 6162 1202 3563
		>x 0a 0802 2a06 0a04 6e657773 0b 0803 6a07 0a01 78 1202 6869
		<x 04 0802 3200 09 0803 1205 086c 12016e 0d 220b 1204 6e657773 2203 2201 7a
		<x 00
		>x 00
		<x 7f01
	`, `
		> request 1 connect
		< answer 1 connect reply
		> request 2 subscribe news
		> request 3 rpc hi
		< answer 2 subscribe reply
		< answer 3 rpc error 108 n !
		< push - publication news
		< heartbeat - ping
		> heartbeat - ping
		< other - binary # Centrifugo, protobuf: the length in front does not fit
	`},
	{"binance", "binance", "wss://stream.binance.com:9443/ws", "", `
		> {"method":"SUBSCRIBE","params":["btcusdt@trade","btcusdt@depth"],"id":1}
		< {"result":null,"id":1}
		< {"e":"trade","E":123456789,"s":"BTCUSDT","t":12345,"p":"0.001","q":"100"}
		< {"stream":"btcusdt@depth","data":{"e":"depthUpdate","E":1,"s":"BTCUSDT"}}
		< {"e":"kline","E":1,"s":"BNBBTC","k":{"t":1,"i":"1m"}}
		< {"u":400900217,"s":"BNBUSDT","b":"25.35","B":"31.21","a":"25.36","A":"40.66"}
		< [{"e":"24hrTicker","E":1,"s":"BTCUSDT"}]
		<p 1795281978
		>o 1795281978
		> {"id":"56374a46-3061-486b-a311-99ee972eb648","method":"order.place","params":{"symbol":"BTCUSDT","side":"SELL","signature":"x"}}
		< {"id":"56374a46-3061-486b-a311-99ee972eb648","status":200,"result":{"orderId":1},"rateLimits":[]}
		> {"id":"7","method":"time"}
		< {"id":"7","status":400,"error":{"code":-1102,"msg":"Mandatory parameter missing"},"rateLimits":[]}
		< {"code":2,"msg":"Invalid request"}
	`, `
		> request 1 SUBSCRIBE btcusdt@trade +1
		< answer 1 SUBSCRIBE result
		< push - trade BTCUSDT
		< push - btcusdt@depth
		< push - kline BNBBTC
		< push - bookTicker BNBUSDT
		< push - 24hrTicker BTCUSDT
		< heartbeat - ping
		> heartbeat - pong
		> request 56374a46-3061-486b-a311-99ee972eb648 order.place BTCUSDT
		< answer 56374a46-3061-486b-a311-99ee972eb648 order.place result
		> request 7 time
		< answer 7 time error -1102 Mandatory parameter missing !
		< answer - error 2 Invalid request !
	`},
	{"bybit", "bybit", "wss://stream.bybit.com/v5/private", "", `
		> {"op":"auth","args":["key",1662350400000,"sig"],"req_id":"a1"}
		< {"success":true,"ret_msg":"","op":"auth","conn_id":"cejreaspqfh3sjdnldmg-p","req_id":"a1"}
		> {"req_id":"10001","op":"subscribe","args":["orderbook.1.BTCUSDT"]}
		< {"success":true,"ret_msg":"","conn_id":"2324d924","req_id":"10001","op":"subscribe"}
		< {"topic":"orderbook.1.BTCUSDT","type":"snapshot","ts":1672304484978,"data":{"s":"BTCUSDT"}}
		> {"op":"ping"}
		< {"success":true,"ret_msg":"pong","conn_id":"0970e817","req_id":"","op":"ping"}
		> {"req_id":"p2","op":"ping"}
		< {"req_id":"p2","op":"pong","args":["1675418560633"],"conn_id":"cfcb4oc"}
		> {"reqId":"t-5","header":{"X-BAPI-TIMESTAMP":"1711001595207"},"op":"order.create","args":[{"symbol":"ETHUSDT"}]}
		< {"reqId":"t-5","retCode":10404,"retMsg":"op type is not found","op":"order.create","data":{},"connId":"c"}
	`, `
		> request a1 auth
		< answer a1 auth
		> request 10001 subscribe orderbook.1.BTCUSDT
		< answer 10001 subscribe
		< push - orderbook.1.BTCUSDT snapshot
		> heartbeat - ping
		< heartbeat - pong
		> heartbeat p2 ping
		< heartbeat p2 pong
		> request t-5 order.create
		< answer t-5 order.create error 10404 op type is not found !
	`},
	{"kraken, version 2", "kraken", "wss://ws.kraken.com/v2", "", `
		< {"channel":"status","data":[{"api_version":"v2","connection_id":1,"system":"online","version":"2.0.0"}],"type":"update"}
		> {"method":"subscribe","params":{"channel":"ticker","symbol":["ALGO/USD","BTC/USD"]},"req_id":5}
		< {"method":"subscribe","req_id":5,"result":{"channel":"ticker","symbol":"ALGO/USD","snapshot":true},"success":true,"time_in":"a","time_out":"b"}
		< {"channel":"ticker","type":"snapshot","data":[{"symbol":"ALGO/USD","bid":0.1}]}
		< {"channel":"heartbeat"}
		> {"method":"ping","req_id":101}
		< {"method":"pong","req_id":101,"time_in":"a","time_out":"b"}
		> {"method":"add_order","params":{"order_type":"limit","token":"t"},"req_id":6}
		< {"error":"Cost minimum not met","method":"add_order","req_id":6,"success":false,"time_in":"a","time_out":"b"}
	`, `
		< push - status update
		> request 5 subscribe ticker ALGO/USD +1
		< answer 5 subscribe
		< push - ticker ALGO/USD snapshot
		< heartbeat - heartbeat
		> heartbeat 101 ping
		< heartbeat 101 pong
		> request 6 add_order
		< answer 6 add_order error Cost minimum not met !
	`},
	{"kraken, version 1", "kraken", "wss://ws.kraken.com/", "", `
		< {"connectionID":8628615390848610000,"event":"systemStatus","status":"online","version":"1.0.0"}
		> {"event":"subscribe","pair":["XBT/USD"],"subscription":{"name":"ticker"},"reqid":1}
		< {"channelID":10001,"channelName":"ticker","event":"subscriptionStatus","pair":"XBT/USD","reqid":1,"status":"subscribed","subscription":{"name":"ticker"}}
		< [10001,{"a":["5525.40000",1,"1.000"]},"ticker","XBT/USD"]
		< [[{"OBB":{}}],"openOrders",{"sequence":2}]
		< {"event":"heartbeat"}
	`, `
		< control - systemStatus
		> request 1 subscribe ticker XBT/USD
		< answer 1 subscriptionStatus subscribed ticker XBT/USD
		< push - ticker XBT/USD
		< push - openOrders
		< heartbeat - heartbeat
	`},
	{"coinbase", "coinbase", "wss://advanced-trade-ws.coinbase.com", "", `
		> {"type":"subscribe","channel":"ticker","product_ids":["BTC-USD"],"jwt":"x"}
		< {"channel":"subscriptions","client_id":"","timestamp":"2023","sequence_num":0,"events":[{"subscriptions":{"ticker":["BTC-USD"]}}]}
		< {"channel":"ticker","client_id":"","timestamp":"2023","sequence_num":1,"events":[{"type":"snapshot","tickers":[]}]}
		< {"channel":"heartbeats","client_id":"","timestamp":"2023","sequence_num":2,"events":[{"current_time":"x","heartbeat_counter":"3049"}]}
		< {"type":"error","message":"authentication failure"}
	`, `
		> request - subscribe ticker BTC-USD
		< answer - subscriptions
		< push - ticker snapshot
		< heartbeat - heartbeat
		< answer - error authentication failure !
	`},
	{"coinbase, the older feed", "coinbase", "wss://ws-feed.example/", "", `
		> {"type":"subscribe","product_ids":["ETH-USD"],"channels":["level2","heartbeat",{"name":"ticker","product_ids":["ETH-BTC"]}]}
		< {"type":"subscriptions","channels":[{"name":"level2","product_ids":["ETH-USD"]}]}
		< {"type":"heartbeat","sequence":90,"product_id":"ETH-USD"}
		< {"type":"l2update","product_id":"ETH-USD","changes":[]}
	`, `
		> request - subscribe level2 +2 ETH-USD
		< answer - subscriptions
		< heartbeat - heartbeat
		< push - l2update ETH-USD
	`},
	{"wamp with JSON", "wamp", "wss://h/ws", "wamp.2.json", `
		> [1,"realm1",{"roles":{"caller":{},"subscriber":{}}}]
		< [2,7311894298376,{"roles":{"broker":{}}}]
		> [32,1,{},"com.myapp.hello"]
		< [33,1,5512315355]
		> [16,2,{"acknowledge": true},"com.myapp.hello",["x"]]
		< [17,2,4429313566]
		> [16,3,{},"com.myapp.hello",["x"]]
		< [36,5512315355,4429313566,{},["x"]]
		> [48,4,{"receive_progress":true},"com.myapp.sum",[1,2]]
		< [50,4,{"progress":true},[1]]
		< [50,4,{},[3]]
		> [48,5,{},"com.myapp.nope"]
		< [8,48,5,{},"wamp.error.no_such_procedure"]
		> [64,6,{},"com.myapp.add"]
		< [65,6,2103333224]
		< [68,6131533,2103333224,{},[1,2]]
		> [70,6131533,{},[3]]
		> [34,7,5512315355]
		< [35,7]
		> [6,{},"wamp.close.normal"]
		< [6,{},"wamp.close.goodbye_and_out"]
	`, `
		> request - HELLO realm1
		< answer - WELCOME
		> request 1 SUBSCRIBE com.myapp.hello
		< answer 1 SUBSCRIBED com.myapp.hello
		> request 2 PUBLISH com.myapp.hello
		< answer 2 PUBLISHED
		> push 3 PUBLISH com.myapp.hello
		< push 4429313566 EVENT com.myapp.hello
		> request 4 CALL com.myapp.sum
		< answer 4 CALL RESULT …
		< answer 4 CALL RESULT
		> request 5 CALL com.myapp.nope
		< answer 5 CALL ERROR wamp.error.no_such_procedure !
		> request 6 REGISTER com.myapp.add
		< answer 6 REGISTERED
		< request 6131533 INVOCATION 2103333224
		> answer 6131533 INVOCATION YIELD
		> request 7 UNSUBSCRIBE com.myapp.hello
		< answer 7 UNSUBSCRIBED
		> control - GOODBYE wamp.close.normal
		< control - GOODBYE wamp.close.goodbye_and_out
	`},
	{"wamp with MessagePack", "wamp", "wss://h/ws", "wamp.2.msgpack", `
		>x 93 01 a6 7265616c6d31 81 a5 726f6c6573 80
		<x 93 02 cf 0000 06a6 6a3f 2a08 80
		>x 94 30 01 80 ad 636f6d2e6d796170702e73756d
		<x 94 32 01 81 a8 70726f6772657373 c3 91 01
		<x 94 32 01 80 91 03
		<x 95 08 30 02 80 a6 776169742e78
		<x 94
	`, `
		> request - HELLO realm1
		< answer - WELCOME
		> request 1 CALL com.myapp.sum
		< answer 1 CALL RESULT …
		< answer 1 CALL RESULT
		< answer 2 ERROR wait.x !
		< other - binary
	`},
	{"wamp with CBOR", "wamp", "wss://h/ws", "wamp.2.cbor", `
		>x 83 01 66 7265616c6d31 a1 65 726f6c6573 a0
		<x 83 02 1b 0000 06a6 6a3f 2a08 a0
		>x 84 18 30 01 a0 6d 636f6d2e6d796170702e73756d
		<x 84 18 32 01 a1 68 70726f6772657373 f5 81 01
		<x 9f 18 32 01 bf ff 81 03 ff
	`, `
		> request - HELLO realm1
		< answer - WELCOME
		> request 1 CALL com.myapp.sum
		< answer 1 CALL RESULT …
		< answer 1 CALL RESULT
	`},
	{"wamp batched", "wamp", "wss://h/ws", "wamp.2.json.batched", `
		> [48,1,{},"a"]\e[48,2,{},"b"]\e
		< [50,1,{}]\z[50,2,{}]\z
	`, `
		> request 1 CALL a
		> request 2 CALL b
		< answer 1 CALL RESULT
		< answer 2 CALL RESULT
	`},
	{"wamp batched in MessagePack", "wamp", "wss://h/ws", "wamp.2.msgpack.batched", `
		>x 00000006 94 30 01 80 a1 61 00000006 94 30 02 80 a1 62
		<x 00000004 93 32 01 80 00000009 93
	`, `
		> request 1 CALL a
		> request 2 CALL b
		< answer 1 CALL RESULT
		< other - binary # WAMP, batched: the length in front does not fit
	`},
	{"slack", "slack", "wss://wss-primary.slack.com/link/?ticket=t&app_id=a", "", `
		< {"type":"hello","num_connections":1,"debug_info":{"host":"h"},"connection_info":{"app_id":"A1"}}
		< {"envelope_id":"e-1","payload":{"token":"t","event":{"type":"app_mention","text":"hi"},"type":"event_callback"},"type":"events_api","accepts_response_payload":false}
		> {"envelope_id":"e-1","payload":{}}
		< {"envelope_id":"e-2","payload":{"command":"/todo","text":"x"},"type":"slash_commands","accepts_response_payload":true}
		<p Ping from slack
		>o Ping from slack
		< {"envelope_id":"e-3","payload":{"type":"block_actions"},"type":"interactive","accepts_response_payload":false}
		< {"type":"disconnect","reason":"warning","debug_info":{"host":"h"}}
	`, `
		< control - hello
		< request e-1 events_api app_mention
		> answer e-1 events_api ack
		< request e-2 slash_commands /todo
		< heartbeat - ping
		> heartbeat - pong
		< request e-3 interactive block_actions
		< control - disconnect warning
	`},
	{"discord", "discord", "wss://gateway.discord.gg/?v=10&encoding=json", "", `
		< {"t":null,"s":null,"op":10,"d":{"heartbeat_interval":41250,"_trace":[]}}
		> {"op":1,"d":null}
		< {"t":null,"s":null,"op":11,"d":null}
		> {"op":2,"d":{"token":"t","intents":513,"properties":{}}}
		< {"t":"READY","s":1,"op":0,"d":{"v":10,"session_id":"x","resume_gateway_url":"wss://x"}}
		> {"op":8,"d":{"guild_id":"1","query":"","limit":0,"nonce":"n1"}}
		< {"t":"GUILD_MEMBERS_CHUNK","s":2,"op":0,"d":{"guild_id":"1","chunk_index":0,"chunk_count":1,"nonce":"n1"}}
		< {"t":"MESSAGE_CREATE","s":3,"op":0,"d":{"content":"hi"}}
		< {"t":null,"s":null,"op":7,"d":null}
		> {"op":6,"d":{"token":"t","session_id":"x","seq":3}}
		< {"t":null,"s":null,"op":9,"d":false}
	`, `
		< control - hello
		> heartbeat - heartbeat
		< heartbeat - heartbeat ack
		> request - identify
		< answer 1 READY
		> request n1 request guild members
		< answer n1 GUILD_MEMBERS_CHUNK …
		< push 3 MESSAGE_CREATE
		< control - reconnect
		> request - resume
		< answer - invalid session !
	`},
	{"discord in Erlang terms", "discord", "wss://gateway.discord.gg/?v=10&encoding=etf", "", `
		<x 83 74 00000003 77 02 6f70 61 0a 77 01 73 77 03 6e696c 77 01 64 74 00000001 6d 00000012 6865617274626561745f696e74657276616c 62 0000a122
		>x 83 74 00000002 6d 00000002 6f70 61 01 6d 00000001 64 77 03 6e696c
		<x 83 74 00000004 77 01 74 77 05 5245414459 77 01 73 61 01 77 02 6f70 61 00 77 01 64 6c 00000001 61 05 6a
		<x 83 74 00000002 6d 00000002
	`, `
		< control - hello
		> heartbeat - heartbeat
		< answer 1 READY
		< other - binary
	`},
	{"home assistant", "home-assistant", "ws://homeassistant.local:8123/api/websocket", "", `
		< {"type":"auth_required","ha_version":"2025.1.0"}
		> {"type":"auth","access_token":"ABCDEFGH"}
		< {"type":"auth_ok","ha_version":"2025.1.0"}
		> {"type":"supported_features","id":1,"features":{"coalesce_messages":1}}
		< {"id":1,"type":"result","success":true,"result":null}
		> {"type":"subscribe_events","event_type":"state_changed","id":2}
		> {"type":"call_service","domain":"light","service":"turn_on","id":3}
		< [{"id":2,"type":"result","success":true,"result":null},{"id":3,"type":"result","success":false,"error":{"code":"not_found","message":"Service not found."}},{"id":2,"type":"event","event":{"event_type":"state_changed","data":{}}}]
		> {"type":"ping","id":4}
		< {"id":4,"type":"pong"}
		> {"type":"unsubscribe_events","subscription":2,"id":5}
		< {"id":5,"type":"result","success":true,"result":null}
	`, `
		< control - auth_required
		> request - auth
		< answer - auth_ok
		> request 1 supported_features
		< answer 1 supported_features result
		> request 2 subscribe_events state_changed
		> request 3 call_service light.turn_on
		< answer 2 subscribe_events result
		< answer 3 call_service error not_found Service not found. !
		< push 2 event state_changed
		> heartbeat 4 ping
		< heartbeat 4 pong
		> request 5 unsubscribe_events 2
		< answer 5 unsubscribe_events result
	`},
	{"chrome devtools", "cdp", "ws://127.0.0.1:9222/devtools/page/6E1A", "", `
		> {"id":1,"method":"Network.enable","params":{}}
		< {"id":1,"result":{}}
		> {"id":2,"sessionId":"S1","method":"Page.navigate","params":{"url":"https://x"}}
		< {"method":"Network.requestWillBeSent","params":{"requestId":"1"}}
		< {"id":2,"result":{"frameId":"F"},"sessionId":"S1"}
		> {"id":3,"method":"Page.nope"}
		< {"id":3,"error":{"code":-32601,"message":"'Page.nope' wasn't found"}}
		< {"method":"Page.loadEventFired","params":{"timestamp":1},"sessionId":"S1"}
		> {"id":4,"method":"Network.disable"}
		< {"id":4,"result":{}}
	`, `
		> request 1 Network.enable
		< answer 1 Network.enable result
		> request 2 Page.navigate
		< push - Network.requestWillBeSent
		< answer 2 Page.navigate result
		> request 3 Page.nope
		< answer 3 Page.nope error -32601 'Page.nope' wasn't found !
		< push - Page.loadEventFired
		> request 4 Network.disable
		< answer 4 Network.disable result
	`},
	{"a service with a token in its address", "json", "wss://api.example/ws?token=eyJhbGciOiJIUzI1NiJ9.e30.x", "", `
		> {"action":"subscribe","channel":"orders"}
		< {"type":"subscribed","channel":"orders"}
		< {"type":"notification","id":"n1","channel":"orders","data":{"title":"x"}}
		< {"type":"chat_message","data":{"text":"hi"}}
		> {"action":"ping"}
		< {"type":"pong"}
		> {"action":"get_user","id":17}
		< {"type":"user","id":17,"data":{}}
		> {"action":"nope"}
		< {"type":"error","message":"unknown action"}
		< {"status":"ok","success":false}
	`, `
		> request - subscribe orders
		< answer - subscribed orders
		< push - notification orders
		< push - chat_message
		> heartbeat - ping
		< heartbeat - pong
		> request 17 get_user
		< answer 17 user
		> push - nope
		< answer - error !
		< push - status error !
	`},
	{"a language model's session", "json", "wss://api.openai.example/v1/realtime?model=m", "", `
		< {"type":"session.created","event_id":"e1","session":{}}
		> {"type":"response.create","response":{}}
		< {"type":"response.output_text.delta","event_id":"e2","delta":"H"}
	`, `
		< push - session.created
		> push - response.create
		< push - response.output_text.delta
	`},
	{"messages without a type", "json", "wss://x/", "", `
		> {"setup":{"model":"m"}}
		< {"setupComplete":{}}
		< {"serverContent":{"turnComplete":true}}
		< {}
		< ["EVENT","sub",{"id":"x"}]
		< [{"e":1},{"e":2}]
		< [1.5,2]
		< {"broken":
	`, `
		> push - setup
		< push - setupComplete
		< push - serverContent
		< push - {}
		< push - EVENT
		< push - type 1 …
		< push - []
		< push - text
	`},
	{"text that is no JSON", "", "ws://irc.example/", "", `
		> NICK anna
		> JOIN #go
		< PING :tmi.twitch.tv
		> PONG :tmi.twitch.tv
		< hello there
		<x 00ff
		> 
		<p 
		>c 
	`, `
		> other - NICK
		> other - JOIN
		< heartbeat - ping
		> heartbeat - pong
		< other - text
		< other - binary
		> other - empty
		< heartbeat - ping
		> control - close 1000
	`},
}
