// Package replaytest stands at the very end of the path bytes → mitm → capture
// → show, export, replay: it puts a recording in place of a real service for
// the length of one Go test.
//
//	func TestOrders(t *testing.T) {
//		srv := replaytest.New(t, "testdata/okx.har", nil)
//		trader := okx.Dial(srv.WSURL("/ws/v5/private"))
//		…
//		srv.WaitFor(t.Context(), `$.op=="order"`)
//		srv.Drop() // and see whether trader comes back
//	}
//
// The test fails with a diff, at once and once for each, when the client says
// something that was not recorded. Every Server has its own port and its own
// state: tests may run in parallel. It closes itself when its test ends.
//
// # Three ways in
//
// As a server, at URL and WSURL, by path and query, http and https on one port.
// As a proxy, at ProxyURL, under the recorded addresses; Client goes both ways.
// In memory, by Transport and Dial, where no socket is opened: such a test may
// run in a bubble of testing/synctest, and half an hour of heartbeats takes no
// time. A Server does not listen before it is asked for an address.
//
// # Recording
//
// With WIRETAPE_RECORD=1 in the environment, or a flag -record that the test
// package defines, the same test speaks to the real service, and what was said
// becomes the new recording if the test passes. For this the wiretape program
// is run: the one at $WIRETAPE_BIN, else the one in $PATH, else one that is
// built from this module. Secrets are taken out unless Options.KeepSecrets.
package replaytest
