// The bearer token of this run: it comes once in the fragment of the printed
// link and is then kept for this origin, whose port is part of it.
import {signal} from "../vendor/preact.js";

const KEY = "wiretape.token";

/** Set when the server refused the token: the page then asks for the link. */
export const refused = signal(false);

let current = "";

/** Takes the token out of the address, so that no link copied from it holds one. */
export function takeToken() {
	const found = /^#t=([\w-]+)(?:&(.*))?$/.exec(location.hash);
	if (found) {
		keep(found[1]);
		const rest = found[2] ? "#" + decodeURIComponent(found[2]) : "#/x";
		history.replaceState(null, "", location.pathname + rest);
		return;
	}
	try {
		current = localStorage.getItem(KEY) ?? "";
	} catch {
		current = ""; // storage switched off: the token lives as long as the page
	}
}

/** @param {string} token */
function keep(token) {
	current = token;
	refused.value = false;
	try {
		localStorage.setItem(KEY, token);
	} catch {
		// It still works until the page is left.
	}
}

/**
 * Reads a link or a bare token that a person pasted.
 * @param {string} text
 * @returns {boolean} whether there was one in it
 */
export function pasteToken(text) {
	const found = /#t=([\w-]+)/.exec(text) ?? /^\s*([\w-]{20,})\s*$/.exec(text);
	if (!found) return false;
	keep(found[1]);
	return true;
}

/** The header every request carries. */
export function authorization() {
	return "Bearer " + current;
}
