// Package soak holds no code of its own: its tests put the whole path bytes →
// mitm → capture → show under load and kill it, with the real program in a
// process of its own. At full length they run with WIRETAPE_SOAK=1 (make soak)
// and print what they measured.
package soak
