// Package e2e stands at the end of the path bytes → mitm → capture → show: its
// tests look at the pages of the web UI with a real browser, over recordings
// made through the real proxy.
package e2e
