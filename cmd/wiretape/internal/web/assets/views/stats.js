// Figures of one exchange: waiting times, rates, sizes, as numbers and plots.
import {html, useEffect, useState} from "../vendor/preact.js";
import {api, query} from "../lib/api.js";
import {ErrorState, Wait} from "../lib/empty.js";
import {Plot} from "../lib/plot.js";
import {href} from "../lib/route.js";
import {extent} from "../lib/store.js";
import {bytes, count, duration} from "../lib/units.js";
import {Card, Facts} from "./facts.js";

const EVERY = 2_000; // ms between two readings of an open exchange

/** @param {{x: any}} props */
export default function Stats({x}) {
	const ex = x.exchange;
	const [stats, set] = useState(/** @type {any} */ (null));
	const [bins, setBins] = useState(/** @type {any} */ (null));
	const [error, fail] = useState(/** @type {any} */ (null));
	const [span, zoom] = useState(/** @type {[number, number]|null} */ (null));
	const rows = extent(ex.id).value.rows;
	const tick = ex.state === "open" ? Math.floor(performance.now() / EVERY) : 0;
	const load = () => {
		api.get(`/exchanges/${ex.id}/stats`).then((a) => { set(a.items?.[0] ?? a); fail(null); }, fail);
	};
	useEffect(load, [tick, rows === undefined]);
	useEffect(() => {
		api.get(`/exchanges/${ex.id}/bins` + query({n: 200, from_ns: span?.[0], to_ns: span?.[1]})).then(setBins, () => setBins(null));
	}, [span, tick]);
	if (error && !stats) return html`<${ErrorState} error=${error} what="No figures for this exchange" retry=${load}/>`;
	if (!stats) return html`<${Wait}/>`;
	const streaming = stats.first_token_ns !== null && stats.first_token_ns !== undefined;
	return html`<div class="scroll"><div class="page">
		<div class="figures">
			<${Figure} name="Duration" value=${duration(stats.duration_ns)}/>
			<${Figure} name="First byte" value=${duration(stats.first_byte_ns)}/>
			${stats.first_event_ns > 0 && html`<${Figure} name=${ex.kind === "websocket" ? "First message" : "First event"} value=${duration(stats.first_event_ns)}/>`}
			${streaming && html`<${Figure} name="First token" value=${duration(stats.first_token_ns)} strong/>`}
			${stats.first_text_ns > 0 && stats.first_reasoning_ns > 0 && html`<${Figure} name="First text after reasoning" value=${duration(stats.first_text_ns)}/>`}
			${stats.tokens?.per_second > 0 && html`<${Figure} name="Tokens a second" value=${stats.tokens.per_second.toFixed(1)}/>`}
			<${Figure} name="Longest gap" value=${duration(stats.gaps?.max_ns)}/>
		</div>
		<${Rates} bins=${bins} stats=${stats} span=${span} zoom=${zoom} id=${ex.id}/>
		<div class="cols">
		<${Card} title="Gaps between rows" side=${html`<span class="muted">${count(stats.gaps?.count ?? 0)}</span>`}><${Spread} of=${stats.gaps}/><//>
		${stats.pings?.count > 0 && html`<${Card} title="Ping to pong" side=${html`<span class="muted">${count(stats.pings.count)}</span>`}><${Spread} of=${stats.pings}/><//>`}
		<${Card} title="Amounts"><${Facts} rows=${[["Sent", volume(stats.sent)], ["Received", volume(stats.received)], ["Tokens", stats.tokens?.output !== undefined && `${count(stats.tokens.input ?? 0)} in, ${count(stats.tokens.output)} out`], ["Characters", stats.chars?.count > 0 && count(stats.chars.count)]]}/><//>
		</div>
	</div></div>`;
}

/** @param {{name: string, value: string, strong?: boolean}} props */
export function Figure({name, value, strong}) {
	return value ? html`<div class=${"figure" + (strong ? " strong" : "")}><b>${value}</b><span class="muted">${name}</span></div>` : null;
}

/** @param {any} v */
function volume(v) {
	if (!v) return "";
	return `${count(v.messages)} rows, ${bytes(v.wire)} on the wire${v.decoded !== v.wire ? `, ${bytes(v.decoded)} decoded` : ""}${v.ratio > 1.05 ? ` (${v.ratio.toFixed(1)}×)` : ""}`;
}

/** @param {{of: any}} props */
function Spread({of}) {
	if (!of?.count) return html`<p class="body muted">None.</p>`;
	return html`<${Facts} rows=${[["Median", duration(of.p50_ns)], ["95 %", duration(of.p95_ns)], ["99 %", duration(of.p99_ns)], ["Longest", duration(of.max_ns)], ["Mean", duration(of.mean_ns)]]}/>
		${of.histogram?.length > 0 && html`<div class="body"><${Plot} title="How long" log series=${[{name: "gaps", values: of.histogram.map((b) => b.count), class: "p-plain"}]}
			label=${(i) => "up to " + duration(of.histogram[i].up_ns)} axis=${[duration(of.histogram[0].up_ns), duration(of.histogram[of.histogram.length - 1].up_ns)]}/></div>`}`;
}

/** @param {{bins: any, stats: any, span: any, zoom: (span: any) => void, id: number}} props */
function Rates({bins, stats, span, zoom, id}) {
	const b = bins ?? old(stats);
	if (!b) return null;
	const at = (i) => b.from_ns + i * b.width_ns;
	const label = (i) => `${duration(at(i))} to ${duration(at(i + 1))}`;
	const axis = /** @type {[string, string]} */ ([duration(b.from_ns) || "0", duration(b.to_ns)]);
	const onRange = bins && ((from, to) => zoom([at(from), at(to + 1)]));
	const two = (field) => [{name: "sent", values: b.send[field], class: "p-send"}, {name: "received", values: b.receive[field], class: "p-receive"}];
	return html`<${Card} title="Over time" side=${html`<span class="row">${span && html`<a class="button" href=${href(["x", id], {tab: "timeline", filter: `time:${Math.floor(span[0] / 1e6)}ms..${Math.ceil(span[1] / 1e6)}ms`})}>These rows</a><button onClick=${() => zoom(null)}>All of it</button>`}${!span && bins && html`<span class="muted">drag to choose a time</span>`}</span>`}>
		<div class="body"><${Plot} title=${`Rows per ${duration(b.width_ns)}`} mirrored series=${two("n")} label=${label} axis=${axis} onRange=${onRange}/>
		${b.send.bytes && html`<${Plot} title=${`Bytes per ${duration(b.width_ns)}`} mirrored series=${two("bytes")} unit=${bytes} label=${label} axis=${axis} onRange=${onRange}/>`}
		${b.sizes?.n?.some(Boolean) && html`<${Plot} title="Sizes of rows" log series=${[{name: "rows", values: b.sizes.n, class: "p-plain"}]} label=${(i) => "up to " + bytes(b.sizes.edges[i])} axis=${[bytes(b.sizes.edges[0]), bytes(b.sizes.edges[b.sizes.edges.length - 1])]}/>`}</div><//>`;
}

/** Bins as `stats --json` has them. @param {any} stats */
function old(stats) {
	const b = stats.bins;
	if (!b?.sent?.length) return null;
	return {from_ns: 0, to_ns: b.width_ns * b.sent.length, width_ns: b.width_ns, send: {n: b.sent}, receive: {n: b.received}};
}
