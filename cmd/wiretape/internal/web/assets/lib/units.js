// Times, sizes and counts as people read them. Nothing here is for payloads:
// their numbers are never written anew.

const plain = new Intl.NumberFormat("en");

/** @param {number} n */
export const count = (n) => plain.format(n);

/** @param {number|undefined} n 12,431 as "12.4k" */
export function shortCount(n) {
	if (n === undefined) return "";
	if (n < 10_000) return String(n);
	if (n < 1e6) return (n / 1e3).toFixed(n < 1e5 ? 1 : 0) + "k";
	return (n / 1e6).toFixed(n < 1e8 ? 1 : 0) + "M";
}

/** @param {number|undefined} n bytes, in powers of 1024 */
export function bytes(n) {
	if (n === undefined || n === null) return "";
	if (n < 1024) return n + " B";
	let unit = -1;
	do {
		n /= 1024;
		unit++;
	} while (n >= 1023.5 && unit < 3);
	return (n < 10 ? n.toFixed(1) : Math.round(n)) + " " + ["KiB", "MiB", "GiB", "TiB"][unit];
}

/** @param {number|undefined} ns a length of time, three digits of it */
export function duration(ns) {
	if (ns === undefined || ns === null || Number.isNaN(ns)) return "";
	const sign = ns < 0 ? "−" : "";
	const n = Math.abs(ns);
	if (n < 1e3) return `${sign}${n} ns`;
	if (n < 1e6) return sign + three(n / 1e3) + " µs";
	if (n < 1e9) return sign + three(n / 1e6) + " ms";
	if (n < 60e9) return sign + three(n / 1e9) + " s";
	const s = Math.round(n / 1e9);
	if (s < 3600) return `${sign}${Math.floor(s / 60)} min ${s % 60} s`;
	return `${sign}${Math.floor(s / 3600)} h ${Math.floor(s % 3600 / 60)} min`;
}

/** @param {number} n below 1,000 */
function three(n) {
	return n < 10 ? n.toFixed(2) : n < 100 ? n.toFixed(1) : n.toFixed(0);
}

/** @param {number} ns time since the start, in seconds with microseconds: aligned in a column */
export function offset(ns) {
	const us = Math.floor(ns / 1e3);
	const s = Math.floor(us / 1e6);
	const head = s < 60 ? String(s)
		: s < 3600 ? `${Math.floor(s / 60)}:${pad(s % 60)}`
			: `${Math.floor(s / 3600)}:${pad(Math.floor(s / 60) % 60)}:${pad(s % 60)}`;
	return head + "." + pad(us % 1e6, 6);
}

/** @param {number} n @param {number} [width] */
const pad = (n, width = 2) => String(n).padStart(width, "0");

/**
 * Wall-clock time of a moment.
 * @param {string} started RFC 3339 with nanoseconds
 * @param {number} [ns] later than that
 * @param {number} [digits] of the second
 */
export function clock(started, ns = 0, digits = 3) {
	const base = new Date(started);
	if (Number.isNaN(base.getTime())) return "";
	const fraction = Number((/\.(\d{1,9})/.exec(started)?.[1] ?? "0").padEnd(9, "0"));
	const at = fraction + ns;
	const t = new Date(Math.floor(base.getTime() / 1000) * 1000 + Math.floor(at / 1e9) * 1000);
	return `${pad(t.getHours())}:${pad(t.getMinutes())}:${pad(t.getSeconds())}.${pad(((at % 1e9) + 1e9) % 1e9, 9).slice(0, digits)}`;
}

/** @param {string} rfc3339 */
export function date(rfc3339) {
	const t = new Date(rfc3339);
	return Number.isNaN(t.getTime()) ? "" : t.toLocaleString(undefined, {dateStyle: "medium", timeStyle: "medium"});
}

/** @param {number} n @param {string} one @param {string} [many] */
export const plural = (n, one, many = one + "s") => `${count(n)} ${n === 1 ? one : many}`;
