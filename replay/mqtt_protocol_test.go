package replay_test

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// mqtt is MQTT 3.1.1: texts are packets, one a line. The client cuts its
// packets into messages as some do.
func mqtt() *protocol {
	return &protocol{
		name: "MQTT", url: "wss://broker.test/mqtt", subprotocol: "mqtt",
		packing: &packing{packMQTT, unpackMQTT},
		truth: func(r *rand.Rand) truth {
			delivery := 0
			return &served{answer: func(msg string) []out {
				w := strings.SplitN(msg, " ", 4)
				after := lag(r)
				switch w[0] {
				case "CONNECT":
					return []out{{after, "CONNACK"}}
				case "PINGREQ":
					return []out{{after, "PINGRESP"}}
				case "SUBSCRIBE":
					outs := []out{{after, "SUBACK " + w[1]}}
					for i := range 2 {
						topic := strings.NewReplacer("+", "x"+strconv.Itoa(i), "#", "deep/down").Replace(w[2])
						outs = append(outs, out{after + time.Duration(20+20*i)*ms, "PUBLISH 0 " + topic + ` {"n":` + strconv.Itoa(i) + "}"})
					}
					return outs
				case "UNSUBSCRIBE":
					return []out{{after, "UNSUBACK " + w[1]}}
				case "PUBLISH":
					outs := []out{{after, "PUBACK " + w[1]}}
					if strings.HasPrefix(w[2], "rpc/") {
						delivery++
						id := sub(map[string]any{"x": members(w[3])}, "x")["requestId"]
						outs = append(outs, out{after + 10*ms, "DELIVER " + strconv.Itoa(delivery) + " " + w[2] + `/reply {"requestId":` + text(id) + `,"ok":true}`})
					}
					return outs
				case "PUBLISH2":
					return []out{{after, "PUBREC " + w[1]}}
				case "PUBREL":
					return []out{{after, "PUBCOMP " + w[1]}}
				}
				return nil
			}}
		},
		actor: func(r *rand.Rand) actor {
			n := r.IntN(30000)
			next := func() string {
				n++
				return strconv.Itoa(n)
			}
			return &acting{
				speak: func(op string) string {
					w := strings.Fields(op)
					switch w[0] {
					case "connect":
						return "CONNECT mqttjs_" + hexID(r, 8)
					case "ping":
						return "PINGREQ"
					case "sub":
						return "SUBSCRIBE " + next() + " " + w[1]
					case "unsub":
						return "UNSUBSCRIBE " + next() + " " + w[1]
					case "pub":
						return "PUBLISH " + next() + " " + w[1] + " " + w[2]
					case "rpc":
						return "PUBLISH " + next() + " rpc/" + w[1] + ` {"requestId":"` + hexID(r, 12) + `","n":7}`
					case "pub2":
						return "PUBLISH2 " + next() + " " + w[1] + " " + w[2]
					}
					return ""
				},
				listen: func(msg string) []string {
					w := strings.Fields(msg)
					switch w[0] {
					case "PUBREC":
						return []string{"PUBREL " + w[1]}
					case "DELIVER":
						return []string{"ACK " + w[1]}
					}
					return nil
				},
			}
		},
		rounds: [][]string{
			{"!connect"},
			{"sub sensors/a", "sub sensors/b", "sub doors/+/state", "sub all/#"},
			{"pub log one", "pub2 log two", "rpc time"},
			{"ping"},
			{"pub log three", "rpc time"},
			{"pub2 log two"},
			{"unsub sensors/a"},
		},
		single: [][]string{{"!connect"}, {"sub sensors/a", "sub doors/+/state"}, {"pub log one", "rpc time"}, {"ping"}},
	}
}

var mqttTypes = map[string]byte{
	"CONNECT": 0x10, "CONNACK": 0x20, "PUBLISH": 0x32, "DELIVER": 0x32, "PUBLISH2": 0x34, "PUBACK": 0x40, "ACK": 0x40, "PUBREC": 0x50,
	"PUBREL": 0x62, "PUBCOMP": 0x70, "SUBSCRIBE": 0x82, "SUBACK": 0x90, "UNSUBSCRIBE": 0xa2, "UNSUBACK": 0xb0, "PINGREQ": 0xc0,
	"PINGRESP": 0xd0,
}

// packMQTT writes a packet, in three messages if it is long enough.
func packMQTT(text string) []string {
	w := strings.SplitN(text, " ", 4)
	c := mqttTypes[w[0]]
	id := func() string {
		n, _ := strconv.Atoi(w[1])
		return string([]byte{byte(n >> 8), byte(n)})
	}
	str := func(s string) string { return string([]byte{byte(len(s) >> 8), byte(len(s))}) + s }
	body := ""
	switch w[0] {
	case "CONNECT":
		body = str("MQTT") + "\x04\x02\x00\x3c" + str(w[1])
	case "CONNACK":
		body = "\x00\x00"
	case "PUBLISH", "DELIVER", "PUBLISH2":
		if w[1] == "0" {
			c = 0x30
			body = str(w[2]) + w[3]
		} else {
			body = str(w[2]) + id() + w[3]
		}
	case "SUBSCRIBE":
		body = id() + str(w[2]) + "\x01"
	case "SUBACK":
		body = id() + "\x01"
	case "UNSUBSCRIBE":
		body = id() + str(w[2])
	case "PINGREQ", "PINGRESP":
	default:
		body = id()
	}
	p := string(binary.AppendUvarint([]byte{c}, uint64(len(body)))) + body
	if len(p) > 12 {
		return []string{p[:1], p[1:7], p[7:]}
	}
	return []string{p}
}

// unpackMQTT reads the server's packets.
func unpackMQTT(data string) (texts []string) {
	names := maps.Collect(func(yield func(byte, string) bool) {
		for name, c := range mqttTypes {
			if name != "DELIVER" && name != "ACK" && name != "PUBLISH2" && !yield(c>>4, name) {
				return
			}
		}
	})
	for p := []byte(data); len(p) > 0; {
		n, size := binary.Uvarint(p[1:])
		name, qos, body := names[p[0]>>4], p[0]>>1&3, p[1+size:1+size+int(n)]
		p = p[1+size+int(n):]
		switch name {
		case "PUBLISH":
			topic := string(body[2 : 2+wide(body[:2])])
			body = body[2+len(topic):]
			id := uint64(0)
			if qos > 0 {
				name, id, body = "DELIVER", wide(body[:2]), body[2:]
			}
			texts = append(texts, fmt.Sprintf("%s %d %s %s", name, id, topic, body))
		case "CONNACK", "PINGRESP":
			texts = append(texts, name)
		default:
			texts = append(texts, fmt.Sprintf("%s %d", name, wide(body[:2])))
		}
	}
	return texts
}
