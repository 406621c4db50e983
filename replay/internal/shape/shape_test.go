package shape_test

import (
	"testing"
	"time"

	"github.com/wiretape/wiretape/replay/internal/shape"
)

func TestTimesAreShiftedAsTheyAreWritten(t *testing.T) {
	d := 90*time.Minute + 1500*time.Millisecond
	tests := map[string]string{
		"1795176000":                    "1795181401",
		"1795176000.25":                 "1795181401.75",
		"1795176000.750":                "1795181402.250",
		"1795176000123":                 "1795181401623",
		"1795176000123456":              "1795181401623456",
		"1795176000123456789":           "1795181401623456789",
		"2026-11-20T12:00:00Z":          "2026-11-20T13:30:01Z",
		"2026-11-20T12:00:00.123Z":      "2026-11-20T13:30:01.623Z",
		"2026-11-20T12:00:00.100000Z":   "2026-11-20T13:30:01.600000Z",
		"2026-11-20T12:00:00+01:00":     "2026-11-20T13:30:01+01:00",
		"2026-11-20T12:00:00+00:00":     "2026-11-20T13:30:01+00:00",
		"2026-11-20T12:00:00+0100":      "2026-11-20T13:30:01+0100",
		"2026-11-20 12:00:00":           "2026-11-20 13:30:01",
		"2026-11-20T23:59:59.5":         "2026-11-21T01:30:01.0",
		"Fri, 20 Nov 2026 12:00:00 GMT": "Fri, 20 Nov 2026 13:30:01 GMT",
	}
	for in, want := range tests {
		got, ok := shape.ShiftTime(in, d)
		if !ok || got != want {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
		there, _ := shape.ShiftTime(in, 26*time.Hour)
		if back, _ := shape.ShiftTime(there, -26*time.Hour); back != in {
			t.Errorf("%s came back as %s", in, back)
		}
	}
	for _, in := range []string{"", "12", "hello", "2026", "99999999999", "1.5", "2026-13-45T00:00:00Z", "123456789012345"} {
		if got, ok := shape.ShiftTime(in, d); ok || got != in {
			t.Errorf("%q became %q", in, got)
		}
	}
}

func TestOpaque(t *testing.T) {
	for s, want := range map[string]bool{
		"7d444840-9dc0-11d1-b245-5ffdce74fad2": true, "b15e4ac9": true, "ord_8fK2s9QxZ1": true,
		"312269865356374016": true, "cl1732212345678": true, "4f1d2c3b4a5968778695a4b3c2d1e0f0": true,
		"aGVsbG8gd29ybGQgaGVsbG8gMTIz": true, "event_DWWBysQlTe0z51ZQlObno3l": true,
		"BTC-USDT": false, "BTC-USDT-SWAP": false, "BTC-USDT-240628": false, "user123": false, "hello": false,
		"report2024.pdf": false, "notifications": false, "tickers.BTCUSDT": false, "2026-11-20": false, "v1.2.3": false,
		"orderbook.1.BTCUSDT": false, "btcusdt@trade": false, "1234567": false, "41000.5": false, "http://a.test/x": false,
		"room:lobby": false, "phx_reply": false, "gpt-4o-2024-08-06": false, "Internal Server Error 12": false,
		"permessage-deflate": false, "applicationDidBecomeActive": false, "UNAUTHORIZED_ACCESS": false,
	} {
		if got := shape.Opaque(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}

func TestJWTs(t *testing.T) {
	const token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIiwiaWF0IjoxLCJleHAiOjIsInJvbGUiOiJ4In0.c2ln"
	claims, ok := shape.JWT(token)
	if !ok || shape.Claims(claims) != `{"role":"x","sub":"a"}` {
		t.Errorf("%v %v", ok, claims)
	}
	for _, s := range []string{"", "a.b.c", "eyJ.eyJ.x", "eyJhbGciOiJIUzI1NiJ9.bm90IGpzb24.c2ln"} {
		if _, ok := shape.JWT(s); ok {
			t.Errorf("%q is a token", s)
		}
	}
}

func TestRoles(t *testing.T) {
	for name, want := range map[string]shape.Role{
		"id": shape.Top, "req_id": shape.Request, "reqId": shape.Request, "clOrdId": shape.Request, "X-Request-Id": shape.Request,
		"instId": shape.ID, "user_id": shape.ID, "access_token": shape.Credential, "sign": shape.Signature, "ts": shape.Clock,
		"createdAt": shape.Clock, "valid": shape.NoRole, "paid": shape.NoRole, "side": shape.NoRole, "format": shape.NoRole,
		"identifier": shape.NoRole, "seq": shape.Top, "timestamp": shape.Clock,
	} {
		if got := shape.RoleOf(name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
