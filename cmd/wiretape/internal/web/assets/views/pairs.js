// Requests with their answers inside one socket, by the edges of the replay plan.
import {html, useEffect, useMemo, useState} from "../vendor/preact.js";
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
	const load = () => api.get(`/exchanges/${id}/pairs`).then((a) => { set(a); fail(null); }, fail);
	useEffect(() => void load(), [id]);
	const items = answer?.items ?? [];
	const pairs = useMemo(() => items.filter((p) => p.request), [items]);
	const shown = useMemo(() => pairs.filter((p) => which === "all" || (which === "open" ? !p.answer : p.failed)), [pairs, which]);
	const summary = items.find((p) => p.type === "summary")?.summary;
	const unasked = items.filter((p) => !p.request && p.type !== "summary");
	if (error) return html`<${ErrorState} error=${error} what="No pairs for this exchange" retry=${load}/>`;
	if (!answer) return html`<${Wait}/>`;
	if (pairs.length === 0 && unasked.length === 0) return html`<${Empty} icon="replay" title="No requests and answers found"><p>Nothing the server said could be tied to something the client said. <a href=${href(["x", id], {tab: "timeline"})}>See the timeline</a></p><//>`;
	const open = (i) => {
		remember("pair", i);
		go(href(["x", id, "m", shown[i].request.first ?? shown[i].request.seq]));
	};
	return html`<div class="view">
		<div class="toolbar"><div class="seg" role="group" aria-label="Which">${Object.entries(groups).map(([k, n]) => html`<button aria-pressed=${k === which ? "true" : "false"} onClick=${() => { pick(k); choose(-1); }}>${n}${summary ? html` <span class="muted num">${count({all: summary.requests, open: summary.unanswered, error: summary.failed}[k])}</span>` : ""}</button>`)}</div>
			<span class="grow"/><button onClick=${load}><${Icon} name="replay"/>Read again</button></div>
		<div class="kinds" tabindex="0" role="region" aria-label="Latency by kind"><${Kinds} pairs=${pairs}/><${Unasked} items=${unasked}/></div>
		<${VList} class="pairs" total=${shown.length} rowHeight=${24} item=${(i) => shown[i]} row=${row} tick=${shown} label="Requests and answers" columns=${6} header=${heads}
			active=${active} onActive=${(i, e) => (e && i === active ? open(i) : choose(i))} onOpen=${open} start=${Math.max(0, active - 5)}/>
	</div>`;
}

const heads = html`<div class="prow phead" role="presentation">${["Time", "Kind", "Latency", "Result", "Request", "Answer"].map((c, i) => html`<span role="columnheader" class=${i === 0 || i === 2 ? "num" : ""}>${c}</span>`)}</div>`;

/** @param {any} p */
const row = (p) => p && html`<div class="prow mono" role="presentation">
	<span role="gridcell" class="num muted">${offset(p.request.t_ns)}</span>
	<span role="gridcell" class="cut">${visible(p.request.label)}${p.request.topic && html` <span class="muted">${visible(p.request.topic)}</span>`}</span>
	<span role="gridcell" class="num">${p.answer ? duration(p.latency_ns) : "–"}</span>
	<span role="gridcell">${p.failed ? html`<span class="error-text"><${Icon} name="error"/> error</span>` : !p.answer ? html`<span class="warn-text"><${Icon} name="warn"/> none</span>` : p.answers > 1 ? p.answers + " answers" : "ok"}</span>
	<span role="gridcell" class="cut">${visible(payload(p.request))}</span>
	<span role="gridcell" class="cut muted">${visible(payload(p.answer))}</span></div>`;

/** @param {any} unit */
const payload = (unit) => (unit ? (unit.text ?? (unit.base64 ? "base64 " + unit.base64 : "")).slice(0, 300) : "");

/** What came without being asked for. @param {{items: any[]}} props */
function Unasked({items}) {
	if (items.length === 0) return null;
	return html`<table class="list"><thead><tr><th>Unasked</th><th>What</th><th class="num">Count</th><th class="num">Every</th><th class="num">Answered</th></tr></thead>
		<tbody>${items.map((p) => html`<tr><td>${p.type}</td><td class="mono"><${Icon} name=${p.dir === "send" ? "up" : "down"}/> <span class="sr">${p.dir === "send" ? "sent" : "received"}</span>${visible([p.label, p.topic].filter(Boolean).join(" "))}</td>
			<td class="num">${count(p.count ?? 1)}</td><td class="num">${p.every_ns ? duration(p.every_ns) : ""}</td><td class="num">${p.replies ?? ""}</td></tr>`)}</tbody></table>`;
}

/** Latency by kind. @param {{pairs: any[]}} props */
function Kinds({pairs}) {
	const rows = useMemo(() => {
		const by = new Map();
		for (const p of pairs) {
			const k = by.get(p.request.label) ?? {kind: p.request.label, n: 0, open: 0, errors: 0, all: []};
			k.n++;
			if (p.failed) k.errors++;
			p.answer ? k.all.push(p.latency_ns) : k.open++;
			by.set(k.kind, k);
		}
		return [...by.values()].map((k) => {
			k.all.sort((a, b) => a - b);
			const at = (share) => k.all[Math.min(k.all.length - 1, Math.floor(share * k.all.length))];
			return {...k, p50: at(0.5), p99: at(0.99), max: at(1)};
		}).sort((a, b) => b.n - a.n).slice(0, 50);
	}, [pairs]);
	if (rows.length === 0) return null;
	return html`<table class="list"><thead><tr><th>Kind</th><th class="num">Count</th><th class="num">Median</th><th class="num">99 %</th><th class="num">Longest</th><th class="num">Unanswered</th><th class="num">Errors</th></tr></thead>
		<tbody>${rows.map((k) => html`<tr><td class="mono">${visible(k.kind)}</td><td class="num">${count(k.n)}</td><td class="num">${duration(k.p50)}</td><td class="num">${duration(k.p99)}</td><td class="num">${duration(k.max)}</td>
			<td class="num">${k.open || ""}</td><td class=${"num " + (k.errors ? "error-text" : "")}>${k.errors || ""}</td></tr>`)}</tbody></table>`;
}
