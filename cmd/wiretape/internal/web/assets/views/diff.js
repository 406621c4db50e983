// Two exchanges side by side: rows aligned by kind and correlation, and what
// varies from run to run set apart from what differs.
import {html, useState} from "../vendor/preact.js";
import {api, query} from "../lib/api.js";
import {visible} from "../lib/color.js";
import {Empty, ErrorState, Wait} from "../lib/empty.js";
import {Icon} from "../lib/icon.js";
import {go, href, setQuery} from "../lib/route.js";
import {count} from "../lib/units.js";
import {Check, useAsked} from "./form.js";

export const title = (route) => (route.path[1] ? `Compare ${route.path[1].replace(",", " and ")}` : "Compare");

const IGNORABLE = ["ids", "times", "tokens", "signatures", "sequences"];
const WORDS = {equal: "equal", volatile: "varies from run to run", changed: "changed", only_a: "only in the first", only_b: "only in the second"};
const PAGE = 500; // rows drawn at once

export default function View({route}) {
	const [a, b] = (route.path[1] ?? "").split(",").map(Number);
	if (!(a > 0 && b > 0)) return html`<${Choose}/>`;
	return html`<${Compare} a=${a} b=${b} route=${route} key=${`${a},${b}`}/>`;
}

function Choose() {
	const [a, setA] = useState("");
	const [b, setB] = useState("");
	const [sessions, pick] = useState(false);
	const ok = Number(a) > 0 && Number(b) > 0;
	return html`<${Empty} icon="diff" title="Compare two exchanges, or two sessions"><p>Choose two in the list of exchanges, or give their numbers.</p>
		<h1 class="sr">Compare</h1>
		<form class="row pickboth" onSubmit=${(e) => { e.preventDefault(); go(href(["diff", `${a},${b}`], {sessions: sessions ? 1 : ""})); }}>
			<input class="short" aria-label="First exchange" value=${a} inputmode="numeric" onInput=${(e) => setA(e.target.value.replace(/\D/g, ""))}/>
			<input class="short" aria-label="Second exchange" value=${b} inputmode="numeric" onInput=${(e) => setB(e.target.value.replace(/\D/g, ""))}/>
			<${Check} label="sessions" checked=${sessions} onInput=${pick}/><button class="primary" disabled=${!ok}>Compare</button></form><//>`;
}

function Compare({a, b, route}) {
	const ignore = (route.query.ignore ?? "").split(",").filter((w) => w && w !== "none");
	const shown = (route.query.show ?? "changed,only_a,only_b,volatile").split(",");
	const [limit, more] = useState(PAGE);
	const {sessions = "", merge = ""} = route.query;
	const got = useAsked([a, b, ignore, sessions, merge], (signal) => api.get("/diff" + query({a, b, ignore: ignore.join(","), sessions, merge}), {signal}), 50);
	if (got.error) return html`<${ErrorState} error=${got.error} what="They cannot be compared"/>`;
	if (!got.value) return html`<${Wait} text="Comparing …"/>`;
	const {items, count: n, cut} = got.value;
	const list = items.filter((i) => shown.includes(i.status));
	const toggle = (name, set, key) => (on) => setQuery({[key]: (on ? [...set, name] : set.filter((s) => s !== name)).join(",") || "none"});
	return html`<div class="view"><div class="scroll"><div class="page drive diff" aria-busy=${got.busy ? "true" : "false"}>
		<h1>${sessions ? `Sessions ${a} and ${b}` : html`<a href=${href(["x", a])}>#${a}</a> and <a href=${href(["x", b])}>#${b}</a>`}</h1>
		<p role="status"><span class=${"badge " + (got.value.equal ? "ok" : "error")}><${Icon} name=${got.value.equal ? "check" : "error"}/>${got.value.equal ? "the same, but for what varies from run to run" : "they differ"}</span></p>
		<div class="row">${Object.entries(WORDS).map(([s, word]) => html`<${Check} label=${`${word} (${count(n[s])})`} checked=${shown.includes(s)} onInput=${toggle(s, shown, "show")}/>`)}</div>
		<div class="row"><b>Leave out of account</b>${IGNORABLE.map((i) => html`<${Check} label=${i} checked=${ignore.includes(i)} onInput=${toggle(i, ignore, "ignore")}/>`)}
			<${Check} label="Compare joined answers" checked=${Boolean(merge)} onInput=${(on) => setQuery({merge: on ? 1 : ""})}/></div>
		${cut && html`<p class="warn-text"><${Icon} name="warn"/> Only the first ${count(items.length)} rows are shown here; <code>wiretape diff</code> prints all.</p>`}
		${list.length === 0 ? html`<p class="muted gapabove">Nothing of that kind.</p>` : html`<div class="aligned" role="table" aria-label="Aligned rows">
			<div class="arow ahead" role="row"><span role="columnheader">${sessions ? a : "#" + a}</span><span role="columnheader">What</span><span role="columnheader">${sessions ? b : "#" + b}</span></div>
			${list.slice(0, limit).map((i, k) => html`<${Row} i=${i} a=${a} b=${b} key=${k}/>`)}</div>
			${list.length > limit && html`<button class="gapabove" onClick=${() => more(limit + PAGE)}>Show ${count(Math.min(PAGE, list.length - limit))} more of ${count(list.length - limit)}</button>`}`}
	</div></div></div>`;
}

/** A row of one exchange beside that of the other. */
function Row({i, a, b}) {
	const seq = (id, n) => (n === null || n === undefined ? html`<span class="muted">–</span>` : n === 0 ? html`<span class="muted">head</span>` : html`<a href=${href(["x", id, "m", n])}>${n}</a>`);
	const lasting = i.diff.filter((f) => !f.ok), volatile = i.diff.filter((f) => f.ok);
	const side = (f, v) => html`<td class=${"mono " + v}>${f[v] === null || f[v] === undefined ? html`<span class="muted">absent</span>` : visible(f[v])}</td>`;
	const fields = (list) => html`<table class="list"><tbody>${list.map((f) => html`<tr><td class="mono path">${visible(f.path)}</td>${side(f, "a")}${side(f, "b")}<td class="muted">${f.class}</td></tr>`)}</tbody></table>`;
	return html`<div class=${"arow s-" + i.status} role="row">
		<span role="cell" class="aseq">${seq(i.exchange_a || a, i.a)}</span>
		<div role="cell" class="awhat"><div class="row">${i.dir && html`<span class=${"dir " + i.dir}><${Icon} name=${i.dir === "send" ? "up" : "down"}/><span class="sr">${i.dir === "send" ? "sent" : "received"}</span></span>`}
				<b class="cut">${visible(i.kind || i.part || "message")}</b><span class="muted">${WORDS[i.status]}</span></div>
			${i.text && html`<code class="wrap">${visible(i.text)}</code>`}
			${lasting.length > 0 && fields(lasting)}
			${volatile.length > 0 && html`<details><summary>${volatile.length === 1 ? "1 field varies" : `${volatile.length} fields vary`} from run to run</summary>${fields(volatile)}</details>`}</div>
		<span role="cell" class="aseq">${seq(i.exchange_b || b, i.b)}</span>
	</div>`;
}
