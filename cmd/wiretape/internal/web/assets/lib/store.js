// What every part of the page knows of the tape, as signals.
import {batch, computed, effect, signal} from "../vendor/preact.js";
import {api} from "./api.js";

/**
 * @typedef {{version: string, mode: "record"|"tape"|"har", tape: string, session: number, proxy: string,
 *   ca?: {path: string, sha256: string, expires: string, pem: string}, can: string[], head: number, exchanges: number,
 *   recording: boolean, started: string, warnings: string[], setup: {name: string, lines: string[]}[]}} State
 * @typedef {{rows?: number, frames?: number, chunks?: number, state?: "open"|"done"}} Extent how far an exchange has got
 */

/** @type {import("../vendor/preact.js").Signal<State|null>} */
export const state = signal(null);
/** The tape's last commit. */
export const head = signal(0);
/** Exchanges on the tape. */
export const total = signal(0);
/** "live", "lost", "idle" (hidden) or "connecting". */
export const feedState = signal("connecting");
/** Warnings of this run, newest last. */
export const warnings = signal(/** @type {string[]} */ ([]));
/** Rows a second of the exchanges that are looked at, over the last second. */
export const rate = signal(0);

export const recording = computed(() => Boolean(state.value?.recording));

/** @param {string} what whether the server can do it: "inject", "replay" … */
export const can = (what) => state.value?.can?.includes(what) ?? false;

/** @type {Map<number, import("../vendor/preact.js").Signal<Extent>>} */
const extents = new Map();

/** @param {number} id */
export function extent(id) {
	let known = extents.get(id);
	if (!known) extents.set(id, (known = signal({})));
	return known;
}

/** Exchanges that were changed since, each a new array: lists listen to it. */
export const changed = signal(/** @type {number[]} */ ([]));

let measured = 0;
setInterval(() => {
	rate.value = measured;
	measured = 0;
}, 1000);

/**
 * Takes one "heads" of the feed.
 * @param {{head: number, total?: number, x?: Record<string, Extent>, new?: number[], changed?: number[]}} heads
 */
export function takeHeads(heads) {
	batch(() => {
		head.value = heads.head;
		if (heads.total !== undefined) total.value = heads.total;
		for (const [id, far] of Object.entries(heads.x ?? {})) {
			const known = extent(Number(id));
			measured += Math.max(0, (far.rows ?? 0) - (known.peek().rows ?? far.rows ?? 0));
			known.value = {...known.peek(), ...far};
		}
		const all = [...(heads.changed ?? []), ...(heads.new ?? [])];
		if (all.length > 0) changed.value = all;
	});
}

/** Reads /state anew. */
export async function refreshState() {
	const now = await api.get("/state");
	batch(() => {
		state.value = now;
		head.value = now.head;
		if (now.exchanges !== undefined) total.value = now.exchanges;
		warnings.value = now.warnings ?? [];
	});
	return now;
}

/** @type {Map<string, import("../vendor/preact.js").Signal<any>>} */
const prefs = new Map();

/**
 * A setting of this person in this browser.
 * @template T
 * @param {string} name
 * @param {T} initial
 * @returns {import("../vendor/preact.js").Signal<T>}
 */
export function pref(name, initial) {
	let known = prefs.get(name);
	if (known) return known;
	let value = initial;
	try {
		const text = localStorage.getItem("wiretape." + name);
		if (text !== null) value = JSON.parse(text);
	} catch {
		// unreadable or switched off: the initial value holds
	}
	known = signal(value);
	prefs.set(name, known);
	let first = true;
	effect(() => {
		const text = JSON.stringify(known.value);
		if (first) {
			first = false;
			return;
		}
		try {
			localStorage.setItem("wiretape." + name, text);
		} catch {
			// kept until the page is left
		}
	});
	return known;
}
