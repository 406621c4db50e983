// Find in the timeline: the server scans, the page counts along and steps from
// hit to hit. The browser's own search sees only the rows in the document.
import {html, useEffect, useRef, useState} from "../vendor/preact.js";
import {api, query} from "../lib/api.js";
import {announce} from "../lib/a11y.js";
import {Icon} from "../lib/icon.js";
import {count, plural} from "../lib/units.js";

const QUIET = 200; // ms without typing
const POLL = 150;
const TICKS = 400; // marks at the scroll bar at the most

/**
 * @param {{id: number, level: string, control: {current: any}, jump: (seq: number) => void, total: number, onClose: () => void}} props
 */
export function Find({id, level, control, jump, total, onClose}) {
	const [text, set] = useState("");
	const [found, show] = useState(/** @type {any} */ (null));
	const [hit, setHit] = useState(-1);
	const [late, slow] = useState(false);
	const [error, fail] = useState(/** @type {any} */ (null));
	const input = useRef(/** @type {HTMLInputElement|null} */ (null));
	const search = useRef("");
	const ticks = useRef(/** @type {number[]} */ ([]));

	const cancel = () => {
		const old = search.current;
		search.current = "";
		if (old) api.del("/searches/" + old).catch(() => {});
	};
	useEffect(() => {
		input.current?.focus();
		return cancel;
	}, []);
	useEffect(() => {
		cancel();
		show(null);
		setHit(-1);
		fail(null);
		ticks.current = [];
		if (!text) return;
		let stop = false;
		const timer = setTimeout(async () => {
			try {
				const {search: s} = await api.post(`/exchanges/${id}/searches`, /^\/.+\/i?$|^\$/.test(text) ? {filter: text, level} : {text, level});
				search.current = s;
				const began = Date.now();
				for (;;) {
					const a = await api.get("/searches/" + s);
					if (stop) return;
					ticks.current = (a.first ?? []).slice(0, TICKS).map((n) => n / Math.max(1, total));
					show(a);
					slow(!a.done && Date.now() - began > 300 && a.scanned < 0.98 * a.total); // of an open exchange the search goes on with it
					if (a.done) return announce(plural(a.matched, "match", "matches"));
					await new Promise((r) => setTimeout(r, POLL));
				}
			} catch (err) {
				if (!stop) fail(err);
			}
		}, QUIET);
		return () => {
			stop = true;
			clearTimeout(timer);
		};
	}, [text, level, id]);

	const step = async (by) => {
		if (!found?.matched) return;
		const to = hit < 0 && by < 0 ? found.matched - 1 : (hit + by + found.matched) % found.matched;
		setHit(to);
		const {rows} = await api.get(`/searches/${search.current}/hits` + query({at: to, n: 1}));
		if (rows?.length) jump(rows[0]);
	};
	useEffect(() => {
		control.current = {focus: () => input.current?.select(), step, ticks: ticks.current};
		return () => void (control.current = null);
	});
	const onKey = (e) => {
		if (e.key === "Enter") step(e.shiftKey ? -1 : 1);
		else if (e.key === "Escape") onClose();
		else return;
		e.preventDefault();
		setTimeout(() => input.current?.focus());
	};
	return html`<div class="find" role="search">
		<${Icon} name="search" class="muted"/>
		<input ref=${input} class="grow" aria-label="Find in the rows" placeholder="Find text, /regex/ or $.path==value" value=${text} onInput=${(e) => set(e.target.value)} onKeyDown=${onKey} autocomplete="off" spellcheck=${false}/>
		<span class="muted num" aria-live="off">${error ? html`<span class="error-text">${error.message}</span>` : found ? `${hit >= 0 ? count(hit + 1) + " of " : ""}${plural(found.matched, "match", "matches")}` : ""}</span>
		${late && found && !found.done && html`<progress max=${found.total || 1} value=${found.scanned} aria-label="scanned"/><button onClick=${() => { cancel(); show({...found, done: true}); }}>Stop</button>`}
		<button class="icon" aria-label="Match before" title="Match before (p)" disabled=${!found?.matched} onClick=${() => step(-1)}><${Icon} name="up"/></button>
		<button class="icon" aria-label="Next match" title="Next match (n)" disabled=${!found?.matched} onClick=${() => step(1)}><${Icon} name="down"/></button>
		<button class="icon" aria-label="Close the search" onClick=${onClose}><${Icon} name="x"/></button>
	</div>`;
}
