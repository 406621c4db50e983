// A window on a long list that lives on the server: pages of rows around what
// is looked at, at most 64 of them, fetched when wanted and forgotten again.
import {signal, useEffect, useMemo} from "../vendor/preact.js";

const SIZE = 200;
const KEEP = 64;
const AGAIN = 250; // ms before a page that was not final is asked for again

/**
 * @template T
 * @typedef {{rows: T[], full: boolean, stale: boolean, at: number, touched: number}} Page
 */

/** @template T */
export class Pages {
	/**
	 * @param {(at: number, n: number, signal: AbortSignal) => Promise<{total: number, rows: T[], done?: boolean}>} load
	 * @param {{onError?: (err: any) => void, size?: number}} [how]
	 */
	constructor(load, how = {}) {
		this.load = load;
		this.size = how.size ?? SIZE;
		this.onError = how.onError ?? (() => {});
		/** Rows there are, as far as known. */
		this.total = signal(0);
		/** Whether the server has answered once. */
		this.loaded = signal(false);
		/** False while the server still counts. */
		this.done = signal(true);
		/** Goes up whenever rows arrived. */
		this.version = signal(0);
		/** @type {import("../vendor/preact.js").Signal<any>} */
		this.error = signal(null);
		/** @type {Map<number, Page<T>>} */
		this.pages = new Map();
		/** @type {Map<number, AbortController>} */
		this.inFlight = new Map();
		this.least = 0; // rows there are for certain
		this.serial = 0; // of the last request
		this.newest = 0; // request whose answer was taken last
		this.first = 0;
		this.last = -1;
		this.clock = 0;
		this.closed = false;
		/** @type {ReturnType<typeof setTimeout>|undefined} */
		this.timer = undefined;
	}

	/** @param {number} i @returns {T|undefined} row i if it is here */
	get(i) {
		return this.pages.get(Math.floor(i / this.size))?.rows[i % this.size];
	}

	/**
	 * Says what is looked at; what is missing is fetched, what was left behind
	 * is given up.
	 * @param {number} first @param {number} last
	 */
	want(first, last) {
		this.first = first;
		this.last = last;
		this.#fetch();
	}

	/**
	 * Says that there are more rows.
	 * @param {number} total
	 * @param {boolean} [sure] there will never be fewer: an older answer is not believed
	 */
	grow(total, sure = true) {
		if (sure) this.least = Math.max(this.least, total);
		if (total <= this.total.peek()) return;
		this.total.value = total;
		this.#fetch();
	}

	/** Asks again for every page that a row of it fails keep. @param {(row: T) => boolean} changed */
	refresh(changed) {
		for (const page of this.pages.values()) {
			if (page.rows.some(changed)) page.stale = true;
		}
		this.#later();
	}

	/** Forgets everything and begins anew, at the same place. */
	reset() {
		this.#abort(() => true);
		this.pages.clear();
		this.least = 0;
		this.total.value = 0;
		this.loaded.value = false;
		this.error.value = null;
		this.ask(0);
	}

	close() {
		this.closed = true;
		clearTimeout(this.timer);
		this.#abort(() => true);
	}

	/** Fetches page p unless it is under way. @param {number} p */
	ask(p) {
		if (this.inFlight.has(p) || this.closed) return;
		const mine = new AbortController();
		this.inFlight.set(p, mine);
		const serial = ++this.serial;
		this.load(p * this.size, this.size, mine.signal).then((answer) => {
			if (mine.signal.aborted) return;
			this.inFlight.delete(p);
			this.#take(p, answer, serial);
		}, (err) => {
			if (this.inFlight.get(p) === mine) this.inFlight.delete(p);
			if (mine.signal.aborted || this.closed) return;
			this.error.value = err;
			this.loaded.value = true;
			this.onError(err);
		});
	}

	/** @param {number} p @param {{total: number, rows: T[], done?: boolean}} answer @param {number} serial */
	#take(p, {total, rows, done = true}, serial) {
		this.error.value = null;
		this.pages.set(p, {rows, full: rows.length >= this.size, stale: false, at: performance.now(), touched: ++this.clock});
		this.#evict();
		if (serial > this.newest) { // answers overtake each other
			this.newest = serial;
			this.total.value = Math.max(total, this.least);
			this.done.value = done;
		}
		this.loaded.value = true;
		this.version.value++;
		this.#fetch();
		if (!done) this.#later();
	}

	#range() {
		const pages = [];
		const end = Math.min(this.last, this.total.peek() - 1);
		for (let p = Math.max(0, Math.floor(this.first / this.size)); p * this.size <= end; p++) pages.push(p);
		return pages;
	}

	#fetch() {
		const range = this.#range();
		this.#abort((p) => !range.includes(p) && p !== 0);
		for (const p of range) {
			const page = this.pages.get(p);
			if (page) page.touched = ++this.clock;
			if (!page) this.ask(p);
			else if (page.stale || (!page.full && p * this.size + page.rows.length < this.total.peek())) {
				if (performance.now() - page.at > AGAIN) this.ask(p);
				else this.#later();
			}
		}
	}

	#later() {
		clearTimeout(this.timer);
		if (this.closed) return;
		this.timer = setTimeout(() => {
			if (!this.done.peek() && this.#range().length === 0) this.ask(0);
			else if (!this.done.peek()) this.#range().forEach((p) => this.ask(p));
			else this.#fetch();
		}, AGAIN);
	}

	/** @param {(p: number) => boolean} which */
	#abort(which) {
		for (const [p, flight] of this.inFlight) {
			if (!which(p)) continue;
			flight.abort();
			this.inFlight.delete(p);
		}
	}

	#evict() {
		while (this.pages.size > KEEP) {
			let oldest = -1, touched = Infinity;
			for (const [p, page] of this.pages) {
				if (page.touched < touched) [oldest, touched] = [p, page.touched];
			}
			this.pages.delete(oldest);
		}
	}
}

/**
 * The pages of a list as long as the component shows it; other deps are another list.
 * @template T
 * @param {() => Pages<T>} make
 * @param {unknown[]} deps
 */
export function usePages(make, deps) {
	const pages = useMemo(make, deps);
	useEffect(() => {
		pages.ask(0);
		return () => pages.close();
	}, [pages]);
	return pages;
}
