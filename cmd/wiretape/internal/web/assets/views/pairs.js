// Requests with their answers inside one socket, by the edges of the replay plan.
import {html, useEffect, useMemo, useRef, useState} from "../vendor/preact.js";
import {api} from "../lib/api.js";
import {visible} from "../lib/color.js";
import {Empty, ErrorState, Wait} from "../lib/empty.js";
import {Icon} from "../lib/icon.js";
import {go, href, recall, remember} from "../lib/route.js";
import {count, duration, offset} from "../lib/units.js";
import {VList} from "../lib/vlist.js";

const groups = {all: "All", open: "Unanswered", error: "Errors"};

/** @param {{x: any}} props */
export default function Pairs({x}) {
	const id = x.exchange.id;
	const [answer, set] = useState(/** @type {any} */ (null));
	const [error, fail] = useState(/** @type {any} */ (null));
	const [which, pick] = useState("all");
	const [active, choose] = useState(recall("pair") ?? -1);
	const list = useRef(/** @type {any} */ (null));
	const load = () => api.get(`/exchanges/${id}/pairs`).then((a) => { set(a); fail(null); }, fail);
	useEffect(() => void load(), [id]);
	const items = answer?.items ?? [];
	const shown = useMemo(() => items.filter((p) => which === "all" || (which === "open" ? !answers(p).length : isError(p))), [items, which]);
	if (error) return html`<${ErrorState} error=${error} what="No pairs for this exchange" retry=${load}/>`;
	if (!answer) return html`<${Wait}/>`;
	if (items.length === 0) return html`<${Empty} icon="replay" title="No requests and answers found"><p>Nothing the server said could be tied to something the client said. <a href=${href(["x", id], {tab: "timeline"})}>See the timeline</a></p><//>`;
	const open = (i) => {
		remember("pair", i);
		const seq = shown[i]?.request?.seq ?? shown[i]?.seq;
		if (seq) go(href(["x", id, "m", seq]));
	};
	const row = (/** @type {any} */ p) => p && html`<div class="prow mono" role="presentation">
		<span role="gridcell" class="num muted">${offset(p.request?.t_ns ?? p.t_ns ?? 0)}</span>
		<span role="gridcell" class="cut">${visible(kind(p))}</span>
		<span role="gridcell" class="num">${answers(p).length ? duration(latency(p)) : html`<span class="warn-text"><${Icon} name="warn"/>none</span>`}</span>
		<span role="gridcell">${isError(p) ? html`<span class="error-text"><${Icon} name="error"/>error</span>` : answers(p).length > 1 ? `${answers(p).length} answers` : answers(p).length ? "ok" : ""}</span>
		<span role="gridcell" class="cut">${visible(p.request?.preview ?? p.preview ?? "")}</span>
		<span role="gridcell" class="cut muted">${visible(answers(p)[0]?.preview ?? "")}</span></div>`;
	return html`<div class="view">
		<div class="toolbar"><div class="seg" role="group" aria-label="Which">${Object.entries(groups).map(([k, n]) => html`<button aria-pressed=${k === which ? "true" : "false"} onClick=${() => { pick(k); choose(-1); }}>${n}</button>`)}</div>
			<span class="muted num">${count(shown.length)}</span><span class="grow"/>${answer.spontaneous !== undefined && html`<span class="muted">${count(answer.spontaneous)} messages came unasked</span>`}</div>
		<${Kinds} items=${items} given=${answer.kinds}/>
		<${VList} class="pairs" total=${shown.length} rowHeight=${24} item=${(i) => shown[i]} row=${row} tick=${shown} label="Requests and answers" columns=${6}
			header=${html`<div class="prow phead" role="presentation">${["Time", "Kind", "Latency", "Result", "Request", "Answer"].map((c, i) => html`<span role="columnheader" class=${i % 2 === 0 && i < 4 ? "num" : ""}>${c}</span>`)}</div>`}
			active=${active} onActive=${choose} onOpen=${open} control=${list}/>
	</div>`;
}

/** @param {any} p */
const answers = (p) => p.answers ?? (p.answer ? [p.answer] : []);
/** @param {any} p */
const latency = (p) => p.latency_ns ?? (answers(p)[0]?.t_ns - p.request?.t_ns);
/** @param {any} p */
const isError = (p) => Boolean(p.error) || p.ok === false || answers(p).some((a) => a.error || a.ok === false);
/** @param {any} p */
const kind = (p) => p.kind ?? p.request?.kind ?? p.request?.label ?? "";

/** Latency by kind. @param {{items: any[], given?: any[]}} props */
function Kinds({items, given}) {
	const rows = useMemo(() => {
		if (given) return given;
		const by = new Map();
		for (const p of items) {
			const k = by.get(kind(p)) ?? {kind: kind(p), n: 0, open: 0, errors: 0, all: []};
			k.n++;
			if (isError(p)) k.errors++;
			answers(p).length ? k.all.push(latency(p)) : k.open++;
			by.set(k.kind, k);
		}
		return [...by.values()].map((k) => {
			k.all.sort((a, b) => a - b);
			const q = (share) => k.all[Math.min(k.all.length - 1, Math.floor(share * k.all.length))];
			return {...k, p50_ns: q(0.5), p99_ns: q(0.99), max_ns: k.all[k.all.length - 1]};
		}).sort((a, b) => b.n - a.n).slice(0, 50);
	}, [items, given]);
	return html`<div class="kinds" tabindex="0" role="region" aria-label="Latency by kind"><table class="list"><thead><tr><th>Kind</th><th class="num">Count</th><th class="num">Median</th><th class="num">99 %</th><th class="num">Longest</th><th class="num">Unanswered</th><th class="num">Errors</th></tr></thead>
		<tbody>${rows.map((k) => html`<tr><td class="mono">${visible(k.kind)}</td><td class="num">${count(k.n)}</td><td class="num">${duration(k.p50_ns)}</td><td class="num">${duration(k.p99_ns)}</td><td class="num">${duration(k.max_ns)}</td>
			<td class="num">${k.open || ""}</td><td class=${"num " + (k.errors ? "error-text" : "")}>${k.errors || ""}</td></tr>`)}</tbody></table></div>`;
}
