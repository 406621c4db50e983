package replay_test

import (
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture"
)

const wsURL = "wss://api.test:8443/ws"

func TestAnswersCarryTheLiveIDs(t *testing.T) {
	r := newRecorder(t)
	r.socket(wsURL).
		send(`{"id":"7","op":"order","args":[{"instId":"BTC-USDT","sz":"7","clOrdId":"c1"}]}`).
		receive(`{"id":"7","op":"order","code":"0","data":[{"ordId":"312269865356374016","clOrdId":"c1","sz":"7","sCode":"7"}]}`)
	m := r.serve(nil)
	m.dial("/ws", nil).
		send(`{"op":"order","id":"93","args":[{"instId":"BTC-USDT","sz":"7","clOrdId":"c9"}]}`).
		expect(`{"id":"93","op":"order","code":"0","data":[{"ordId":"312269865356374016","clOrdId":"c9","sz":"7","sCode":"7"}]}`)
	m.ok()
}

func TestOKX(t *testing.T) {
	r := newRecorder(t)
	r.socket(wsURL).
		send(`{"id":"1","op":"login","args":[{"apiKey":"k1234567","passphrase":"p","timestamp":"1795176000","sign":"aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ="}]}`).
		send(`{"id":"2","op":"login","args":[{"apiKey":"k1234567","passphrase":"p","timestamp":"1795176000","sign":"aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ="}]}`).
		receive(`{"event":"login","msg":"","code":"0","connId":"a4d3ae55"}`).
		send(`{"id":"3","op":"subscribe","args":[{"channel":"orders","instType":"SPOT"}]}`).
		receive(`{"id":"3","event":"subscribe","arg":{"channel":"orders","instType":"SPOT"},"connId":"a4d3ae55"}`).
		send(`{"id":"4","op":"order","args":[{"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"market","sz":"1","tag":"x1"}]}`,
			`{"id":"5","op":"order","args":[{"instId":"BTC-USDT","tdMode":"cash","side":"sell","ordType":"market","sz":"1","tag":"x1"}]}`).
		receive(
			`{"id":"5","op":"order","code":"0","msg":"","data":[{"ordId":"2002","clOrdId":"","tag":"","ts":"1","sCode":"0","sMsg":""}],"inTime":"1695190491421339","outTime":"1695190491423240"}`,
			`{"id":"4","op":"order","code":"0","msg":"","data":[{"ordId":"2001","clOrdId":"","tag":"","ts":"1","sCode":"0","sMsg":""}],"inTime":"1695190491421339","outTime":"1695190491423240"}`,
			`{"arg":{"channel":"orders","instType":"SPOT"},"data":[{"ordId":"2001","state":"filled"}]}`).
		send(`ping`).receive(`pong`).
		send(`{"id":"6","op":"cancel-order","args":[{"instId":"BTC-USDT","ordId":"2002"}]}`).
		receive(`{"id":"6","op":"cancel-order","code":"0","msg":"","data":[{"ordId":"2002","sCode":"0"}]}`)
	m := r.serve(nil)
	c := m.dial("/ws", nil)
	c.send(`ping`).expect(`pong`)
	c.send(`{"id":"11","op":"login","args":[{"apiKey":"other","passphrase":"q","timestamp":"1895281978","sign":"Z29vZGJ5ZSB3b3JsZCBnb29kYnllIHc="}]}`).
		expect(`{"event":"login","msg":"","code":"0","connId":"a4d3ae55"}`)
	c.send(`{"id":"12","op":"subscribe","args":[{"channel":"orders","instType":"SPOT"}]}`).
		expect(`{"id":"12","event":"subscribe","arg":{"channel":"orders","instType":"SPOT"},"connId":"a4d3ae55"}`)
	c.send(`ping`).expect(`pong`)
	c.send(`{"id":"14","op":"order","args":[{"instId":"BTC-USDT","tdMode":"cash","side":"sell","ordType":"market","sz":"1","tag":"x2"}]}`).
		expect(`{"id":"14","op":"order","code":"0","msg":"","data":[{"ordId":"2002","clOrdId":"","tag":"","ts":"1","sCode":"0","sMsg":""}],"inTime":"1695190491421339","outTime":"1695190491423240"}`)
	c.send(`{"id":"15","op":"order","args":[{"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"market","sz":"1","tag":"x2"}]}`).
		expect(`{"id":"15","op":"order","code":"0","msg":"","data":[{"ordId":"2001","clOrdId":"","tag":"","ts":"1","sCode":"0","sMsg":""}],"inTime":"1695190491421339","outTime":"1695190491423240"}`,
			`{"arg":{"channel":"orders","instType":"SPOT"},"data":[{"ordId":"2001","state":"filled"}]}`)
	c.send(`{"id":"16","op":"cancel-order","args":[{"instId":"BTC-USDT","ordId":"2002"}]}`).
		expect(`{"id":"16","op":"cancel-order","code":"0","msg":"","data":[{"ordId":"2002","sCode":"0"}]}`)
	m.ok()
}

func TestMissesFailLoudly(t *testing.T) {
	r := newRecorder(t)
	r.socket(wsURL).
		send(`{"id":"7","op":"order","args":[{"instId":"BTC-USDT","sz":"1"}]}`).
		receive(`{"id":"7","op":"order","code":"0"}`)
	m := r.serve(nil)
	c := m.dial("/ws", nil).send(`{"id":"93","op":"order","args":[{"instId":"BTC-USDT","sz":"777"}]}`)
	e := c.expectClose(1008)
	if !strings.Contains(e.Reason, "client message #1") {
		t.Errorf("reason %q does not name the message", e.Reason)
	}
	report := m.server.Report()
	if report.OK || len(report.Divergences) != 1 {
		t.Fatalf("report %+v, want one divergence", report)
	}
	d := report.Divergences[0]
	if d.Seq != 1 || d.Nearest == nil || d.Nearest.Seq != 1 {
		t.Fatalf("divergence %+v, want message 1 beside recorded message 1", d)
	}
	found := false
	for _, f := range d.Nearest.Diff {
		if f.Path == "$.args[0].sz" {
			found = f.Want == `"1"` && f.Got == `"777"` && !f.OK && f.Class == "const"
		}
	}
	if !found {
		t.Errorf("diff %+v does not show sz", d.Nearest.Diff)
	}
	if log := m.log.String(); !strings.Contains(log, "777") || !strings.Contains(log, "nearest") {
		t.Errorf("log does not show the miss: %s", log)
	}
	_ = capture.Send
}
