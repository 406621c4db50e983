// Package har stands at the far end of the path bytes → mitm → capture → show,
// export, replay: it writes what a tape holds as an HTTP Archive (HAR 1.2) that
// opens in Chrome DevTools with frames and events in it, and reads the archives
// of wiretape and of other tools back into a tape.
package har
