// Where the page is: the fragment of the address, with what a person had
// scrolled to and chosen kept in each entry of the browser's history.
import {signal} from "../vendor/preact.js";

/**
 * @typedef {{path: string[], query: Record<string, string>, key: string}} Route
 *   path: ["x", "12"] for #/x/12; key: the history entry
 */

/** @param {string} hash @returns {{path: string[], query: Record<string, string>}} */
export function parse(hash) {
	const [path, query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
	return {
		path: (path || "x").split("/").filter(Boolean).map(safeDecode),
		query: Object.fromEntries(new URLSearchParams(query)),
	};
}

/** @param {string} part */
function safeDecode(part) {
	try {
		return decodeURIComponent(part);
	} catch {
		return part;
	}
}

let serial = 0;
const newKey = () => `${Date.now().toString(36)}-${serial++}`;

/** @returns {Route} */
function read() {
	const state = history.state ?? {};
	const key = state.key ?? newKey();
	if (!state.key) history.replaceState({...state, key}, "");
	return {...parse(location.hash), key};
}

/** @type {import("../vendor/preact.js").Signal<Route>} */
export const route = signal({path: ["x"], query: {}, key: ""});

/** Begins to follow the address. */
export function startRouting() {
	route.value = read();
	addEventListener("popstate", () => {
		pending = null; // it was of the entry that is left
		route.value = read();
	});
	addEventListener("pagehide", flush);
	addEventListener("hashchange", () => (route.value = read()));
}

/**
 * Writes a fragment.
 * @param {(string|number)[]} path
 * @param {Record<string, unknown>} [query] what is undefined, null or "" is left out
 */
export function href(path, query = {}) {
	const params = new URLSearchParams();
	for (const [name, value] of Object.entries(query)) {
		if (value !== undefined && value !== null && value !== "") params.set(name, String(value));
	}
	const text = params.toString();
	return "#/" + path.map((p) => encodeURIComponent(p).replaceAll("%2C", ",")).join("/") + (text ? "?" + text : "");
}

/**
 * Goes to a fragment. With replace the entry of the history is changed instead
 * of a new one made, and what it remembers stays.
 * @param {string} to
 * @param {{replace?: boolean}} [how]
 */
export function go(to, how = {}) {
	if (to === location.hash && !how.replace) return;
	flush();
	if (how.replace) history.replaceState(history.state, "", to);
	else history.pushState({key: newKey(), depth: (history.state?.depth ?? 0) + 1}, "", to);
	route.value = read();
}

/** Goes back to where the page was, or to the list if it began here. */
export function back() {
	flush();
	if (history.state?.depth > 0) history.back();
	else go("#/x");
}

/**
 * Changes some of the query in place.
 * @param {Record<string, unknown>} change
 */
export function setQuery(change) {
	const {path, query} = route.peek();
	go(href(path, {...query, ...change}), {replace: true});
}

/**
 * Keeps a value in this entry of the history: scroll and selection, so that
 * going back finds them.
 * @param {string} name
 * @param {unknown} value
 */
export function remember(name, value) {
	pending = {...pending, [name]: value};
	clearTimeout(timer);
	timer = setTimeout(flush, SETTLE);
}

const SETTLE = 250; // ms: browsers refuse an entry that changes with every scroll

/** What is to be kept in this entry. */
let pending = /** @type {Record<string, unknown>|null} */ (null);
/** @type {ReturnType<typeof setTimeout>|undefined} */
let timer;

function flush() {
	clearTimeout(timer);
	if (!pending) return;
	const state = history.state ?? {key: newKey()};
	history.replaceState({...state, memo: {...state.memo, ...pending}}, "");
	pending = null;
}

/** @param {string} name @returns {any} what remember kept here, or undefined */
export function recall(name) {
	return pending?.[name] ?? history.state?.memo?.[name];
}
