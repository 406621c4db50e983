package interop_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
)

// TestNpmWSTakeoverBothSides records what two npm ws peers say with context
// takeover on both sides, and reads it back byte for byte.
func TestNpmWSTakeoverBothSides(t *testing.T) {
	const count = 5000
	b := newBench(t)
	out := b.wiretape(append([]string{"record", "--ca-dir", "ca", "--"}, node(t, "heavy", "5000")...)...)
	var saw struct {
		Got, Bytes, Pongs, Code    int
		Reason, Extensions, Digest string
	}
	if err := json.Unmarshal([]byte(out), &saw); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if saw.Got != count+2 || saw.Pongs != count/50 || saw.Code != 4001 || saw.Reason != "enough" || !strings.Contains(saw.Extensions, "permessage-deflate") {
		t.Fatalf("the client saw %s", out)
	}
	digest, got, fragmented := sha256.New(), 0, 0
	for i, m := range jsonLines(t, b.wiretape("show", "1", "--json")) {
		if i == 0 || m["violation"] != nil {
			if m["violation"] != nil {
				t.Fatalf("row %d: %v", i, m["violation"])
			}
			continue
		}
		if m["dir"] == "send" && m["fragments"].(float64) == 3 {
			fragmented++
		}
		if m["dir"] != "receive" || m["opcode"].(float64) > 2 {
			continue
		}
		got++
		if text, ok := m["text"].(string); ok {
			digest.Write([]byte("t" + text))
			continue
		}
		data, err := base64.StdEncoding.DecodeString(m["base64"].(string))
		if err != nil {
			t.Fatal(err)
		}
		digest.Write([]byte("b"))
		digest.Write(data)
	}
	if sum := hex.EncodeToString(digest.Sum(nil)); got != saw.Got || sum != saw.Digest || fragmented != count/50 {
		t.Errorf("the tape has %d messages (%d fragmented) with digest %s; the client saw %d with %s", got, fragmented, sum, saw.Got, saw.Digest)
	}
	ex := b.exchanges()[0]
	if received := ex["received"].(map[string]any); int(received["messages"].(float64)) != saw.Got {
		t.Errorf("ls counts %v", received)
	}
}
