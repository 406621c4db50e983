// Mock servers: start one from what was recorded, steer it, read its report.
import {html, useEffect, useState} from "../vendor/preact.js";
import {api} from "../lib/api.js";
import {copyText} from "../lib/clipboard.js";
import {CopyLine, Empty, ErrorState, Wait} from "../lib/empty.js";
import {on} from "../lib/feed.js";
import {Icon} from "../lib/icon.js";
import {go, href} from "../lib/route.js";
import {toast, toastError} from "../lib/toast.js";
import {count, plural} from "../lib/units.js";
import {Check, Field, Seg, SelectField, TextField, Wrong, readIDs, useAsked} from "./form.js";
import {Faults} from "./faults.js";
import {Report} from "./report.js";

export const title = (route) => (route.path[1] ? `Replay ${route.path[1]}` : "Replay");

const LEVELS = [
	["match", "match: any order, repeats allowed"],
	["bytes", "bytes: recorded order, every byte"],
	["ordered", "ordered: recorded order within each chain"],
	["near", "near: the nearest answers, with a warning"],
	["tape", "tape: plays by the clock, compares nothing"],
];

const EXHAUSTED = [
	["end", "repeat the last answer, end streams"], ["fail", "fail"], ["hold", "keep streams open"], ["loop", "start over"], ["repeat", "as recorded"],
];

const REFRESH = 1_000;

/** The mocks, looked at anew while one runs. */
function useMocks() {
	const [list, set] = useState(/** @type {any[]|null} */ (null));
	const [error, fail] = useState(/** @type {any} */ (null));
	const load = () => api.get("/replays").then((a) => { set(a.items); fail(null); }, fail);
	useEffect(() => {
		load();
		const stop = on("replay", load);
		const timer = setInterval(() => !document.hidden && load(), REFRESH);
		return () => { stop(); clearInterval(timer); };
	}, []);
	return {list, error, load};
}

export default function View({route}) {
	const mocks = useMocks();
	const chosen = route.path[1];
	if (mocks.error && !mocks.list) return html`<${ErrorState} error=${mocks.error} what="The mocks cannot be listed" retry=${mocks.load}/>`;
	if (!mocks.list) return html`<${Wait}/>`;
	const one = mocks.list.find((m) => m.replay === chosen);
	return html`<div class="view"><div class="scroll"><div class="page drive">
		${chosen && html`<p><a href="#/replay">All mocks</a></p><h1>Mock ${chosen}</h1>`}
		${chosen && !one && html`<${Empty} icon="replay" title=${`There is no mock ${chosen}`}><p>Mocks end with the program that served this page.</p><//>`}
		${one && html`<${Mock} m=${one} load=${mocks.load} open/><${Report} m=${one} load=${mocks.load}/>`}
		${!chosen && html`
			<h1>Replay</h1>
			<p class="muted">A mock server answers in place of the real services, from what was recorded. It listens on this machine only, and opens no way to the network.</p>
			${[...mocks.list].reverse().map((m) => html`<${Mock} m=${m} load=${mocks.load} key=${m.replay}/>`)}
			<${NewMock} route=${route} load=${mocks.load}/>`}
	</div></div></div>`;
}

const initial = {
	source: "session", session: "", ids: "", listen: "", speed: "original", level: "match", max_gap: "", shift_time: false, faults: [], seed: "",
	on_exhausted: "end", on_reconnect: "next", timing: "cause", jitter: "", require_all: false,
};

/** @param {typeof initial} f what POST /replays takes */
function requestOf(f) {
	const {source, session, ids, faults, seed, shift_time, require_all, ...texts} = f;
	const out = /** @type {Record<string, any>} */ ({on_miss: "fail"});
	for (const [name, v] of Object.entries(texts)) if (v) out[name] = v;
	if (source === "session" && session) out.session = Number(session);
	if (source === "ids") out.exchanges = readIDs(ids).ids;
	if (faults.length) out.faults = faults;
	if (seed) out.seed = Number(seed);
	if (shift_time) out.shift_time = true;
	if (require_all) out.require_all = true;
	return out;
}

function NewMock({route, load}) {
	const [f, set] = useState(() => ({...initial, ...(route.query.exchanges ?? route.query.x ? {source: "ids", ids: route.query.exchanges ?? route.query.x} : {})}));
	const [sessions, setSessions] = useState(/** @type {any[]} */ ([]));
	const [error, fail] = useState(/** @type {any} */ (null));
	const [busy, work] = useState(false);
	const put = (name) => (v) => set((was) => ({...was, [name]: v}));
	useEffect(() => {
		api.get("/sessions").then((a) => setSessions(a.items), () => {});
	}, []);
	const ids = readIDs(f.ids);
	const missing = f.source === "ids" && (ids.bad || ids.ids.length === 0);
	const request = requestOf(f);
	const preview = useAsked(missing ? null : request, (signal) => api.post("/replays", {...request, dry_run: true}, {signal}));
	const start = async (e) => {
		e.preventDefault();
		fail(null);
		work(true);
		try {
			const m = await api.post("/replays", request);
			toast(`Mock ${m.replay} runs at ${m.url}`);
			load();
			go(href(["replay", m.replay]));
		} catch (err) {
			fail(err);
		} finally {
			work(false);
		}
	};
	return html`<form class="card" onSubmit=${start}><header><${Icon} name="plus"/><h2>New mock</h2></header><div class="body">
		<div class="formgrid">
			<${Field} label="What it serves" class="span2">${(id) => html`<div class="row" id=${id}>
				<${Seg} label="What it serves" value=${f.source} onInput=${put("source")} options=${[["session", "A session"], ["ids", "Chosen exchanges"]]}/>
				${f.source === "session"
					? html`<select aria-label="Session" value=${f.session} onChange=${(e) => put("session")(e.target.value)}>
						<option value="">all sessions</option>
						${sessions.map((s) => html`<option value=${String(s.id ?? s.session)}>${s.id ?? s.session}${s.label ? " " + s.label : ""}</option>`)}</select>`
					: html`<input class="grow" aria-label="Exchanges" placeholder="12, 15-17" value=${f.ids} onInput=${(e) => put("ids")(e.target.value)} aria-invalid=${ids.bad ? "true" : undefined}/>`}
			</div>${ids.bad && html`<small class="error-text">${ids.bad} is no number of an exchange</small>`}`}<//>
			<${SelectField} label="How strict" value=${f.level} onInput=${put("level")} options=${LEVELS}/>
			<${TextField} label="Speed" value=${f.speed} onInput=${put("speed")} list=${["original", "max", "2", "10", "0.5"]} hint="original, max, or a factor"/>
			<${TextField} label="Longest pause" value=${f.max_gap} onInput=${put("max_gap")} placeholder="as recorded" hint="as in 500ms"/>
			<${TextField} label="Address" value=${f.listen} onInput=${put("listen")} placeholder="127.0.0.1:0" hint="port 0 is a free one"/>
		</div>
		<div class="row"><${Check} label="Move recorded times to now" checked=${f.shift_time} onInput=${put("shift_time")}/></div>
		<${Faults} value=${f.faults} onInput=${put("faults")}/>
		<details><summary>More</summary><div class="formgrid">
			<${SelectField} label="When a recording is used up" value=${f.on_exhausted} onInput=${put("on_exhausted")} options=${EXHAUSTED}/>
			<${SelectField} label="A further connection" value=${f.on_reconnect} onInput=${put("on_reconnect")} options=${[["next", "takes the next recorded one"], ["same", "takes the first again"]]}/>
			<${SelectField} label="Delays count from" value=${f.timing} onInput=${put("timing")} options=${[["cause", "the message that caused the answer"], ["absolute", "the start of the connection"]]}/>
			<${TextField} label="Jitter" value=${f.jitter} onInput=${put("jitter")} placeholder="none" hint="as in 50ms"/>
			<${TextField} label="Seed" value=${f.seed} onInput=${(v) => put("seed")(v.replace(/\D/g, ""))} placeholder="0" hint="decides all that is drawn at random"/>
		</div><${Check} label="Not in order unless all that was recorded came" checked=${f.require_all} onInput=${put("require_all")}/></details>
		${preview.value && !missing && html`<p class="muted">The same on the command line:</p><${CopyLine} text=${preview.value.command}/>`}
		<${Wrong} error=${error ?? (preview.value || missing ? null : preview.error) ?? (preview.error && !preview.busy ? preview.error : null)}/>
	</div><footer class="actions"><button class="primary" disabled=${busy || Boolean(missing)}><${Icon} name="play"/>Start the mock</button></footer></form>`;
}

/** @param {{m: any, load: () => void, open?: boolean}} props one mock and its controls */
function Mock({m, load, open}) {
	const running = m.state === "running";
	const act = (promise) => promise.then(load, toastError);
	const sum = (name) => m.connections.reduce((n, c) => n + c[name], 0);
	return html`<section class="card" aria-label=${"Mock " + m.replay}>
		<header><span class=${"dot" + (running ? " open" : "")}/><h2><a href=${href(["replay", m.replay])}>${m.replay}</a> <span class="muted">${m.state}</span></h2>
			${m.divergences > 0 && html`<span class="badge error"><${Icon} name="error"/>${plural(m.divergences, "divergence")}</span>`}
			${m.warnings > 0 && html`<span class="badge warn"><${Icon} name="warn"/>${plural(m.warnings, "warning")}</span>`}
			${running && html`<button class="danger" onClick=${() => act(api.del("/replays/" + m.replay))}><${Icon} name="stop"/>Stop</button>`}
		</header>
		<div class="body">
			<div class="row mockrow"><code class="grow">${m.url}</code><button class="icon" aria-label="Copy the address" onClick=${() => copyText(m.url)}><${Icon} name="copy"/></button>
				<span class="muted">${plural(m.open, "connection")} open · ${count(sum("served"))} served · ${count(sum("matched"))} matched</span></div>
			${running && html`<${Steering} m=${m} act=${act}/>`}
			${open && html`<${Connections} list=${m.connections}/>`}
			<details><summary>How to point a program at it</summary>
				<div class="envbox"><pre class="plan" tabindex="0">${exports(m.env)}</pre><button class="icon" aria-label="Copy the lines" title="Copy the lines" onClick=${() => copyText(exports(m.env))}><${Icon} name="copy"/></button></div>
				<p class="muted">The same on the command line:</p><${CopyLine} text=${m.command}/>
				${m.plan && html`<p class="muted">wiretape.plan.yaml:</p><pre class="plan">${m.plan}</pre>`}
			</details>
			${!open && html`<p class="foot"><a href=${href(["replay", m.replay])}>Connections and report</a></p>`}
		</div>
	</section>`;
}

/** Speed and dropping, of a mock that runs. */
function Steering({m, act}) {
	const [speed, type] = useState("");
	const [code, setCode] = useState("1012");
	const set = (v) => act(api.patch("/replays/" + m.replay, {speed: v}));
	const drop = (how) => act(api.post(`/replays/${m.replay}/drop`, {how, ...(how === "close" ? {code: Number(code) || 0} : {})}).then((a) => toast(`${plural(a.dropped, "connection")} ${how === "silence" ? "silenced" : "dropped"}`)));
	const known = [["0.5", "½×"], ["original", "as recorded"], ["2", "2×"], ["10", "10×"], ["max", "max"]];
	return html`<div class="steer">
		<div class="row"><b>Speed</b><${Seg} label="Speed" value=${m.speed} onInput=${set} options=${known}/>
			<form class="row" onSubmit=${(e) => { e.preventDefault(); set(speed); }}><input class="short" aria-label="Other speed" placeholder=${known.some(([v]) => v === m.speed) ? "other" : m.speed} value=${speed} onInput=${(e) => type(e.target.value)}/><button disabled=${!speed}>Set</button></form></div>
		<div class="row"><b>Drop now</b>
			<input class="short" aria-label="Close code" value=${code} onInput=${(e) => setCode(e.target.value.replace(/\D/g, ""))}/>
			<button onClick=${() => drop("close")}>Close</button><button onClick=${() => drop("fin")} title="The connection ends without a close frame">FIN</button>
			<button onClick=${() => drop("reset")} title="The connection is reset">RST</button><button onClick=${() => drop("silence")} title="Nothing is sent any more, not even pongs">Silence</button></div>
	</div>`;
}

/** @param {string[]} env */
const exports = (env) => env.map((line) => "export " + line).join("\n");

/** The query is left out: tokens stand in it. @param {string} url */
const bare = (url) => url.replace(/\?.*$/s, "?…");

function Connections({list}) {
	if (list.length === 0) return null;
	return html`<div class="tablebox" tabindex="0" role="region" aria-label="Recorded connections"><table class="list">
		<thead><tr><th>Recorded</th><th>URL</th><th class="num">open</th><th class="num">served</th><th class="num">matched</th><th class="num">unmatched</th>
			<th class="num" title="recorded server messages never sent">unsent</th><th class="num" title="recorded client messages that never came">unmet</th></tr></thead>
		<tbody>${list.map((c) => html`<tr key=${c.exchange}><td><a href=${href(["x", c.exchange])}>#${c.exchange}</a></td><td class="mono url">${bare(c.url)}</td>
			<td class="num">${count(c.open)}</td><td class="num">${count(c.served)}</td><td class="num">${count(c.matched)}</td>
			<td class=${"num" + (c.unmatched ? " error-text" : "")}>${count(c.unmatched)}</td><td class="num">${count(c.unsent)}</td><td class="num">${count(c.unmet)}</td></tr>`)}</tbody>
	</table></div>`;
}
