// Export: what, in which format, and first of all what redaction takes out.
import {html, useEffect, useState} from "../vendor/preact.js";
import {api} from "../lib/api.js";
import {download} from "../lib/download.js";
import {visible} from "../lib/color.js";
import {Editor} from "../lib/editor.js";
import {CopyLine} from "../lib/empty.js";
import {Icon} from "../lib/icon.js";
import {toast} from "../lib/toast.js";
import {count, plural} from "../lib/units.js";
import {Check, Field, Seg, Wrong, readIDs, useAsked} from "./form.js";

export const title = () => "Export";

const WORD = "secrets"; // typed by who wants them in the file

const RULES = `# headers: [X-Session]
# query: [ticket]
# fields: [pin, "*_secret"]
`;

/** @param {Record<string, string>} q of the address */
function scopeOf(q) {
	const ids = q.exchanges ?? q.x ?? "";
	return ids ? "ids" : q.filter ? "filter" : q.session ? "session" : "all";
}

export default function View({route}) {
	const q = route.query;
	const [scope, setScope] = useState(scopeOf(q));
	const [ids, setIDs] = useState(q.exchanges ?? q.x ?? "");
	const [filter, setFilter] = useState(q.filter ?? "");
	const [session, setSession] = useState(q.session ?? "");
	const [format, setFormat] = useState(q.format ?? "har");
	const [rules, setRules] = useState("");
	const [more, setMore] = useState({same_length: false, control_frames: false, raw_bodies: false});
	const [formats, setFormats] = useState(/** @type {any[]} */ ([]));
	const [sessions, setSessions] = useState(/** @type {any[]} */ ([]));
	const [word, type] = useState("");
	const [error, fail] = useState(/** @type {any} */ (null));
	useEffect(() => {
		api.get("/exports").then((a) => setFormats(a.items), fail);
		api.get("/sessions").then((a) => setSessions(a.items), () => {});
	}, []);
	const list = readIDs(ids);
	const missing = scope === "ids" ? list.bad || list.ids.length === 0 : scope === "session" ? !session : scope === "filter" ? !filter : false;
	const request = {
		format, rules: rules.trim() ? rules : "", ...more,
		session: scope === "session" ? Number(session) : 0, exchanges: scope === "ids" ? list.ids : null, filter: scope === "filter" ? filter : "",
	};
	const preview = useAsked(missing ? null : request, (signal) => api.post("/exports", {...request, dry_run: true}, {signal}));
	const save = async (redact) => {
		fail(null);
		try {
			const {ticket, name} = await api.post("/exports", {...request, redact});
			download(ticket);
			toast(`${name} is being written`);
			type("");
		} catch (err) {
			fail(err);
		}
	};
	const p = preview.value;
	const ready = !missing && p && !preview.error && p.exchanges > 0;
	const put = (name) => (on) => setMore({...more, [name]: on});
	return html`<div class="view"><div class="scroll"><div class="page drive">
		<h1>Export</h1>
		<section class="card"><header><h2>What</h2></header><div class="body">
			<${Field} label="Scope">${(id) => html`<div class="row" id=${id}>
				<${Seg} label="Scope" value=${scope} onInput=${setScope} options=${[["all", "The whole tape"], ["session", "A session"], ["ids", "Exchanges"], ["filter", "A filter"]]}/>
				${scope === "session" && html`<select aria-label="Session" value=${session} onChange=${(e) => setSession(e.target.value)}><option value="">choose …</option>
					${sessions.map((s) => html`<option value=${String(s.id ?? s.session)}>${s.id ?? s.session}${s.label ? " " + s.label : ""}</option>`)}</select>`}
				${scope === "ids" && html`<input class="grow" aria-label="Exchanges" placeholder="12, 15-17" value=${ids} onInput=${(e) => setIDs(e.target.value)} aria-invalid=${list.bad ? "true" : undefined}/>`}
				${scope === "filter" && html`<input class="grow mono" aria-label="Filter" placeholder="kind:websocket host:*.example.com" value=${filter} onInput=${(e) => setFilter(e.target.value)}/>`}
			</div>`}<//>
			<fieldset class="choices"><legend>Format</legend>${formats.map((f) => html`<label class="check" key=${f.format}>
				<input type="radio" name="format" checked=${f.format === format} onChange=${() => setFormat(f.format)}/><b>${f.format}</b> <span class="muted">${f.title}</span></label>`)}</fieldset>
			<details><summary>More</summary>
				<div class="row"><${Check} label="Placeholders as long as what they replace" checked=${more.same_length} onInput=${put("same_length")}/>
				${format === "har" && html`<${Check} label="Pings, pongs and closes too" checked=${more.control_frames} onInput=${put("control_frames")}/>
				<${Check} label="Bodies as they were on the wire, too" checked=${more.raw_bodies} onInput=${put("raw_bodies")}/>`}</div>
				<p class="muted">Rules of your own, as in docs/redaction.md:</p>
				<${Editor} label="Redaction rules" value=${rules} onInput=${setRules} rows=${4} placeholder=${RULES}/>
			</details>
		</div></section>

		<section class="card" aria-busy=${preview.busy ? "true" : "false"}><header><${Icon} name="eye"/><h2>What redaction takes out</h2>
			${p && html`<span class="muted">${plural(p.exchanges, "exchange")}</span>`}${preview.busy && !missing && html`<span class="muted">looking …</span>`}</header>
			${missing && html`<div class="body muted">Say what is to be exported.</div>`}
			<div class="body slim"><${Wrong} error=${missing ? null : preview.error}/></div>
			${!missing && p && !preview.error && html`<${Redactions} p=${p}/>`}
		</section>

		<${Wrong} error=${error}/>
		<div class="row"><button class="primary" disabled=${!ready} onClick=${() => save(true)}><${Icon} name="download"/>Download without the secrets</button></div>
		${ready && html`<p class="muted gapabove">The same on the command line:</p><${CopyLine} text=${p.command}/>`}
		<details class="gapabove"><summary>Download with the secrets in it</summary>
			<p>Whoever gets the file can use the tokens, cookies and passwords in it, as long as they are valid.</p>
			<div class="row"><label class="inline">Type <b>${WORD}</b> <input value=${word} onInput=${(e) => type(e.target.value)} autocomplete="off" spellcheck=${false}/></label>
			<button class="danger" disabled=${!ready || word !== WORD} onClick=${() => save(false)}><${Icon} name="warn"/>Download with the secrets</button></div>
		</details>
	</div></div></div>`;
}

/** Rule, place, count and a masked sample, then what nobody looked into. */
function Redactions({p}) {
	const total = p.items.reduce((n, i) => n + i.count, 0);
	return html`
		${p.items.length === 0 ? html`<div class="body">Nothing that looks like a secret was found.</div>`
			: html`<div class="tablebox tall" tabindex="0" role="region" aria-label="What redaction takes out"><table class="list"><thead><tr><th>Rule</th><th>Place</th><th class="num">Count</th><th>Sample</th></tr></thead>
			<tbody>${p.items.map((i) => html`<tr><td>${i.rule}</td><td class="mono">${visible(i.place)}</td><td class="num">${count(i.count)}</td><td class="mono muted">${visible(i.sample)}</td></tr>`)}</tbody></table></div>
			<div class="body muted">${plural(total, "value")} in ${plural(p.items.length, "place")}; the same secret has the same placeholder everywhere.</div>`}
		${p.not_searched.length > 0 && html`<div class="body notsearched"><${Icon} name="warn" class="warn-text"/><div><b>Not searched:</b> ${p.not_searched.join("; ")}.</div></div>`}`;
}
