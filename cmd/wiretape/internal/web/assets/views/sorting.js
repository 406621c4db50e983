// Sorting a list that no longer grows: all of it is read, up to a bound, and
// put in order here. What still grows stays in the order of its numbers.
import {useEffect, useState} from "../vendor/preact.js";
import {api, query} from "../lib/api.js";
import {urlParts} from "../lib/entry.js";
import {toast, toastError} from "../lib/toast.js";

const MOST = 5_000;

/** @type {Record<string, (ex: any) => any>} what columns are sorted by */
const keys = {
	id: (ex) => ex.id, kind: (ex) => ex.kind, method: (ex) => ex.method, status: (ex) => ex.status, host: (ex) => urlParts(ex.url).host, path: (ex) => urlParts(ex.url).path,
	state: (ex) => (ex.end ? `${ex.end.how} ${ex.end.code ?? ""}` : ex.state), sent: (ex) => ex.sent?.bytes, received: (ex) => ex.received?.bytes,
	started: (ex) => ex.started, duration: (ex) => ex.duration_ns, ttft: (ex) => ex.ttft_ns,
};

/** @param {string} sort as in the address: "duration", or "-duration" downwards @param {string} id of a column @returns {string} the next on a click */
export const nextSort = (sort, id) => (sort === "-" + id ? id : sort === id ? "" : "-" + id);

/**
 * @param {string} sort
 * @param {{filter: string, session: string, total: number, growing: boolean}} list
 * @returns {any[]|null} the exchanges in order; null for that of their numbers
 */
export function useSorted(sort, {filter, session, total, growing}) {
	const [rows, set] = useState(/** @type {any[]|null} */ (null));
	useEffect(() => {
		set(null);
		const key = keys[sort.replace(/^-/, "")];
		if (!key || growing || total === 0) return;
		if (total > MOST) {
			toast(`Too many to sort: ${total} exchanges`, {kind: "error", hint: "Filter first."});
			return;
		}
		const mine = new AbortController();
		all(filter, session, mine.signal).then((items) => {
			const down = sort.startsWith("-") ? -1 : 1;
			set(items.sort((a, b) => down * compare(key(a), key(b)) || a.id - b.id));
		}, toastError);
		return () => mine.abort();
	}, [sort, filter, session, total, growing]);
	return rows;
}

/** @param {string} filter @param {string} session @param {AbortSignal} signal */
async function all(filter, session, signal) {
	const items = [];
	for (let more = true; more;) {
		const page = await api.get("/exchanges" + query({at: items.length, n: 500, filter, session}), {signal});
		items.push(...page.items);
		more = page.items.length > 0 && items.length < page.total;
	}
	return items;
}

/** What is not known comes first. @param {any} a @param {any} b */
function compare(a, b) {
	if (a === b) return 0;
	if (a === undefined || a === null) return -1;
	if (b === undefined || b === null) return 1;
	return a < b ? -1 : 1;
}
