// Package script stands beside capture/merge on the path bytes → mitm → capture
// → show, export, replay: it runs a user's JavaScript function on the events of
// a stream that no built-in format and no JSONPath can merge.
//
// A script is a file with a function of (event, state) that returns the text
// the event adds:
//
//	function merge(event, state) {
//	  state.words = (state.words || 0) + 1
//	  return event.data.split("|")[1] + " "
//	}
//
// The event has seq, dir ("send" or "receive"), t (milliseconds since the
// exchange began), type, id, data, and json, which is data parsed, or undefined.
// The state is an object that is empty at first and the same for all events of
// one stream. What comes back may be a string, a number or a boolean, nothing,
// or {text, reasoning}.
//
// The language is that of goja: ECMAScript 5.1 and most of what came after it,
// with atob, btoa and console.log. There is no way out to files or to the
// network, and none to run code that is not in the file. BigInt is left out.
//
// Time and memory are bounded. Code is interrupted wherever it is. The built-in
// functions cannot be interrupted, so those that can take long or make much of
// little refuse to: strings longer than 4 Mi characters made by repetition,
// arrays longer than 1 Mi elements, JSON nested deeper than 500. Regular
// expressions that backtrack stop after a while and then match nothing.
package script
