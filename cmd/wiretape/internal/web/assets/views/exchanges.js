// The list of exchanges: live, filtered on the server, of any length.
import {html, signal, useEffect, useMemo, useRef, useState} from "../vendor/preact.js";
import {api, query} from "../lib/api.js";
import {announce} from "../lib/a11y.js";
import {visible} from "../lib/color.js";
import {CopyLine, Empty, ErrorState, Wait} from "../lib/empty.js";
import {Kind, Standing, Status, urlParts} from "../lib/entry.js";
import {watch} from "../lib/feed.js";
import {FilterBar, join, terms} from "../lib/filterbar.js";
import {Icon} from "../lib/icon.js";
import {useKeys} from "../lib/keys.js";
import {lazy} from "../lib/lazy.js";
import {narrow} from "../lib/media.js";
import {Pages, usePages} from "../lib/pages.js";
import {go, href, recall, remember, setQuery} from "../lib/route.js";
import {can, changed, feedState, pref, recording, state, total} from "../lib/store.js";
import {bytes, clock, count, duration, plural, shortCount} from "../lib/units.js";
import {toast, toastError} from "../lib/toast.js";
import {VList} from "../lib/vlist.js";
import {Head, template} from "./columns.js";
import {nextSort, useSorted} from "./sorting.js";

const Chooser = lazy(() => import("./chooser.js"), "Chooser");
const Import = lazy(() => import("./import.js"), "Import");
const Sessions = lazy(() => import("./sessions.js"), "Sessions");

/** Exchanges marked for what is done with several. */
const marked = signal(/** @type {Set<number>} */ (new Set()));

const columns = [
	{id: "id", title: "#", width: 52, num: true, cell: (ex) => ex.id},
	{id: "kind", title: "Kind", width: 94, cell: (ex) => html`<${Kind} kind=${ex.kind}/>`},
	{id: "method", title: "Method", width: 72, cell: (ex) => html`<span class="mono">${ex.method}</span>`},
	{id: "status", title: "Status", width: 66, cell: (ex) => html`<${Status} ex=${ex}/>`},
	{id: "host", title: "Host", width: 144, cell: (ex) => visible(urlParts(ex.url).host)},
	{id: "path", title: "Path", width: 0, cell: (ex) => html`<${Path} ex=${ex}/>`},
	{id: "state", title: "State", width: 100, cell: (ex) => html`<${Standing} ex=${ex}/>`},
	{id: "sent", title: "↑ Sent", width: 100, num: true, cell: (ex) => html`<${Amount} of=${ex.sent} dir="send" kind=${ex.kind}/>`},
	{id: "received", title: "↓ Received", width: 108, num: true, cell: (ex) => html`<${Amount} of=${ex.received} dir="receive" kind=${ex.kind}/>`},
	{id: "started", title: "Started", width: 112, num: true, cell: (ex) => html`<span class="mono">${clock(ex.started)}</span>`},
	{id: "duration", title: "Duration", width: 88, num: true, cell: (ex) => duration(ex.duration_ns)},
	{id: "ttft", title: "First byte", width: 84, num: true, cell: (ex) => duration(ex.ttft_ns)},
];

/** @param {{ex: any}} props */
function Path({ex}) {
	const u = urlParts(ex.url);
	return html`<span class="path mono">${visible(u.path)}<span class="muted">${visible(u.search)}</span></span><${Marks} ex=${ex}/>`;
}

/** @param {{ex: any}} props */
function Marks({ex}) {
	return html`<span class="xmarks">
		${ex.fault && html`<span class="badge error" title=${ex.fault}><${Icon} name="error"/>error</span>`}
		${ex.lost && html`<span class="badge warn" title=${`${count(ex.lost.bytes)} bytes were not recorded`}>loss</span>`}
		${ex.kind === "tunnel" && html`<a class="badge warn" href="#/setup" title="The client may not trust the CA: to the set-up">not intercepted</a>`}
		${ex.predecessor && html`<span class="badge">again after #${ex.predecessor}</span>`}
		${(ex.tags ?? []).map((t) => html`<span class="badge accent">${visible(t)}</span>`)}
		${ex.note && html`<span class="badge" title=${ex.note}><${Icon} name="note"/><span class="sr">note: ${ex.note}</span></span>`}
	</span>`;
}

/** @param {{of: any, dir: string, kind: string}} props */
function Amount({of, kind}) {
	if (!of) return null;
	const n = kind === "http" || kind === "tunnel" ? 0 : of.messages;
	if (!n && !of.bytes) return html`<span class="muted">–</span>`;
	return html`${n > 0 && html`<b>${shortCount(n)}</b> `}<span class="muted">${bytes(of.bytes)}</span>`;
}

/** @param {any} ex */
function card(ex) {
	const u = urlParts(ex.url);
	return html`<div class="xcard" role="gridcell">
		<div class="row1"><${Kind} kind=${ex.kind}/><span class="path mono cut grow">${visible(u.path)}<span class="muted">${visible(u.search)}</span></span><${Status} ex=${ex}/></div>
		<div class="row2 muted"><span>#${ex.id}</span><span class="cut grow">${visible(u.host)}</span><${Standing} ex=${ex}/><span>${clock(ex.started, 0, 0).replace(/\.$/, "")}</span></div>
	</div>`;
}

const quick = [
	{label: "WS", term: "kind:ws"}, {label: "SSE", term: "kind:sse"}, {label: "NDJSON", term: "kind:ndjson"},
	{label: "HTTP", term: "kind:http"}, {label: "Errors", term: "error"},
];

export const title = () => "Exchanges";

export default function View({route}) {
	const {filter = "", session = "", sort = ""} = route.query;
	const pages = usePages(() => new Pages((at, n, signal) =>
		api.get("/exchanges" + query({at, n, filter, session}), {signal}).then((a) => ({total: a.total, rows: a.items, done: a.done}))),
	[filter, session]);
	const lasting = useRef(/** @type {any} */ (null)); // what was shown before stays while a filter is wrong
	const filterbar = useRef(/** @type {any} */ (null));
	const list = useRef(/** @type {any} */ (null));
	const [active, choose] = useState(recall("active") ?? -1);
	const [follow, setFollow] = useState(recall("top") === undefined && recording.value);
	const hidden = pref("columns.hidden", /** @type {string[]} */ ([]));
	const widths = pref("columns.widths", /** @type {Record<string, number>} */ ({}));
	const [more, showMore] = useState("");
	const [dropped, drop] = useState(/** @type {File|undefined} */ (undefined));

	useEffect(() => watch({list: true}), []);
	useEffect(() => {
		const ids = new Set(changed.value);
		pages.refresh((ex) => ids.has(ex.id));
	}, [changed.value]);
	useEffect(() => {
		if (!filter && !session) pages.grow(total.value);
		else pages.refresh(() => false);
		if (filter && pages.loaded.peek()) pages.ask(Math.max(0, Math.floor((pages.total.peek() - 1) / pages.size)));
	}, [total.value]);

	useEffect(() => { // wiretape answers again
		if (feedState.value === "live" && pages.error.peek()?.status === 0) pages.reset();
	}, [feedState.value]);

	const n = pages.total.value;
	const loaded = pages.loaded.value;
	useEffect(() => {
		if (loaded) announce(plural(n, "exchange") + (filter ? " match" : ""));
	}, [loaded, filter]);

	const shown = narrow.value ? [] : columns.filter((c) => !hidden.value.includes(c.id) && (!session || c.id !== "session"));
	const grid = template(shown, widths.value);
	const sorted = useSorted(sort, {filter, session, total: n, growing: recording.value});
	const item = (i) => (sorted ? sorted[i] : pages.get(i));
	const onSort = recording.value ? undefined : (id) => { choose(-1); setQuery({sort: nextSort(sort, id)}); };
	const mark = (i) => {
		const ex = item(i);
		if (!ex) return;
		const next = new Set(marked.value);
		next.has(ex.id) ? next.delete(ex.id) : next.add(ex.id);
		marked.value = next;
	};
	const open = (i) => {
		const ex = item(i);
		if (!ex) return;
		remember("active", i);
		go(href(["x", ex.id]));
	};
	const activate = (i, e) => {
		choose(i);
		if (e?.ctrlKey || e?.metaKey) mark(i);
		else if (e && !e.target.closest("a")) open(i);
	};
	const step = (by) => {
		const from = active < 0 ? Math.ceil(list.current?.first() ?? 0) - 1 : active;
		const to = Math.max(0, Math.min(from + by, n - 1));
		choose(to);
		list.current?.toIndex(to);
		list.current?.focus();
	};
	useKeys("Exchanges", [
		{key: "/", label: "Filter", icon: "filter", run: () => filterbar.current?.focus()},
		{key: "j", label: "Next exchange", run: () => step(1)},
		{key: "k", label: "Previous exchange", run: () => step(-1)},
		{key: "Enter", label: "Open the exchange", run: () => open(active), when: () => active >= 0},
		{key: "m", label: "Mark the exchange", icon: "pin", run: () => mark(active), when: () => active >= 0},
		{key: "f", label: "Follow new exchanges", icon: "follow", run: () => setFollow(!follow)},
		{key: "Escape", label: "Unmark all", hidden: true, run: () => (marked.value = new Set()), when: () => marked.value.size > 0},
		...columns.map((c) => ({key: "", label: `Sort by ${c.title.replace(/^[↑↓] /, "").toLowerCase()}`, icon: "list", run: () => onSort?.(c.id), when: () => Boolean(onSort)})),
		{key: "", label: "Choose columns", icon: "columns", run: () => showMore("columns")},
		{key: "", label: "Sessions", icon: "folder", run: () => showMore("sessions")},
		{key: "", label: "Import a HAR or a tape", icon: "plus", run: () => showMore("import"), when: () => can("import")},
	]);
	const row = useMemo(() => (ex, i) => {
		if (!ex) return html`<span class="cell"><span class="bone"/></span>`;
		if (shown.length === 0) return card(ex);
		return html`<div class=${"xrow" + (marked.value.has(ex.id) ? " marked" : "")} role="presentation" style=${{gridTemplateColumns: grid}}>
			${shown.map((c) => html`<span class=${"cell cut" + (c.num ? " num" : "")} role="gridcell">${c.cell(ex)}</span>`)}</div>`;
	}, [grid, shown.length]);

	if (!loaded && !lasting.current) return html`<div class="view"><${Wait}/></div>`;
	const failed = pages.error.value;
	lasting.current = lasting.current ?? pages;
	if (loaded && !failed) lasting.current = pages;
	const from = failed ? lasting.current : pages;
	const empty = loaded && !failed && n === 0 && pages.done.value;
	const onDrop = (e) => {
		if (!can("import") || e.dataTransfer.files.length === 0) return;
		drop(e.dataTransfer.files[0]);
		showMore("import");
	};
	return html`<div class="view exchanges" onDrop=${onDrop}>
		<h1 class="sr">Exchanges</h1>
		<div class="toolbar">
			<${FilterBar} value=${filter} onFilter=${(f) => setQuery({filter: f})} scope="exchanges" label="Filter the exchanges" control=${filterbar}
				placeholder="Filter: host, path, kind:ws, status>=400, /regex/ …" quick=${quick} error=${failed?.status === 400 ? failed : null} busy=${!pages.done.value}/>
			<span class="muted num wide-only" aria-hidden="true">${filter ? `${count(n)} of ${count(total.value)}` : count(n)}</span>
			${session && html`<span class="badge accent">session ${session}<button class="chip-x" aria-label="All sessions" onClick=${() => setQuery({session: ""})}><${Icon} name="x"/></button></span>`}
			<button class="icon" aria-label="Sessions" title="Sessions" onClick=${() => showMore("sessions")}><${Icon} name="folder"/></button>
			<button class="icon wide-only" aria-label="Columns" title="Columns" onClick=${() => showMore("columns")}><${Icon} name="columns"/></button>
		</div>
		${failed && failed.status !== 400 && from.pages.size === 0 ? html`<${ErrorState} error=${failed} retry=${() => pages.reset()}/>`
			: empty ? html`<${Nothing} filter=${filter} clear=${() => setQuery({filter: "", session: ""})}/>`
				: html`<${VList} key="list" total=${from.total.value} rowHeight=${narrow.value ? 48 : 28} item=${(i) => (sorted ? sorted[i] : from.get(i))} row=${row}
					tick=${`${from.version.value}|${grid}|${marked.value.size}|${sorted ? sort : ""}`} label="Exchanges" columns=${shown.length || 1}
					header=${shown.length > 0 && html`<${Head} columns=${shown} grid=${grid} widths=${widths} sort=${sort} onSort=${onSort}/>`}
					active=${active} onActive=${activate} onOpen=${open} onRange=${(a, b) => from.want(a, b)} follow=${follow} onFollow=${setFollow}
					start=${recall("top") ?? 0} onScrolled=${(top, end) => { remember("top", top); if (end && recording.value && !follow) setFollow(true); }} control=${list}/>`}
		${!follow && recording.value && n > 0 && html`<${Behind} list=${list} n=${n} onFollow=${() => { setFollow(true); list.current?.toEnd(); }}/>`}
		${marked.value.size > 0 && html`<${Several}/>`}
		${more === "columns" && html`<${Chooser} columns=${columns} hidden=${hidden} widths=${widths} onClose=${() => showMore("")}/>`}
		${more === "sessions" && html`<${Sessions} onClose=${() => showMore("")} onPick=${(id) => { showMore(""); setQuery({session: id}); }} onImport=${() => showMore("import")}/>`}
		${more === "import" && html`<${Import} file=${dropped} onClose=${() => { showMore(""); drop(undefined); }}/>`}
	</div>`;
}

/** The way back to the end. @param {{list: any, n: number, onFollow: () => void}} props */
function Behind({list, n, onFollow}) {
	const [seen] = useState(n);
	if (n <= seen && list.current?.atEnd()) return null;
	return html`<button class="behind" onClick=${onFollow}><${Icon} name="down"/>${n > seen ? `${count(n - seen)} new` : "To the end"}</button>`;
}

/** What can be done with several exchanges at once. */
function Several() {
	const ids = [...marked.value].sort((a, b) => a - b);
	const [name, type] = useState(/** @type {string|null} */ (null));
	const tag = async (e) => {
		e.preventDefault();
		type(null);
		for (const id of ids) {
			const {exchange} = await api.get("/exchanges/" + id);
			await api.patch("/exchanges/" + id, {tags: [...new Set([...(exchange.tags ?? []), name])]});
		}
		toast(`Tagged ${plural(ids.length, "exchange")}`);
	};
	return html`<div class="several" role="region" aria-label="Marked exchanges"><b>${plural(ids.length, "exchange")} marked</b>
		<span class="grow"/>
		${ids.length === 2 && html`<a class="button" href=${href(["diff", ids.join(",")])}><${Icon} name="diff"/>Compare</a>`}
		${can("replay") && html`<a class="button" href=${href(["replay"], {exchanges: ids.join(",")})}><${Icon} name="replay"/>Mock</a>`}
		${can("export") && html`<a class="button" href=${href(["export"], {exchanges: ids.join(",")})}><${Icon} name="export"/>Export</a>`}
		${can("annotate") && html`<button onClick=${() => type("")}><${Icon} name="pin"/>Tag</button>`}
		${name !== null && html`<form class="row" onSubmit=${(e) => tag(e).catch(toastError)}><input autofocus aria-label="Tag" placeholder="Tag" value=${name} onInput=${(e) => type(e.target.value)}/><button class="primary" disabled=${!name.trim()}>Tag them</button></form>`}
		<button class="icon" aria-label="Unmark all" onClick=${() => (marked.value = new Set())}><${Icon} name="x"/></button></div>`;
}

/** What would be left without one of the terms, the most first. @param {{filter: string}} props */
function Without({filter}) {
	const [found, set] = useState(/** @type {{term: string, rest: string, n: number}[]} */ ([]));
	useEffect(() => {
		const mine = new AbortController(), all = terms(filter).slice(0, 6);
		if (all.length > 1) {
			Promise.all(all.map(async (term) => {
				const rest = join(all.filter((other) => other !== term));
				return {term, rest, n: (await api.get("/exchanges" + query({at: 0, n: 1, filter: rest}), {signal: mine.signal})).total};
			})).then((each) => set(each.filter((f) => f.n > 0).sort((a, b) => b.n - a.n)), () => {});
		}
		return () => mine.abort();
	}, [filter, Math.floor(Math.log2(total.value + 1))]); // asked anew when the tape has doubled
	return found.map((f) => html`<p><button onClick=${() => setQuery({filter: f.rest})}><span>Without <code>${f.term}</code>: ${plural(f.n, "exchange")}</span></button></p>`);
}

/** @param {{filter: string, clear: () => void}} props */
function Nothing({filter, clear}) {
	if (filter) {
		return html`<${Empty} icon="filter" title="No exchange matches">
			<p>Of ${plural(total.value, "exchange")} none passes <code>${filter}</code>.</p><${Without} filter=${filter}/>
			<button onClick=${clear}>Clear the filter</button><//>`;
	}
	const proxy = state.value?.proxy;
	return html`<${Empty} icon="ws" title=${recording.value ? "Waiting for the first request" : "Nothing on this tape"}>
		${proxy ? html`<p>Point a program at the proxy, for example in the shell it runs in:</p><${CopyLine} text=${`export HTTPS_PROXY=${proxy} HTTP_PROXY=${proxy}`}/>
			<p><br/>Or let wiretape start it, or see it work without any network:</p>` : html`<p>Record a program, or see it work without any network:</p>`}
		<${CopyLine} text="wiretape record -- node app.js"/><${CopyLine} text="wiretape demo"/>
		<p><br/><a href="#/setup">Set-up for languages, browsers and Docker</a></p><//>`;
}
