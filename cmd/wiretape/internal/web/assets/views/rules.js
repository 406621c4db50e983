// Rules that say what of a stream belongs to the answer: a JSONPath or a script,
// tried on the first events while it is written.
import {html, useEffect, useState} from "../vendor/preact.js";
import {api, query} from "../lib/api.js";
import {visible} from "../lib/color.js";
import {Editor} from "../lib/editor.js";
import {Icon} from "../lib/icon.js";
import {go, href} from "../lib/route.js";
import {toast, toastError} from "../lib/toast.js";
import {count} from "../lib/units.js";
import {Seg, TextField, Wrong, useAsked} from "./form.js";

export const title = (route) => (route.query.x ? `Rules for #${route.query.x}` : "Rules");

const SAMPLE = `function merge(event, state) {
	// event: seq, dir, t, type, id, data, json
	if (event.json) return event.json.delta
}
`;
const SEEN = 24; // events in which paths are looked for

/** A JSONPath step. @param {string} name */
const step = (name) => (/^[A-Za-z_]\w*$/.test(name) ? "." + name : "[" + JSON.stringify(name).replace(/^"|"$/g, "'") + "]");

/** Counts the paths of texts in a value. @param {any} v @param {string} path @param {Map<string, number>} into */
function paths(v, path, into, depth = 0) {
	if (depth > 8 || into.size > 200) return;
	if (typeof v === "string") into.set(path, (into.get(path) ?? 0) + 1);
	else if (Array.isArray(v)) v.slice(0, 5).forEach((e) => paths(e, path + "[*]", into, depth + 1));
	else if (v && typeof v === "object") Object.entries(v).forEach(([k, e]) => paths(e, path + step(k), into, depth + 1));
}

/** @param {number} id @param {string} level of the rows of an exchange */
async function pathsSeen(id, level) {
	const {rows} = await api.get(`/exchanges/${id}/rows` + query({level, filter: "dir:receive", at: 0, n: SEEN}));
	const found = new Map();
	for (const row of rows) {
		try {
			const full = await api.get(`/exchanges/${id}/rows/${row.seq}` + query({level}));
			paths(JSON.parse(full.data ?? full.text ?? ""), "$", found);
		} catch {
			// no JSON: it has no paths
		}
	}
	return [...found].sort((a, b) => b[1] - a[1]);
}

export default function View({route}) {
	const id = Number(route.query.x ?? 0);
	const [kept, set] = useState(/** @type {any} */ (null));
	const [error, fail] = useState(/** @type {any} */ (null));
	useEffect(() => void api.get("/rules").then(set, fail), []);
	const put = async (items, said) => {
		const now = await api.put("/rules", {items});
		set(now);
		toast(said);
	};
	return html`<div class="view"><div class="scroll"><div class="page drive rules">
		<h1>Rules</h1>
		<p class="muted">They say what of a stream belongs to the answer, where the format is not one that wiretape knows. Kept in the tape; <code>wiretape show --merge</code> uses them too. The first that fits counts.</p>
		<${Wrong} error=${error}/>
		${id > 0 ? html`<${Workshop} id=${id} key=${id} kept=${kept} put=${put}/>` : html`<form class="row pick" onSubmit=${(e) => { e.preventDefault(); go(href(["rules"], {x: e.target.x.value})); }}>
			<label class="inline">Write a rule for exchange <input class="short" name="x" inputmode="numeric" required pattern="[0-9]+"/></label><button>Go on</button></form>`}
		${kept && html`<${Kept} kept=${kept} put=${put}/>`}
	</div></div></div>`;
}

/** @param {{id: number, kept: any, put: (items: any[], said: string) => Promise<void>}} props */
function Workshop({id, kept, put}) {
	const [x, set] = useState(/** @type {any} */ (null));
	const [seen, saw] = useState(/** @type {[string, number][]} */ ([]));
	const [kind, pick] = useState("path");
	const [path, setPath] = useState("");
	const [reasoning, setReasoning] = useState("");
	const [script, setScript] = useState(SAMPLE);
	const [scope, setScope] = useState("endpoint");
	const [error, fail] = useState(/** @type {any} */ (null));
	useEffect(() => {
		api.get(`/exchanges/${id}`).then((a) => {
			set(a);
			return pathsSeen(id, a.default_level ?? "messages").then(saw);
		}).catch(fail);
	}, [id]);
	const rule = kind === "script" ? {script} : {path, reasoning};
	const empty = kind === "path" && !path.trim() && !reasoning.trim();
	const tried = useAsked(empty ? null : {exchange: id, ...rule}, (signal) => api.post("/merge/preview", {exchange: id, ...rule}, {signal}), 250);
	const t = tried.value, wrong = t?.error;
	const keep = async () => {
		fail(null);
		const {host, pathname} = whereOf(x);
		const place = {exchange: {exchange: id}, endpoint: {host, path: pathname}, host: {host}, tape: {host: "*"}}[scope];
		const made = {...place, ...(kind === "script" ? {source: script} : {text: path.trim() || undefined, reasoning: reasoning.trim() || undefined})};
		const same = (r) => ["exchange", "host", "path", "type"].every((k) => (r[k] || "") === (made[k] || ""));
		try {
			await put([made, ...(kept?.items ?? []).filter((r) => !same(r))], "The rule is kept");
		} catch (err) {
			fail(err);
		}
	};
	const names = seen.map(([p]) => p);
	return html`<section class="card"><header><${Icon} name="rules"/><h2>A rule for <a href=${href(["x", id], {tab: "merged"})}>#${id}</a> ${x && html`<span class="muted mono">${visible(x.exchange.url.slice(0, 120))}</span>`}</h2></header>
		<div class="body">
			<div class="row"><${Seg} label="Kind of rule" value=${kind} onInput=${pick} options=${[["path", "JSONPath"], ["script", "JavaScript"]]}/></div>
			${kind === "path" ? html`<div class="formgrid gapabove">
				<${TextField} label="The text" value=${path} onInput=${setPath} list=${names} placeholder="$.choices[0].delta.content" invalid=${Boolean(wrong)}/>
				<${TextField} label="The reasoning" value=${reasoning} onInput=${setReasoning} list=${names} placeholder="$.thought"/></div>
				${seen.length > 0 && html`<p class="muted row seen">Seen: ${seen.slice(0, 12).map(([p, n]) => html`<button type="button" class="pathchip" onClick=${() => setPath(p)}><code>${visible(p)}</code> ×${n}</button>`)}</p>`}
				${wrong && html`<p class="error-text" role="alert">${wrong.message}</p>`}`
				: html`<div class="gapabove"><${Editor} label="Script" as="js" value=${script} onInput=${setScript} error=${wrong} rows=${9}/></div>
				${t?.log?.length > 0 && html`<pre class="payload" aria-label="What the script logged">${t.log.map((l) => visible(l) + "\n")}</pre>`}`}
		</div>
		${t && !empty && html`<${Tried} t=${t} id=${id}/>`}
		<footer class="actions row"><${Wrong} error=${error ?? tried.error}/>
			<label class="inline">for <select aria-label="What the rule is for" value=${scope} onChange=${(e) => setScope(e.target.value)}>
				<option value="endpoint">this endpoint</option><option value="host">this host</option><option value="exchange">this exchange</option><option value="tape">all of the tape</option></select></label>
			<button class="primary" disabled=${empty || Boolean(wrong) || !kept?.writable || !x} onClick=${keep}>Keep the rule</button>
			${kept && !kept.writable && html`<span class="muted">What is open cannot be written to.</span>`}</footer>
	</section>`;
}

/** @param {any} x */
function whereOf(x) {
	try {
		const u = new URL(x.exchange.url);
		return {host: u.hostname, pathname: u.pathname};
	} catch {
		return {host: "*", pathname: "*"};
	}
}

/** What the rule makes of the first events. */
function Tried({t, id}) {
	const all = t.matched === t.of;
	return html`<div class="tried">
		<div class="tablebox tall" tabindex="0" role="region" aria-label="What the rule makes of each event"><table class="list"><thead><tr><th class="num">Event</th><th>Text</th><th>Reasoning</th></tr></thead>
			<tbody>${t.events.slice(0, 200).map((e) => html`<tr class=${e.value === null && !e.reasoning ? "miss" : ""} key=${e.seq}><td class="num"><a href=${href(["x", id, "m", e.seq])}>${e.seq}</a></td>
				<td class="mono wrap">${e.value === null ? html`<span class="muted">–</span>` : visible(e.value.slice(0, 400))}</td><td class="mono wrap">${e.reasoning ? visible(e.reasoning.slice(0, 400)) : ""}</td></tr>`)}</tbody></table></div>
		<div class="joined"><p role="status"><${Icon} name=${all ? "check" : "info"} class=${all ? "ok-text" : "warn-text"}/> matched ${count(t.matched)} of ${count(t.of)}${t.first_miss ? html`, first miss: <a href=${href(["x", id, "m", t.first_miss])}>event ${t.first_miss}</a>` : ""}</p>
			${t.reasoning && html`<h3>Reasoning</h3><p class="wrap muted">${visible(t.reasoning.slice(0, 4000))}</p>`}
			<h3>Text</h3><p class="wrap">${t.text ? visible(t.text.slice(0, 8000)) : html`<span class="muted">nothing</span>`}</p></div>
	</div>`;
}

/** The rules on the tape and those of the person's own file. */
function Kept({kept, put}) {
	const items = kept.items;
	const change = (next, said) => put(next, said).catch(toastError);
	const swap = (i, j) => { const next = [...items]; [next[i], next[j]] = [next[j], next[i]]; change(next, "The order is changed"); };
	const row = (r, i, own) => html`<tr key=${i}><td>${place(r)}</td><td class="mono wrap">${r.format ?? (r.source ? html`<details><summary>script</summary><pre class="payload">${visible(r.source)}</pre></details>` : r.script ?? html`${r.text ? visible(r.text) : ""}${r.reasoning ? html` <span class="muted">reasoning</span> ${visible(r.reasoning)}` : ""}`)}</td>
		<td class="num">${own && html`<button class="icon" aria-label=${`Move rule ${i + 1} up`} disabled=${i === 0} onClick=${() => swap(i, i - 1)}><${Icon} name="up"/></button>
			<button class="icon" aria-label=${`Delete rule ${i + 1}`} onClick=${() => change(items.filter((_, j) => j !== i), "The rule is deleted")}><${Icon} name="trash"/></button>`}</td></tr>`;
	const table = (list, own, label) => html`<div class="tablebox" tabindex="0" role="region" aria-label=${label}><table class="list"><thead><tr><th>For</th><th>Rule</th><th><span class="sr">Actions</span></th></tr></thead><tbody>${list.map((r, i) => row(r, i, own))}</tbody></table></div>`;
	return html`<section class="card"><header><h2>On the tape</h2></header>
			${kept.error && html`<div class="body error-text">${kept.error}</div>`}
			${items.length === 0 ? html`<div class="body muted">No rule is kept yet.</div>` : table(items, kept.writable, "Rules on the tape")}</section>
		${kept.file && (kept.file.items.length > 0 || kept.file.error) && html`<section class="card"><header><h2>In ${kept.file.path}</h2></header>
			${kept.file.error ? html`<div class="body error-text">${kept.file.error}</div>` : table(kept.file.items, false, "Rules of your own file")}</section>`}`;
}

/** @param {any} r */
function place(r) {
	if (r.exchange) return html`<a href=${href(["x", r.exchange])}>#${r.exchange}</a>`;
	return html`<span class="mono wrap">${visible([r.host, r.path].filter(Boolean).join(" ") || "*")}${r.type ? html` <span class="muted">${visible(r.type)}</span>` : ""}</span>`;
}
