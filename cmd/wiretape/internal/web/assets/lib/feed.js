// The live feed: how far the tape has got, never what it says. One per tab,
// read with fetch because EventSource sends no Authorization.
import {effect, signal} from "../vendor/preact.js";
import {Problem, query, request} from "./api.js";
import {feedState, refreshState, takeHeads, warnings} from "./store.js";

const HIDDEN_AFTER = 10_000; // a hidden tab frees its connection after this
const RETRY_MIN = 500, RETRY_MAX = 10_000;
const POLL = 2_000; // instead of a feed, when there are too many
const SILENCE = 40_000; // the server comments every 15 s

/** What the page wants to hear of. Views add and take away with watch. */
const wanted = signal(/** @type {{list: number, ids: Map<number, number>}} */ ({list: 0, ids: new Map()}));

/**
 * Asks the feed for the list of exchanges, or for single ones, until the
 * returned function is called.
 * @param {{list?: boolean, ids?: number[]}} what
 * @returns {() => void}
 */
export function watch(what) {
	const add = (by) => {
		const {list, ids} = wanted.peek();
		const next = new Map(ids);
		for (const id of what.ids ?? []) {
			if (!(id > 0 && Number.isSafeInteger(id))) continue; // what an address names may be anything
			const n = (next.get(id) ?? 0) + by;
			n > 0 ? next.set(id, n) : next.delete(id);
		}
		wanted.value = {list: list + (what.list ? by : 0), ids: next};
	};
	add(1);
	return () => add(-1);
}

/** @type {Map<string, Set<(data: any) => void>>} */
const listeners = new Map();

/**
 * Listens to an event of the feed other than heads: "replay", "connection" …
 * @param {string} event
 * @param {(data: any) => void} fn
 * @returns {() => void}
 */
export function on(event, fn) {
	const set = listeners.get(event) ?? new Set();
	listeners.set(event, set.add(fn));
	return () => set.delete(fn);
}

/** @param {string} event @param {string} text */
function dispatch(event, text) {
	/** @type {any} */
	let data;
	try {
		data = JSON.parse(text);
	} catch {
		return;
	}
	if (event === "heads") takeHeads(data);
	else if (event === "state" || event === "reset") refreshState().catch(() => {});
	else if (event === "warn") warnings.value = [...warnings.peek(), data.text ?? String(data)].slice(-50);
	for (const fn of listeners.get(event) ?? []) fn(data);
}

/**
 * Splits a stream into events (WHATWG 9.2.6, as far as this server writes it).
 * @param {ReadableStreamDefaultReader<Uint8Array>} reader
 * @param {(event: string, data: string, id: string) => void} take
 * @param {() => void} alive called for every read
 */
async function readEvents(reader, take, alive) {
	const decoder = new TextDecoder();
	let rest = "", event = "", data = "", id = "";
	for (;;) {
		const {value, done} = await reader.read();
		if (done) return;
		alive();
		const lines = (rest + decoder.decode(value, {stream: true})).split("\n");
		rest = lines.pop() ?? "";
		for (const line of lines) {
			if (line === "") {
				if (data) take(event || "message", data, id);
				event = data = "";
				continue;
			}
			const colon = line.indexOf(":");
			const value = line.slice(colon + 1).replace(/^ /, "");
			if (line.startsWith("event:")) event = value;
			else if (line.startsWith("data:")) data += (data ? "\n" : "") + value;
			else if (line.startsWith("id:")) id = value;
		}
	}
}

/** Keeps one feed open for as long as the page lives and is looked at. */
export function startFeed() {
	let last = "", retry = RETRY_MIN;
	/** @type {AbortController|null} */
	let open = null;
	/** @type {ReturnType<typeof setTimeout>|undefined} */
	let timer, hiding;

	const stop = () => {
		clearTimeout(timer);
		open?.abort();
		open = null;
	};
	const again = (wait) => {
		clearTimeout(timer);
		timer = setTimeout(connect, wait);
	};

	async function connect() {
		stop();
		const mine = (open = new AbortController());
		const {list, ids} = wanted.peek();
		/** @type {ReturnType<typeof setTimeout>|undefined} */
		let watchdog;
		const alive = () => {
			clearTimeout(watchdog);
			watchdog = setTimeout(() => mine.abort(), SILENCE);
		};
		try {
			alive();
			const response = await request("/feed" + query({exchanges: [...ids.keys()].join(","), list: list > 0 ? 1 : ""}), {
				signal: mine.signal, headers: last ? {"Last-Event-ID": last} : {},
			});
			if (feedState.peek() === "lost") refreshState().catch(() => {});
			feedState.value = "live";
			retry = RETRY_MIN;
			const body = /** @type {ReadableStream<Uint8Array>} */ (response.body);
			await readEvents(body.getReader(), (event, data, id) => {
				if (id) last = id;
				dispatch(event, data);
			}, alive);
		} catch (err) {
			if (err instanceof Problem && err.status === 401) return;
			if (err instanceof Problem && err.status === 429) {
				if (open !== mine) return;
				feedState.value = "live";
				refreshState().catch(() => {});
				return again(POLL);
			}
		} finally {
			clearTimeout(watchdog);
		}
		if (open !== mine) return; // a newer one took over, or the page is hidden
		feedState.value = "lost";
		again(retry);
		retry = Math.min(retry * 2, RETRY_MAX);
	}

	effect(() => {
		wanted.value;
		if (!document.hidden) again(20); // what is wanted changes in one go when views change
	});
	document.addEventListener("visibilitychange", () => {
		clearTimeout(hiding);
		if (document.hidden) {
			hiding = setTimeout(() => {
				stop();
				feedState.value = "idle";
			}, HIDDEN_AFTER);
		} else if (!open) {
			again(0);
		}
	});
}
