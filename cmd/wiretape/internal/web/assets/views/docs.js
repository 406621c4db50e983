// Endpoints: what the tape tells of them, what people note of them, and pages
// to share.
import {html, useEffect, useState} from "../vendor/preact.js";
import {api} from "../lib/api.js";
import {download} from "../lib/download.js";
import {colored, visible} from "../lib/color.js";
import {Empty, ErrorState, Wait} from "../lib/empty.js";
import {Icon} from "../lib/icon.js";
import {Markdown} from "../lib/md.js";
import {href} from "../lib/route.js";
import {can} from "../lib/store.js";
import {toast, toastError} from "../lib/toast.js";
import {count, duration, plural} from "../lib/units.js";
import {SelectField, TextField, Wrong, indented} from "./form.js";

export const title = () => "Docs";

const STATUSES = ["", "designing", "developing", "testing", "released", "deprecated"];

export default function View({route}) {
	const key = route.path[1] ?? "";
	const [list, set] = useState(/** @type {any[]|null} */ (null));
	const [error, fail] = useState(/** @type {any} */ (null));
	const [find, type] = useState("");
	const load = () => api.get("/endpoints").then((a) => { set(a.items); fail(null); }, fail);
	useEffect(() => void load(), []);
	if (error && !list) return html`<${ErrorState} error=${error} what="The endpoints cannot be read" retry=${load}/>`;
	if (!list) return html`<${Wait} text="Reading the tape …"/>`;
	if (list.length === 0) return html`<${Empty} icon="docs" title="No endpoints yet"><p>An endpoint appears here as soon as something was said with it.</p><p><a href="#/setup">Point a program at the proxy</a></p><//>`;
	const shown = list.filter((e) => [e.method, e.host, e.path, e.title, e.owner, e.status, ...e.tags].join(" ").toLowerCase().includes(find.toLowerCase()));
	return html`<div class=${"view docs" + (key ? " one" : "")}>
		${!key && html`<h1 class="sr">Docs</h1>`}<nav class="docs-list" aria-label="Endpoints">
			<div class="toolbar"><input class="grow" type="search" aria-label="Find an endpoint" placeholder="Find" value=${find} onInput=${(e) => type(e.target.value)}/><${Share}/></div>
			<ul class="plain">${shown.map((e) => html`<li key=${e.key}><a href=${href(["docs", e.key])} aria-current=${e.key === key ? "page" : undefined}>
				<span class="row"><span class="badge">${e.kind === "http" ? e.method : e.kind}</span><b class="cut grow">${visible(e.title || e.path)}</b>${e.status && html`<span class=${"badge st-" + e.status}>${e.status}</span>`}</span>
				<span class="muted mono cut">${visible(e.host)}${e.title ? visible(e.path) : ""}</span>
				<span class="muted">${plural(e.exchanges, "exchange")}${e.owner ? " · " + e.owner : ""}${e.tags.length ? " · " + e.tags.join(", ") : ""}</span></a></li>`)}</ul>
			${shown.length === 0 && html`<p class="wait">No endpoint has “${find}”.</p>`}
		</nav>
		${key ? html`<${Endpoint} key=${key} id=${key} saved=${load}/>` : html`<${Empty} icon="docs" title=${plural(list.length, "endpoint")}><p>Choose one to see its messages, and to describe it.</p><//>`}
	</div>`;
}

/** Pages and descriptions of the whole tape. */
function Share() {
	const save = async (format) => {
		if (!format) return;
		try {
			const {ticket, name} = await api.post("/exports", {format});
			download(ticket);
			toast(`${name} is being written, without the secrets`);
		} catch (err) {
			toastError(err);
		}
	};
	if (!can("export")) return null;
	return html`<select class="share" aria-label="Share" value="" onChange=${(e) => { save(e.target.value); e.target.value = ""; }}><option value="">Share …</option><option value="html">a page (HTML)</option><option value="asyncapi">AsyncAPI</option><option value="openapi">OpenAPI</option></select>`;
}

/** @param {{id: string, saved: () => void}} props */
function Endpoint({id, saved}) {
	const [e, set] = useState(/** @type {any} */ (null));
	const [error, fail] = useState(/** @type {any} */ (null));
	const [editing, edit] = useState(false);
	const load = () => api.get("/endpoints/" + id).then((a) => { set(a); fail(null); }, fail);
	useEffect(() => void load(), [id]);
	if (error) return html`<${ErrorState} error=${error} what="The endpoint cannot be read" retry=${load}/>`;
	if (!e) return html`<${Wait} text="Reading its messages …"/>`;
	const d = e.doc ?? {};
	return html`<article class="scroll"><div class="page drive">
		<p class="back"><a href="#/docs">All endpoints</a></p>
		<header class="row dochead"><h1 class="grow">${visible(e.title || `${e.method} ${e.path}`)}</h1>${e.status && html`<span class=${"badge st-" + e.status}>${e.status}</span>`}
			<button onClick=${() => edit(!editing)} aria-expanded=${editing ? "true" : "false"}><${Icon} name="edit"/>Describe</button></header>
		<p class="mono wrap">${e.method} ${(d.servers ?? [e.host]).map((s) => html`${visible(s)} `)}${visible(e.path)}</p>
		<p class="muted">${e.kind}${d.protocol ? " · " + d.protocol : ""}${e.owner ? html` · owned by ${visible(e.owner)}` : ""} · ${plural(e.exchanges, "exchange")} ${e.tags.map((t) => html`<span class="badge">${visible(t)}</span> `)}
			<a href=${href(["x"], {filter: `host:${e.host}`})}>see them</a></p>
		${editing && html`<${Describe} e=${e} onSaved=${(now) => { set({...e, ...now, doc: e.doc}); edit(false); saved(); }}/>`}
		${!editing && (e.description ? html`<${Markdown} text=${e.description} base=${2}/>` : html`<p class="muted">No description yet. <button class="link" onClick=${() => edit(true)}>Describe it</button></p>`)}
		${d.read?.cut && html`<p class="warn-text"><${Icon} name="warn"/> Read from the first ${plural(d.read.exchanges, "exchange")} and ${plural(d.read.messages, "message")}.</p>`}
		<${Parameters} list=${d.handshake?.parameters ?? []} security=${d.handshake?.security ?? []}/>
		${(d.request ?? []).map((c) => html`<${Content} title="Request" c=${c}/>`)}
		${(d.messages ?? []).length > 0 && html`<h2>Messages</h2>${d.messages.map((m) => html`<${Kind} m=${m} all=${d.messages} key=${m.id}/>`)}`}
		${(d.responses ?? []).map((r) => html`<h2>Answer ${r.status} <span class="muted">${plural(r.count, "time")}</span></h2>${r.content.map((c) => html`<${Content} title=${c.media_type} c=${c}/>`)}`)}
		<${Rest} d=${d}/>
	</div></article>`;
}

/** Title, status, owner, tags and a description in Markdown. */
function Describe({e, onSaved}) {
	const [n, set] = useState({title: e.title, status: e.status, owner: e.owner, tags: e.tags.join(", "), description: e.description});
	const [error, fail] = useState(/** @type {any} */ (null));
	const put = (name) => (v) => set({...n, [name]: v});
	const save = async (ev) => {
		ev.preventDefault();
		try {
			onSaved(await api.put("/endpoints/" + e.key, {...n, tags: n.tags.split(",").map((t) => t.trim()).filter(Boolean)}));
			toast("Kept");
		} catch (err) {
			fail(err);
		}
	};
	return html`<form class="card" onSubmit=${save}><div class="body">
		<div class="formgrid"><${TextField} label="Title" value=${n.title} onInput=${put("title")}/>
			<${SelectField} label="Status" value=${n.status} onInput=${put("status")} options=${STATUSES.map((s) => [s, s || "none"])}/>
			<${TextField} label="Owner" value=${n.owner} onInput=${put("owner")}/><${TextField} label="Tags" value=${n.tags} onInput=${put("tags")} placeholder="orders, v2"/></div>
		<div class="mdpair"><div class="field"><label for="md-text">Description, in Markdown</label><textarea id="md-text" class="mono" rows="10" value=${n.description} onInput=${(ev) => put("description")(ev.target.value)}/></div>
			<div class="field"><span>Preview</span><div class="mdpreview" tabindex="0" role="region" aria-label="Preview"><${Markdown} text=${n.description} base=${2}/></div></div></div>
		<${Wrong} error=${error}/>
	</div><footer class="actions"><button class="primary">Keep</button></footer></form>`;
}

function Parameters({list, security}) {
	if (list.length + security.length === 0) return null;
	return html`<h2>Handshake</h2><section class="card">${security.length > 0 && html`<div class="body">Secured by ${security.map((s) => [s.scheme ?? s.type, s.in && `in ${s.in}`, s.name].filter(Boolean).join(" ")).join(", ")}.</div>`}
		${list.length > 0 && html`<div class="tablebox" tabindex="0" role="region" aria-label="Parameters"><table class="list"><thead><tr><th>Name</th><th>In</th><th>Type</th><th>Example</th></tr></thead><tbody>
			${list.map((p) => html`<tr><td class="mono">${visible(p.name)}${p.required ? html` <span class="badge">required</span>` : ""}</td><td>${p.in}</td><td>${typeOf(p.schema)}</td><td class="mono">${p.secret ? html`<span class="muted">secret</span>` : visible(String(p.example ?? ""))}</td></tr>`)}</tbody></table></div>`}</section>`;
}

/** @param {any} s a JSON Schema */
const typeOf = (s) => (s ? [].concat(s.type ?? []).join(" or ") + (s.format ? ` (${s.format})` : "") + (s.enum ? ": " + s.enum.slice(0, 6).map(String).join(", ") : "") : "");

/** One kind of message: schema and examples. */
function Kind({m, all}) {
	const sent = m.dir === "send";
	const replies = m.replies.map((id) => all.find((o) => o.id === id)?.name ?? id);
	return html`<section class="card" id=${"kind-" + m.id}><header><span class=${"dir " + m.dir}><${Icon} name=${sent ? "up" : "down"}/><span class="sr">${sent ? "sent by the client" : "sent by the server"}</span></span>
			<h3>${visible(m.name || m.event || m.role || m.id)}</h3>${m.error && html`<span class="badge error">error</span>`}<span class="muted">${plural(m.count, "time")}</span></header>
		<div class="body">${(replies.length > 0 || m.correlation || m.topics.length > 0) && html`<p class="muted">${[replies.length && `answered by ${replies.join(", ")}`, m.correlation && `correlated by ${m.correlation}`, m.topics.length && `topics ${m.topics.slice(0, 8).join(", ")}`].filter(Boolean).map((t) => html`<span>${visible(t)}</span> `)}</p>`}
			<${Shape} schema=${m.schema} examples=${m.examples}/></div></section>`;
}

function Content({title, c}) {
	return html`<section class="card"><header><h3>${visible(title)}</h3>${title !== c.media_type && html`<span class="mono muted">${visible(c.media_type)}</span>`}<span class="muted">${plural(c.count, "time")}</span></header><div class="body"><${Shape} schema=${c.schema} examples=${c.examples}/></div></section>`;
}

function Shape({schema, examples}) {
	return html`<div class="shape">${examples.slice(0, 3).map((e, i) => html`<details open=${i === 0}><summary>Example</summary>${e.exchange > 0 && html`<a class="from" href=${e.seq ? href(["x", e.exchange, "m", e.seq]) : href(["x", e.exchange])}>from #${e.exchange}</a>`}<pre class="payload" tabindex="0">${e.text.length < 20_000 ? colored("json", indented(e.text)) : visible(e.text.slice(0, 20_000))}</pre></details>`)}
		${schema && html`<details><summary>Schema</summary><pre class="payload" tabindex="0">${colored("json", JSON.stringify(schema, null, 2))}</pre></details>`}</div>`;
}

/** Heartbeats and how connections ended. */
function Rest({d}) {
	const beats = d.heartbeats ?? [], ends = d.ends ?? [];
	if (beats.length + ends.length === 0) return null;
	return html`<h2>Connection</h2><section class="card"><div class="body">
		${beats.map((h) => html`<p><${Icon} name="heart"/> ${visible(h.label)} ${h.dir === "send" ? "from the client" : "from the server"}, ${count(h.count)} times${h.every_ns ? `, every ${duration(h.every_ns)}` : ""}${h.answered ? `, ${count(h.answered)} answered` : ""}</p>`)}
		${ends.map((n) => html`<p><${Icon} name="stop"/> ${n.how} by the ${n.by}${n.code ? ` with ${n.code}` : ""}${n.reason ? html` “${visible(n.reason)}”` : ""}, ${plural(n.count, "time")}</p>`)}</div></section>`;
}
