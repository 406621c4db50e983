// One exchange: its head line and its tabs.
import {html, useEffect, useMemo, useRef, useState} from "../vendor/preact.js";
import {api} from "../lib/api.js";
import {visible} from "../lib/color.js";
import {ErrorState, Wait} from "../lib/empty.js";
import {Kind, Standing, Status, urlParts} from "../lib/entry.js";
import {watch} from "../lib/feed.js";
import {Icon} from "../lib/icon.js";
import {useKeys} from "../lib/keys.js";
import {notLoaded} from "../lib/lazy.js";
import {narrow} from "../lib/media.js";
import {back, go, href, route as current} from "../lib/route.js";
import {can, changed, extent, recording} from "../lib/store.js";
import {duration} from "../lib/units.js";
import {CopyMenu} from "./copymenu.js";

/**
 * The tabs. Their parts come when first shown.
 * @type {Record<string, {name: string, load: () => Promise<any>, when: (x: any) => boolean}>}
 */
const tabs = {
	overview: {name: "Overview", load: () => import("./overview.js"), when: () => true},
	request: {name: "Request", load: () => import("./request.js"), when: () => true},
	response: {name: "Response", load: () => import("./response.js"), when: (x) => x.exchange.kind !== "tunnel"},
	timeline: {name: "Timeline", load: () => import("./timeline.js"), when: streams},
	pairs: {name: "Pairs", load: () => import("./pairs.js"), when: (x) => x.exchange.kind === "websocket"},
	merged: {name: "Merged", load: () => import("./merged.js"), when: (x) => ["sse", "ndjson"].includes(x.exchange.kind) || Boolean(x.merge)},
	stats: {name: "Stats", load: () => import("./stats.js"), when: streams},
	notes: {name: "Notes", load: () => import("./notes.js"), when: () => true},
};

/** Loads the tabs before they are asked for. */
export async function ahead() {
	for (const tab of Object.values(tabs)) await tab.load().then((module) => module.ahead?.(), () => {});
}

/** @param {any} x */
function streams(x) {
	return ["websocket", "sse", "ndjson"].includes(x.exchange.kind);
}

/** @param {import("../lib/route.js").Route} route */
export const title = (route) => "#" + route.path[1];

/** @param {any} x what is shown when the address names no tab */
function firstTab(x) {
	return streams(x) ? "timeline" : "overview";
}

export default function View({route}) {
	const id = Number(route.path[1]);
	const [x, set] = useState(/** @type {any} */ (null));
	const [error, fail] = useState(/** @type {any} */ (null));
	const asking = useRef("");

	const load = () => {
		if (asking.current) {
			asking.current = "again";
			return;
		}
		asking.current = "once";
		const rest = () => setTimeout(() => { // an open exchange changes all the time
			const again = asking.current === "again";
			asking.current = "";
			if (again) load();
		}, 1000);
		api.get("/exchanges/" + id).then((answer) => { set(answer); fail(null); }, fail).finally(rest);
	};
	useEffect(load, [id]);
	useEffect(() => watch({ids: [id]}), [id]);
	useEffect(() => {
		if (changed.value.includes(id)) load();
	}, [changed.value]);
	const ended = extent(id).value.state === "done" || !recording.value;
	useEffect(() => { // how it ended is not in the feed
		if (ended && x?.exchange.state === "open") load();
	}, [ended]);

	const list = useMemo(() => (x ? Object.entries(tabs).filter(([, t]) => t.when(x)) : []), [x?.exchange.kind, x?.merge]);
	const wanted = route.path[2] === "m" ? "timeline" : route.query.tab;
	const tab = x ? (list.some(([name]) => name === wanted) ? wanted : firstTab(x)) : "";
	const pick = (name) => go(href(["x", id], {tab: name}), {replace: true});
	const beside = (by) => id + by >= 1 && go(href(["x", id + by], {tab: current.peek().query.tab}), {replace: true});
	useKeys("Exchange", [
		...list.map(([name, t], i) => ({key: String(i + 1), label: t.name, run: () => pick(name)})),
		{key: "[", label: "Exchange before", run: () => beside(-1)},
		{key: "]", label: "Exchange after", run: () => beside(1)},
		{key: "Escape", label: "Back to the list", run: back},
		{key: "", label: "Open in Compose", icon: "compose", run: () => go(href(["compose"], {from: id})), when: () => can("compose") && x?.exchange.kind !== "tunnel"},
		{key: "", label: "Start a mock from this exchange", icon: "replay", run: () => go(href(["replay"], {exchanges: id})), when: () => can("replay")},
		{key: "", label: "Export this exchange", icon: "export", run: () => go(href(["export"], {exchanges: id})), when: () => can("export")},
	]);

	if (error && !x) {
		return error.status === 404
			? html`<${ErrorState} error=${{message: `There is no exchange ${route.path[1]} on this tape.`, hint: "It may have been pruned, or not be there yet."}} what="No such exchange" retry=${load}/>`
			: html`<${ErrorState} error=${error} what=${`Exchange ${id} cannot be shown`} retry=${load}/>`;
	}
	if (!x) return html`<div class="view"><${Wait}/></div>`;
	return html`<div class="view">
		<${HeadLine} x=${x}/>
		<${Tabs} list=${list} tab=${tab} pick=${pick}/>
		<div class="view" role="tabpanel" id="panel" aria-labelledby=${"tab-" + tab}><${Panel} name=${tab} x=${x} route=${route} reload=${load} key=${tab}/></div>
	</div>`;
}

/** @param {{x: any}} props */
function HeadLine({x}) {
	const ex = x.exchange;
	const u = urlParts(ex.url);
	return html`<header class="exhead">
		<a class="button iconlink" href="#/x" aria-label="Back to the exchanges" title="Back (Esc)" onClick=${(e) => { e.preventDefault(); back(); }}><${Icon} name="left"/></a>
		<span class="muted">#${ex.id}</span><${Kind} kind=${ex.kind}/>
		<h1 class="mono grow cut" title=${ex.url}><span class="muted">${ex.method} ${u.scheme && u.scheme + "://"}${visible(u.host)}</span>${visible(u.path)}<span class="muted">${visible(u.search)}</span></h1>
		<${Status} ex=${ex}/><${Standing} ex=${ex}/>
		${!narrow.value && html`<span class="muted">${duration(ex.duration_ns)}</span>`}
		${ex.kind !== "tunnel" && html`<${CopyMenu} x=${x}/>`}
		${can("compose") && ex.kind !== "tunnel" && !narrow.value && html`<a class="button" href=${href(["compose"], {from: ex.id})}><${Icon} name="compose"/>Open in Compose</a>`}
	</header>`;
}

/** @param {{list: [string, any][], tab: string, pick: (name: string) => void}} props */
function Tabs({list, tab, pick}) {
	const onKey = (e) => {
		const at = list.findIndex(([name]) => name === tab);
		const to = {ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: list.length - 1}[e.key];
		if (to === undefined) return;
		e.preventDefault();
		const next = list[(to + list.length) % list.length][0];
		pick(next);
		document.getElementById("tab-" + next)?.focus();
	};
	const bar = useRef(/** @type {HTMLElement|null} */ (null));
	useEffect(() => bar.current?.querySelector("[aria-selected=true]")?.scrollIntoView({block: "nearest", inline: "nearest"}), [tab]);
	return html`<div class="tabs" role="tablist" aria-label="Exchange" ref=${bar} onKeyDown=${onKey}>${list.map(([name, t]) => html`
		<button role="tab" id=${"tab-" + name} aria-selected=${name === tab ? "true" : "false"} aria-controls=${name === tab ? "panel" : undefined} tabindex=${name === tab ? 0 : -1} onClick=${() => pick(name)}>${t.name}</button>`)}</div>`;
}

/** @param {{name: string, x: any, route: any, reload: () => void}} props */
function Panel({name, x, route, reload}) {
	const [module, set] = useState(/** @type {any} */ (null));
	const [error, fail] = useState(/** @type {any} */ (null));
	const load = () => tabs[name].load().then((m) => { fail(null); set({View: m.default}); }, (err) => fail(notLoaded(err)));
	useEffect(() => void load(), []);
	if (error) return html`<${ErrorState} error=${error} what=${`${tabs[name].name} is not loaded`} retry=${load}/>`;
	return module ? html`<${module.View} x=${x} route=${route} reload=${reload}/>` : html`<${Wait}/>`;
}
