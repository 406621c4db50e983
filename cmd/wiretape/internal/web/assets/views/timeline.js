// The timeline: what was said in an exchange, row by row, in order.
import {html, useEffect, useMemo, useRef, useState} from "../vendor/preact.js";
import {api, query} from "../lib/api.js";
import {announce} from "../lib/a11y.js";
import {visible} from "../lib/color.js";
import {Empty, ErrorState, Wait} from "../lib/empty.js";
import {FilterBar} from "../lib/filterbar.js";
import {Icon} from "../lib/icon.js";
import {useKeys} from "../lib/keys.js";
import {roomy} from "../lib/media.js";
import {Pages} from "../lib/pages.js";
import {go, href, recall, remember, setQuery} from "../lib/route.js";
import {can, extent, pref} from "../lib/store.js";
import {clock, count} from "../lib/units.js";
import {VList} from "../lib/vlist.js";
import Detail from "./detail.js";
import {Find} from "./find.js";
import {Goto} from "./goto.js";
import {head, makeRow} from "./row.js";
import {RowMenu} from "./rowmenu.js";
import {Splitter} from "./splitter.js";

const levels = ["messages", "frames", "chunks"];

/** @param {{x: any, route: any}} props */
export default function Timeline({x, route}) {
	const ex = x.exchange, id = ex.id;
	const level = levels.includes(route.query.level) ? route.query.level : x.default_level || "messages";
	const {filter = ""} = route.query;
	const seq = route.path[2] === "m" ? Number(route.path[3]) : 0;
	const fold = pref("fold", true);
	const times = pref("times", "offset");
	const side = pref("detail.side", "right");
	const live = extent(id).value;
	const isOpen = (live.state ?? ex.state) === "open";

	const [active, choose] = useState(recall("row") ?? -1);
	const [follow, setFollow] = useState(isOpen && !seq && recall("top") === undefined);
	const [paused, pause] = useState(/** @type {null|{at: string, total: number, grown: number}} */ (null));
	const [finding, find] = useState(false);
	const [going, goTo] = useState(false);
	const [menu, showMenu] = useState(/** @type {any} */ (null));
	const [pinned, pin] = useState(/** @type {number[]} */ (recall("pinned") ?? []));
	const list = useRef(/** @type {any} */ (null));
	const filterbar = useRef(/** @type {any} */ (null));
	const finder = useRef(/** @type {any} */ (null));
	const arrived = useRef(0);

	const common = {level, filter, fold: fold.value && level === "messages" ? 1 : ""};
	const pages = useMemo(() => new Pages((at, n, signal) =>
		api.get(`/exchanges/${id}/rows` + query({...common, at, n}), {signal})
			.then((a) => ({total: a.total, rows: a.rows, done: a.done ?? true}))), [id, level, filter, fold.value]);
	useEffect(() => {
		pages.ask(0);
		return () => pages.close();
	}, [pages]);

	// The feed says how many rows there are; with a filter or folded heartbeats
	// the server counts, so the end is asked for anew.
	const plain = !filter && !fold.value;
	const grown = live[level === "messages" ? "rows" : level];
	useEffect(() => {
		if (grown === undefined || paused) return;
		if (plain) pages.grow(grown);
		else if (pages.loaded.peek()) pages.ask(Math.max(0, Math.floor((pages.total.peek() - 1) / pages.size)));
	}, [grown, paused]);

	const total = pages.total.value;
	const loaded = pages.loaded.value;
	const shown = paused ? Math.min(paused.total, total) : total;
	useEffect(() => {
		if (!follow) arrived.current = arrived.current || total;
		else arrived.current = 0;
	}, [follow]);

	// A link to a row, or a row that was chosen before the level changed.
	const landing = useRef(0);
	useEffect(() => {
		if (!seq || !loaded || landing.current === seq) return;
		landing.current = seq;
		jump({from: seq}, true);
	}, [seq, loaded, pages]);
	async function jump(where, quietly) {
		try {
			const a = await api.get(`/exchanges/${id}/rows` + query({...common, ...where, n: 1}));
			const to = Math.max(0, Math.min(a.at, a.total - 1));
			setFollow(false);
			pages.grow(a.total);
			choose(to);
			remember("row", to);
			requestAnimationFrame(() => list.current?.toIndex(to, "center"));
			if (!quietly) list.current?.focus();
		} catch (err) {
			announce(err.message);
		}
	}

	const chosen = active >= 0 ? pages.get(active) : undefined;
	useEffect(() => { // the address names the row, so that it can be linked
		if (!chosen || landing.current === chosen.seq) return;
		landing.current = chosen.seq;
		go(href(["x", id, "m", chosen.seq], {...route.query, tab: ""}), {replace: true});
	}, [chosen?.seq]);

	const activate = (i) => {
		setFollow(false);
		choose(i);
		remember("row", i);
	};
	const step = (by) => {
		const to = Math.max(0, Math.min((active < 0 ? (list.current?.first() ?? 0) - 1 : active) + by, shown - 1));
		activate(to);
		list.current?.toIndex(to);
		list.current?.focus();
	};
	const nextOf = async (dir) => {
		const from = (chosen?.seq ?? 0) + 1;
		const a = await api.get(`/exchanges/${id}/rows` + query({level, filter: `${filter ? filter + " " : ""}dir:${dir} seq>=${from}`, at: 0, n: 1})).catch(() => null);
		const row = a?.rows?.[0];
		if (row) jump({from: row.seq});
		else announce(`nothing ${dir === "send" ? "sent" : "received"} after this row`);
	};
	const togglePause = () => {
		if (paused) {
			pause(null);
			return;
		}
		pause({at: new Date().toISOString(), total, grown: grown ?? total});
		announce("The view is paused. The recording goes on.");
	};
	const toEnd = () => {
		pause(null);
		setFollow(true);
		list.current?.toEnd();
	};
	const close = () => {
		choose(-1);
		landing.current = 0;
		go(href(["x", id], {...route.query, tab: "timeline"}), {replace: true});
		list.current?.focus();
	};
	const togglePin = () => {
		if (!chosen) return;
		const next = pinned.includes(chosen.seq) ? pinned.filter((p) => p !== chosen.seq) : [...pinned, chosen.seq];
		pin(next);
		remember("pinned", next);
	};
	useKeys("Timeline", [
		{key: "/", label: "Filter the rows", icon: "filter", run: () => filterbar.current?.focus()},
		{key: "Ctrl+f", label: "Find", icon: "search", run: () => (finding ? finder.current?.focus() : find(true))},
		{key: "n", label: "Next match", run: () => finder.current?.step(1), when: () => finding},
		{key: "p", label: "Match before", run: () => finder.current?.step(-1), when: () => finding},
		{key: "j", label: "Next row", run: () => step(1)},
		{key: "k", label: "Row before", run: () => step(-1)},
		{key: "s", label: "Next sent row", icon: "up", run: () => nextOf("send")},
		{key: "r", label: "Next received row", icon: "down", run: () => nextOf("receive")},
		{key: "f", label: "Follow the end", icon: "follow", run: () => (follow ? setFollow(false) : toEnd())},
		{key: "Space", label: "Pause the view", icon: "pause", run: togglePause},
		{key: "g", label: "Go to a row, a time or a percentage", icon: "right", run: () => goTo(true)},
		{key: "m", label: "Pin the row", icon: "pin", run: togglePin, when: () => active >= 0},
		{key: "e", label: "Edit and send again", icon: "edit", run: () => go(href(["compose"], {from: id, seq: chosen?.seq})), when: () => Boolean(chosen) && can("compose")},
		{key: "Escape", label: "Close the details", hidden: true, run: close, when: () => active >= 0},
		{key: "", label: "Fold heartbeats", icon: "heart", run: () => (fold.value = !fold.value)},
		{key: "", label: "Details below or at the right", icon: "side", run: () => (side.value = side.value === "right" ? "bottom" : "right")},
	]);

	const row = useMemo(() => makeRow({started: ex.started, times: times.value, base: chosen?.t_ns, pinned, kind: ex.kind}),
		[times.value, chosen?.t_ns, pinned]);
	const failed = pages.error.value;
	const below = side.value === "bottom" || !roomy.value;
	const behind = paused ? (grown ?? total) - paused.grown : 0;
	return html`<div class=${"timeline" + (below ? " below" : "")}>
		<section class="timeline-pane" aria-label="Timeline">
			<div class="toolbar">
				<div class="seg" role="group" aria-label="Level">${levels.filter((l) => l === "messages" || l === "chunks" || ex.kind === "websocket").map((l) => html`
					<button aria-pressed=${l === level ? "true" : "false"} onClick=${() => { choose(-1); go(href(["x", id], {...route.query, level: l, tab: "timeline"}), {replace: true}); }}>${name(l, ex.kind)}</button>`)}</div>
				<${FilterBar} value=${filter} onFilter=${(f) => { choose(-1); setQuery({filter: f}); }} scope="rows" label="Filter the rows" control=${filterbar}
					placeholder=${'Filter: dir:send, $.op=="order", text, /regex/ …'} error=${failed?.status === 400 ? failed : null} busy=${!pages.done.value}/>
				<span class="muted num" title="rows">${count(shown)}</span>
				<button class="icon" aria-label="Find" title="Find (Ctrl F)" aria-pressed=${finding ? "true" : "false"} onClick=${() => find(!finding)}><${Icon} name="search"/></button>
				<button class="icon" aria-label="Fold heartbeats" title="Fold heartbeats" aria-pressed=${fold.value ? "true" : "false"} onClick=${() => (fold.value = !fold.value)}><${Icon} name="heart"/></button>
				<button class="icon" aria-label=${`Times: ${timeWords[times.value]}`} title=${`Times: ${timeWords[times.value]}`} onClick=${() => (times.value = {offset: "clock", clock: "delta", delta: "offset"}[times.value])}><${Icon} name="clock"/></button>
				${roomy.value && html`<button class="icon" aria-label="Details below or at the right" title="Details below or at the right" onClick=${() => (side.value = below ? "right" : "bottom")}><${Icon} name=${below ? "side" : "bottom"}/></button>`}
				${isOpen && html`<button aria-pressed=${paused ? "true" : "false"} title="Pause the view (Space)" onClick=${togglePause}><${Icon} name=${paused ? "play" : "pause"}/>${paused ? "Go on" : "Pause"}</button>
				<button aria-pressed=${follow ? "true" : "false"} title="Follow the end (f)" onClick=${() => (follow ? setFollow(false) : toEnd())}><${Icon} name="follow"/>Follow</button>`}
			</div>
			${paused && html`<div class="banner" role="status"><${Icon} name="pause"/><span class="grow">Paused ${clock(paused.at, 0, 0).replace(/\.$/, "")}, ${count(behind)} behind. The recording goes on.</span><button class="link" onClick=${() => pause(null)}>Go on</button></div>`}
			${finding && html`<${Find} id=${id} level=${level} control=${finder} jump=${(n) => jump({from: n}, true)} at=${chosen?.seq ?? 0} total=${total} onClose=${() => find(false)}/>`}
			${failed && failed.status !== 400 && total === 0 ? html`<${ErrorState} error=${failed} retry=${() => pages.reset()}/>`
				: !loaded ? html`<${Wait}/>`
					: shown === 0 && pages.done.value ? html`<${NoRows} x=${x} filter=${filter} isOpen=${isOpen}/>`
						: html`<${VList} class="rows" key=${level + filter + fold.value} total=${shown} rowHeight=${22} item=${(i) => pages.get(i)} row=${row} tick=${pages.version.value}
							label="Messages" columns=${7} header=${head(times.value)} active=${active} onActive=${activate} onOpen=${activate}
							onRange=${(a, b) => pages.want(a, b)} follow=${follow && !paused} onFollow=${(on) => (on ? toEnd() : setFollow(false))}
							start=${seq ? 0 : recall("top") ?? 0} onScrolled=${(top, end) => { remember("top", top); if (end && isOpen && !follow && !paused && active < 0) setFollow(true); }}
							onContext=${(e) => openMenu(e, pages, activate, showMenu)} ticks=${finder.current?.ticks} control=${list}/>`}
			${!follow && isOpen && !paused && total > arrived.current && arrived.current > 0 && html`<button class="behind" onClick=${toEnd}><${Icon} name="down"/>${count(total - arrived.current)} new</button>`}
			${!isOpen && x.end && html`<${End} x=${x}/>`}
		</section>
		${chosen && html`<${Splitter} below=${below}/><${Detail} x=${x} row=${chosen} level=${level} onClose=${close} pinned=${pinned.includes(chosen.seq)} onPin=${togglePin}/>`}
		${going && html`<${Goto} total=${total} jump=${(w) => { goTo(false); jump(w); }} onClose=${() => goTo(false)}/>`}
		${menu && html`<${RowMenu} x=${x} level=${level} row=${menu.row} at=${menu} filter=${filter} pinned=${pinned} onPin=${togglePin} onClose=${() => { showMenu(null); list.current?.focus(); }}/>`}
	</div>`;
}

const timeWords = {offset: "since the start", clock: "of day", delta: "since the row before"};

/** @param {string} level @param {string} kind */
function name(level, kind) {
	if (level === "messages") return kind === "sse" ? "Events" : kind === "ndjson" ? "Records" : "Messages";
	return level === "frames" ? "Frames" : "Chunks";
}

function openMenu(e, pages, activate, show) {
	const el = e.target.closest("[data-index]");
	if (!el) return;
	e.preventDefault();
	const i = Number(el.dataset.index);
	activate(i);
	show({row: pages.get(i), x: e.clientX, y: e.clientY});
}

/** How it ended, below the last row. @param {{x: any}} props */
function End({x}) {
	const {end} = x, ex = x.exchange;
	const bad = !["close", "fin"].includes(end.how);
	return html`<footer class=${"endline" + (bad ? " error-text" : "")}><${Icon} name=${bad ? "error" : "stop"}/>
		<span class="cut">${visible(end.words || `${end.how} by the ${end.by}`)}</span>
		<span class="grow"/>${x.successor && html`<a href=${href(["x", x.successor], {tab: "timeline"})}>reconnected as #${x.successor}</a>`}
		<span class="muted mono">${clock(ex.started, ex.duration_ns)}</span></footer>`;
}

/** @param {{x: any, filter: string, isOpen: boolean}} props */
function NoRows({x, filter, isOpen}) {
	const [lint, set] = useState(/** @type {any[]} */ ([]));
	useEffect(() => void (filter || api.get(`/exchanges/${x.exchange.id}/lint`).then((a) => set(a.items ?? []), () => {})), []);
	if (filter) return html`<${Empty} icon="filter" title="No row matches"><p>Nothing in this exchange passes <code>${filter}</code>.</p><button onClick=${() => setQuery({filter: ""})}>Clear the filter</button><//>`;
	return html`<${Empty} icon=${isOpen ? "clock" : "info"} title=${isOpen ? "Nothing said yet" : "Nothing was said"}>
		<p>${isOpen ? "Rows appear here as they come." : "The exchange ended without a single row."}</p>
		${lint.map((f) => html`<p>${f.text ?? f.message ?? f.rule}</p>`)}
		<p><a href=${href(["x", x.exchange.id], {tab: "overview"})}>See the overview</a></p><//>`;
}
