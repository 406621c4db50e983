// The overview: what it was, how long each part took, how it ended, and what is
// wrong with it.
import {html, useEffect, useState} from "../vendor/preact.js";
import {api} from "../lib/api.js";
import {visible} from "../lib/color.js";
import {kindOf} from "../lib/entry.js";
import {Icon} from "../lib/icon.js";
import {href} from "../lib/route.js";
import {bytes, count, date, duration} from "../lib/units.js";
import {Card, Facts, Params, Secret, Tokens} from "./facts.js";

/** @param {any} end */
const endWords = (end) => end.error ? html`${end.how}${end.by ? ` by the ${end.by}` : ""}` : html`${end.how}${end.code ? html` <b>${end.code}</b>` : ""}${end.name || end.words ? ` (${end.name || end.words})` : ""}${end.by ? ` by the ${end.by}` : ""}`;

/** @param {{x: any}} props */
export default function Overview({x}) {
	const ex = x.exchange, h = x.handshake ?? {};
	const url = h.url ?? {};
	return html`<div class="scroll"><div class="page">
		<div class="cols">
		<${Card} title="Exchange">
			<${Facts} rows=${[
		["Kind", kindOf(ex.kind).full],
		["Status", ex.status ? `${ex.status} ${ex.response?.reason ?? ""}` : "no response"],
		["Protocol", [ex.proto, ex.subprotocol || h.subprotocol].filter(Boolean).join(", ")],
		["Spoken", x.protocol],
		["Started", date(ex.started)],
		["Duration", duration(ex.duration_ns) + (ex.state === "open" ? " so far" : "")],
		["Sent", amount(ex.sent, ex.kind)],
		["Received", amount(ex.received, ex.kind)],
		["Lost", ex.lost && html`<span class="error-text"><${Icon} name="error"/> ${count(ex.lost.bytes)} bytes in ${count(ex.lost.gaps)} places were not recorded</span>`],
		["Client", ex.client], ["Server", ex.server],
	]}/><//>
		<${End} x=${x}/>
		</div>
		<${Waterfall} ex=${ex}/>
		<${Card} title="URL"><${Facts} rows=${[["Scheme", url.scheme], ["Host", url.host && visible(url.host)], ["Path", url.path && html`<span class="mono wrap">${visible(url.path)}</span>`]]}/><//>
		<${Params} params=${url.params}/>
		${ex.kind === "websocket" && html`<${Handshake} x=${x}/>`}
		<${TLS} tls=${x.tls}/>
		<${Tokens} list=${h.jwt}/>
		<${Lint} id=${ex.id} open=${ex.state === "open"}/>
	</div></div>`;
}

/** @param {any} of @param {string} kind */
function amount(of, kind) {
	if (!of) return "";
	const parts = [];
	if (of.messages > 0) parts.push(`${count(of.messages)} ${kind === "sse" ? "events" : kind === "ndjson" ? "records" : "messages"}`);
	if (of.control > 0) parts.push(`${count(of.control)} control`);
	if (of.frames > 0) parts.push(`${count(of.frames)} frames`);
	parts.push(bytes(of.bytes));
	return parts.join(", ");
}

/** @param {{x: any}} props */
function End({x}) {
	const ex = x.exchange, end = x.end ?? ex.end;
	const bad = end && !["close", "fin"].includes(end.how);
	return html`<${Card} title=${ex.state === "open" ? "Still open" : "How it ended"} side=${bad ? html`<span class="badge error"><${Icon} name="error"/>not a clean end</span>` : ex.state === "open" ? html`<span class="dot open"/>` : ""}>
		<${Facts} rows=${[
		["End", end ? endWords(end) : ex.cut ? "the recorder ended first" : "not yet"],
		["Reason", end?.reason && html`<span class="wrap">${visible(end.reason)}</span>`],
		["Error", (end?.error || ex.fault) && html`<span class="error-text wrap">${visible(end?.error || ex.fault)}</span>`],
		["After", end?.t_ns !== undefined && duration(end.t_ns)],
		["Before it", x.predecessor && html`<a href=${href(["x", x.predecessor])}>#${x.predecessor}</a>`],
		["Reconnected as", x.successor && html`<a href=${href(["x", x.successor])}>#${x.successor}</a>`],
		["What to do", ex.kind === "tunnel" && html`The client did not let wiretape look inside, mostly because it does not trust the CA. <a href="#/setup">How to make it trust</a>`],
		["Note", ex.note && html`<span class="wrap">${visible(ex.note)}</span>`],
		["Tags", ex.tags?.length > 0 && ex.tags.map((t) => html`<span class="badge accent">${visible(t)}</span> `)],
	]}/><//>`;
}

const phases = [["dns_ns", "DNS"], ["connect_ns", "Connect"], ["tls_ns", "TLS"], ["send_ns", "Send"], ["wait_ns", "Wait"]];

/** @param {{ex: any}} props */
function Waterfall({ex}) {
	const t = ex.timing;
	if (!t) return null;
	const parts = phases.filter(([k]) => t[k] > 0).map(([k, name]) => ({name, ns: t[k]}));
	const total = parts.reduce((sum, p) => sum + p.ns, 0);
	if (total === 0) return null;
	let at = 0;
	return html`<${Card} title="Until the first byte" side=${html`<span class="muted">${duration(total)}</span>`}>
		<table class="kv waterfall"><tbody>${parts.map((p) => {
		const left = at / total * 100;
		at += p.ns;
		return html`<tr><th scope="row">${p.name}</th><td class="num">${duration(p.ns)}</td><td class="bar" aria-hidden="true"><i style=${{left: left + "%", width: Math.max(0.5, p.ns / total * 100) + "%"}}/></td></tr>`;
	})}</tbody></table><//>`;
}

/** @param {{x: any}} props */
function Handshake({x}) {
	const h = x.handshake ?? {};
	const find = (list, name) => list?.find(([k]) => k.toLowerCase() === name)?.[1];
	const key = find(x.exchange.request?.headers, "sec-websocket-key");
	const accept = find(x.exchange.response?.headers, "sec-websocket-accept");
	return html`<${Card} title="WebSocket handshake" side=${html`<span class=${"badge " + (h.key_ok ? "ok" : "error")}><${Icon} name=${h.key_ok ? "check" : "error"}/>${h.key_ok ? "accept matches the key" : "accept does not match the key"}</span>`}>
		<${Facts} rows=${[
		["Subprotocol", h.subprotocol || html`<span class="muted">none</span>`],
		["Extensions", h.extensions?.length ? html`<span class="mono">${h.extensions.join(", ")}</span>` : html`<span class="muted">none: messages are not compressed</span>`],
		["Key", key && html`<span class="mono">${key}</span>`],
		["Accept", accept && html`<span class="mono">${accept}</span>`],
		["Origin", find(x.exchange.request?.headers, "origin")],
		["Authorization", find(x.exchange.request?.headers, "authorization") && html`<${Secret} name="authorization" value=${find(x.exchange.request?.headers, "authorization")}/>`],
	]}/><//>`;
}

/** @param {{tls: any}} props */
function TLS({tls}) {
	if (!tls) return null;
	const rows = Object.entries(tls).map(([k, v]) => [k.replaceAll("_", " "), typeof v === "object" && v !== null ? html`<span class="mono wrap">${Object.entries(v).map(([a, b]) => `${a} ${b}`).join(", ")}</span>` : String(v)]);
	return html`<${Card} title="TLS"><${Facts} rows=${rows}/><//>`;
}

/** @param {{id: number, open: boolean}} props */
function Lint({id, open}) {
	const [items, set] = useState(/** @type {any[]|null} */ (null));
	useEffect(() => void api.get(`/exchanges/${id}/lint`).then((a) => set(a.items), () => set([])), [id]);
	if (!items) return null;
	return html`<${Card} title="What a careful reader finds" side=${html`<span class=${"badge " + (items.length ? "warn" : "ok")}>${items.length ? items.length : open ? "nothing so far" : "nothing to add"}</span>`}>
		${items.length > 0 && html`<ul class="plain lint">${items.map((f) => html`<li><${Icon} name=${f.severity === "error" ? "error" : f.severity === "warning" ? "warn" : "info"} class=${f.severity === "error" ? "error-text" : f.severity === "warning" ? "warn-text" : "muted"}/>
			<div><div class="wrap"><b>${visible(f.what)}</b>${f.times > 1 ? html` <span class="muted">${count(f.times)} times</span>` : ""}</div>
			<div class="muted wrap">${f.clients ? visible(f.clients + ". ") : ""}${f.where?.seq ? html`<a href=${href(["x", id, "m", f.where.seq])}>row ${f.where.seq}</a>, ` : ""}${f.where?.offset > 0 ? `byte ${count(f.where.offset)}, ` : ""}<span class="mono">${f.rule}</span>${f.source ? `, ${f.source}` : ""}</div></div></li>`)}</ul>`}<//>`;
}
