// The answer of a language model, joined from its fragments, growing as they
// come.
import {html, useEffect, useRef, useState} from "../vendor/preact.js";
import {api, query} from "../lib/api.js";
import {copyText} from "../lib/clipboard.js";
import {colored, visible} from "../lib/color.js";
import {Empty, ErrorState, Wait} from "../lib/empty.js";
import {Icon} from "../lib/icon.js";
import {parse} from "../lib/jsontree.js";
import {Markdown} from "../lib/md.js";
import {href, setQuery} from "../lib/route.js";
import {extent, pref} from "../lib/store.js";
import {count, duration} from "../lib/units.js";
import {Card, Facts} from "./facts.js";
import {Figure} from "./stats.js";
import {Strip} from "./strip.js";

const EVERY = 200; // ms between two readings of a stream that runs

const formats = ["", "openai-chat", "openai-responses", "anthropic", "gemini", "ollama"];

/** @param {{x: any, route: any}} props */
export default function Merged({x, route}) {
	const ex = x.exchange;
	const {format = "", path = "", reasoning = ""} = route.query;
	const [m, set] = useState(/** @type {any} */ (null));
	const [stats, setStats] = useState(/** @type {any} */ (null));
	const [error, fail] = useState(/** @type {any} */ (null));
	const live = extent(ex.id).value;
	const isOpen = (live.state ?? ex.state) === "open";
	const busy = useRef(false), again = useRef(false);
	const load = async () => {
		if (busy.current) {
			again.current = true;
			return;
		}
		busy.current = true;
		try {
			set(await api.get(`/exchanges/${ex.id}/merge` + query({format, path, reasoning})));
			fail(null);
			api.get(`/exchanges/${ex.id}/stats`).then((a) => setStats(a.items?.[0] ?? null), () => {});
		} catch (err) {
			fail(err);
		}
		setTimeout(() => {
			busy.current = false;
			if (again.current) {
				again.current = false;
				load();
			}
		}, EVERY);
	};
	useEffect(() => void load(), [format, path, reasoning, live.rows, live.state]);

	const markdown = pref("merged.markdown", true);
	if (error && !m) return html`<${NoFormat} x=${x} error=${error} retry=${load}/>`;
	if (!m) return html`<${Wait}/>`;
	const u = m.usage;
	return html`<div class="scroll"><div class="page merged">
		<div class="row mergebar"><span class="badge accent">${m.format || "rule"}</span><span class="muted">${path ? html`joined by <code>${path}</code>` : format ? "taken to be this format" : "recognised by what it says"}</span>
			<label class="row muted">Format <select value=${format} onChange=${(e) => setQuery({format: e.target.value})}>${formats.map((f) => html`<option value=${f}>${f || "recognise"}</option>`)}</select></label>
			<a href=${href(["rules"], {x: ex.id})}>Rules</a><span class="grow"/>
			<div class="seg" role="group" aria-label="Text as"><button aria-pressed=${markdown.value ? "true" : "false"} onClick=${() => (markdown.value = true)}>Markdown</button><button aria-pressed=${markdown.value ? "false" : "true"} onClick=${() => (markdown.value = false)}>Text</button></div></div>
		${isOpen ? html`<p class="muted"><span class="dot open"/> The answer is still coming.</p>`
		: m.complete === false && html`<div class="banner"><${Icon} name="info"/>The stream ended before its end mark${m.terminator === "eof" || !m.terminator ? "" : ` (${m.terminator})`}: this is what came.</div>`}
		${m.error && html`<div class="banner error"><${Icon} name="error"/><span class="wrap">${visible(typeof m.error === "string" ? m.error : JSON.stringify(m.error))}</span></div>`}
		<div class="figures">
			<${Figure} name="First token" value=${duration(stats?.first_token_ns)} strong/>
			${stats?.first_reasoning_ns > 0 && html`<${Figure} name="First reasoning" value=${duration(stats.first_reasoning_ns)}/>`}
			${stats?.first_text_ns > 0 && stats?.first_reasoning_ns > 0 && html`<${Figure} name="First text" value=${duration(stats.first_text_ns)}/>`}
			<${Figure} name="Total" value=${duration(stats?.duration_ns)}/>
			${stats?.tokens?.per_second > 0 && html`<${Figure} name="Tokens a second" value=${stats.tokens.per_second.toFixed(1)}/>`}
			<${Figure} name="Longest gap" value=${duration(stats?.gaps?.max_ns)}/>
		</div>
		<${Strip} id=${ex.id} stats=${stats}/>
		${m.choices.map((c) => html`<${Choice} c=${c} markdown=${markdown.value} several=${m.choices.length > 1} running=${isOpen} key=${c.index}/>`)}
		<${Card} title="Model and usage"><${Facts} rows=${[["Model", m.model], ["Id", m.id && html`<span class="mono">${visible(m.id)}</span>`],
		["Input", u?.input !== null && u?.input !== undefined && `${count(u.input)} tokens${u.cached ? `, ${count(u.cached)} of them cached` : ""}`],
		["Output", u?.output !== null && u?.output !== undefined && `${count(u.output)} tokens${u.reasoning ? `, ${count(u.reasoning)} of them reasoning` : ""}`],
		["Total", u?.total !== null && u?.total !== undefined && `${count(u.total)} tokens`],
		["As sent", u?.raw && html`<code class="wrap">${colored("json", JSON.stringify(u.raw))}</code>`],
		["End mark", m.terminator && html`<code>${m.terminator}</code>`]]}/><//>
	</div></div>`;
}

/** @param {{c: any, markdown: boolean, several: boolean, running: boolean}} props */
function Choice({c, markdown, several, running}) {
	const unfold = pref("merged.reasoning", true);
	return html`<section class="card choice" aria-label=${several ? `Choice ${c.index}` : "Answer"}>
		<header><h2>${several ? `Choice ${c.index}` : c.role === "assistant" || !c.role ? "Answer" : visible(c.role)}</h2>
			${c.finishReason && html`<span class="badge">${visible(String(c.finishReason))}</span>`}
			<button class="icon" aria-label="Copy the answer" title="Copy the answer" onClick=${() => copyText(c.text)}><${Icon} name="copy"/></button></header>
		${c.reasoning && html`<details class="reasoning" open=${unfold.value} onToggle=${(e) => (unfold.value = e.currentTarget.open)}><summary>Reasoning <span class="muted">${count(c.reasoning.length)} characters</span></summary>
			<div class="body wrap">${visible(c.reasoning)}</div></details>`}
		${c.text ? html`<div class="body answer">${markdown ? html`<${Markdown} text=${c.text}/>` : html`<div class="wrap">${visible(c.text)}</div>`}${running && html`<span class="caret" aria-hidden="true"/>`}</div>`
		: !c.toolCalls?.length && !c.reasoning && html`<p class="body muted">No text${running ? " yet" : ""}.</p>`}
		${c.refusal && html`<div class="banner"><${Icon} name="warn"/><span class="wrap"><b>Refused:</b> ${visible(c.refusal)}</span></div>`}
		${c.toolCalls?.map((t) => html`<${Tool} t=${t} running=${running}/>`)}
		${c.audio && html`<p class="body"><b>Audio</b> ${c.audio.mime ?? ""} ${c.audio.transcript ? html`<span class="wrap">“${visible(c.audio.transcript)}”</span>` : ""}</p>`}
		${c.citations?.length > 0 && html`<div class="body"><h3>Citations</h3><ol>${c.citations.map((s) => html`<li class="wrap">${visible(typeof s === "string" ? s : s.url ?? s.title ?? JSON.stringify(s))}</li>`)}</ol></div>`}
	</section>`;
}

/** @param {{t: any, running: boolean}} props */
function Tool({t, running}) {
	const text = t.arguments ?? "";
	const good = t.input !== null && t.input !== undefined || parse(text) !== null;
	return html`<div class="tool"><div class="row"><${Icon} name="bolt" class="muted"/><b class="mono">${visible(t.name ?? "?")}</b>${t.id && html`<span class="muted mono">${visible(t.id)}</span>`}
		${text && !good && html`<span class=${"badge " + (running ? "" : "error")}>${running ? "arguments still coming" : html`<${Icon} name="error"/>arguments are not valid JSON`}</span>`}</div>
		<pre class="wrap">${text ? colored("json", text) : html`<span class="muted">no arguments</span>`}</pre>
		${t.output !== null && t.output !== undefined && html`<pre class="wrap muted">→ ${visible(typeof t.output === "string" ? t.output : JSON.stringify(t.output))}</pre>`}</div>`;
}

/** @param {{x: any, error: any, retry: () => void}} props */
function NoFormat({x, error, retry}) {
	if (error.status !== 422 && error.status !== 404 && error.status !== 400) return html`<${ErrorState} error=${error} retry=${retry}/>`;
	return html`<${Empty} icon="rules" title="No known answer format"><p>${error.message}</p>${error.hint && html`<p>${error.hint}</p>`}
		<p>A JSONPath or a small script can say what belongs to the answer.</p><a class="button primary" href=${href(["rules"], {x: x.exchange.id})}>Write a rule</a><//>`;
}
