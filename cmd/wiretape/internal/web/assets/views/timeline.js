// The timeline: what was said in an exchange, row by row, in order.
import {html, useEffect, useMemo, useRef, useState} from "../vendor/preact.js";
import {api, query} from "../lib/api.js";
import {announce} from "../lib/a11y.js";
import {ErrorState, Wait} from "../lib/empty.js";
import {Icon} from "../lib/icon.js";
import {useKeys} from "../lib/keys.js";
import {lazy} from "../lib/lazy.js";
import {roomy} from "../lib/media.js";
import {go, href, recall, remember, setQuery} from "../lib/route.js";
import {can, extent, pref} from "../lib/store.js";
import {toast} from "../lib/toast.js";
import {clock, count} from "../lib/units.js";
import {VList} from "../lib/vlist.js";
import {End, NoRows} from "./norows.js";
import {head, makeRow, useRows} from "./row.js";
import {Splitter} from "./splitter.js";
import {useTail} from "./tail.js";
import {levels, TimelineBar} from "./timelinebar.js";

const Detail = lazy(() => import("./detail.js"));
const Find = lazy(() => import("./find.js"), "Find");
const Goto = lazy(() => import("./goto.js"), "Goto");
const RowMenu = lazy(() => import("./rowmenu.js"), "RowMenu");

export const ahead = () => Promise.all([Detail, Find, Goto, RowMenu].map((part) => part.ahead()));

/** @param {{x: any, route: any}} props */
export default function Timeline({x, route}) {
	const ex = x.exchange, id = ex.id;
	const level = levels.includes(route.query.level) ? route.query.level : x.default_level || "messages";
	const {filter = ""} = route.query;
	const linked = route.path[2] === "m" ? Number(route.path[3]) : 0;
	const fold = pref("fold", true), times = pref("times", "offset"), side = pref("detail.side", "right");
	const live = extent(id).value;
	const open = (live.state ?? ex.state) === "open";
	const how = {level, filter, fold: fold.value && level === "messages" ? 1 : ""};
	const pages = useRows(id, how);
	const tail = useTail(pages, {
		grown: live[level === "messages" ? "rows" : level], counted: Boolean(filter || how.fold),
		begin: open && !linked && recall("top") === undefined,
	});
	const [active, choose] = useState(recall("row") ?? -1);
	const [over, show] = useState(/** @type {{what: ""|"find"|"goto"|"menu", at?: any}} */ ({what: ""}));
	const [pinned, pin] = useState(/** @type {number[]} */ (recall("pinned") ?? []));
	const list = useRef(/** @type {any} */ (null)), filterbar = useRef(/** @type {any} */ (null)), finder = useRef(/** @type {any} */ (null));
	const named = useRef(0); // the row that the address names
	const chosen = active >= 0 ? pages.get(active) : undefined;
	const loaded = pages.loaded.value;

	/** Goes to a row: {from: seq}, {t: ns} or {at: index}. */
	async function jump(where, quietly = false) {
		try {
			const a = await api.get(`/exchanges/${id}/rows` + query({...how, ...where, n: 1}));
			const to = Math.max(0, Math.min(a.at, a.total - 1));
			if (where.from > 0 && !filter && !(a.rows[0]?.seq >= where.from || a.rows[0]?.fold)) toast(`There is no row ${count(where.from)}; this is the nearest`, {kind: "error"});
			tail.setFollow(false);
			pages.grow(a.total, false);
			choose(to);
			remember("row", to);
			requestAnimationFrame(() => list.current?.toIndex(to, "center"));
			if (!quietly) list.current?.focus();
		} catch (err) {
			announce(err.message);
		}
	}
	useEffect(() => {
		if (!linked || !loaded || named.current === linked) return;
		named.current = linked;
		jump({from: linked}, true);
	}, [linked, loaded, pages]);
	useEffect(() => { // so that the row can be linked
		if (!chosen || named.current === chosen.seq) return;
		named.current = chosen.seq;
		go(href(["x", id, "m", chosen.seq], {...route.query, tab: ""}), {replace: true});
	}, [chosen?.seq]);

	const activate = (i) => {
		tail.setFollow(false);
		choose(i);
		remember("row", i);
	};
	const step = (by) => {
		const to = Math.max(0, Math.min((active < 0 ? (list.current?.first() ?? 0) - 1 : active) + by, tail.shown - 1));
		activate(to);
		list.current?.toIndex(to);
		list.current?.focus();
	};
	const nextOf = async (dir) => {
		const a = await api.get(`/exchanges/${id}/rows` + query({level, filter: `${filter} dir:${dir} seq>=${(chosen?.seq ?? 0) + 1}`, at: 0, n: 1})).catch(() => null);
		if (a?.rows?.[0]) jump({from: a.rows[0].seq});
		else announce(`nothing ${dir === "send" ? "sent" : "received"} after this row`);
	};
	const toEnd = () => {
		tail.goOn();
		tail.setFollow(true);
		list.current?.toEnd();
	};
	const close = () => {
		choose(-1);
		remember("row", undefined);
		named.current = 0;
		go(href(["x", id], {...route.query, tab: "timeline"}), {replace: true});
		list.current?.focus();
	};
	const togglePin = () => {
		const next = pinned.includes(chosen.seq) ? pinned.filter((p) => p !== chosen.seq) : [...pinned, chosen.seq];
		pin(next);
		remember("pinned", next);
	};
	const finding = over.what === "find";
	const toggleFind = () => show({what: finding ? "" : "find"});
	useKeys("Timeline", [
		{key: "/", label: "Filter the rows", icon: "filter", run: () => filterbar.current?.focus()},
		{key: "Ctrl+f", label: "Find", icon: "search", run: () => (finding ? finder.current?.focus() : toggleFind())},
		{key: "n", label: "Next match", run: () => finder.current?.step(1), when: () => finding},
		{key: "p", label: "Match before", run: () => finder.current?.step(-1), when: () => finding},
		{key: "j", label: "Next row", run: () => step(1)},
		{key: "k", label: "Row before", run: () => step(-1)},
		{key: "s", label: "Next sent row", icon: "up", run: () => nextOf("send")},
		{key: "r", label: "Next received row", icon: "down", run: () => nextOf("receive")},
		{key: "f", label: "Follow the end", icon: "follow", run: () => (tail.follow ? tail.setFollow(false) : toEnd())},
		{key: "Space", label: "Pause the view", icon: "pause", run: tail.toggle},
		{key: "g", label: "Go to a row, a time or a percentage", icon: "right", run: () => show({what: "goto"})},
		{key: "c", label: "Copy the row's text", icon: "copy", run: () => import("./payload.js").then((m) => m.copyPayload(id, chosen.seq, level)), when: () => Boolean(chosen)},
		{key: "m", label: "Pin the row", icon: "pin", run: togglePin, when: () => Boolean(chosen)},
		{key: "e", label: "Edit and send again", icon: "edit", run: () => go(href(["compose"], {from: id, seq: chosen?.seq})), when: () => Boolean(chosen) && can("compose")},
		{key: "Escape", label: "Close the details", hidden: true, run: close, when: () => active >= 0},
		{key: "", label: "Fold heartbeats", icon: "heart", run: () => (fold.value = !fold.value)},
		{key: "", label: "Details below or at the right", icon: "side", run: () => (side.value = side.value === "right" ? "bottom" : "right")},
	]);

	const row = useMemo(() => makeRow({started: ex.started, times: times.value, base: chosen?.t_ns, pinned, kind: ex.kind}), [times.value, chosen?.t_ns, pinned]);
	const below = side.value === "bottom" || !roomy.value;
	const failed = pages.error.value, wrong = failed?.status === 400 ? failed : null;
	const rows = () => html`<${VList} class="rows" key=${level + filter + fold.value} total=${tail.shown} rowHeight=${22} item=${(i) => pages.get(i)} row=${row} tick=${pages.version.value}
		label="Timeline" columns=${7} header=${head(times.value)} active=${active} onActive=${activate} onOpen=${activate} onRange=${(a, b) => pages.want(a, b)}
		follow=${tail.follow && !tail.paused} onFollow=${(on) => (on ? toEnd() : tail.setFollow(false))} start=${linked ? 0 : recall("top") ?? 0} control=${list} ticks=${finder.current?.ticks}
		onScrolled=${(top, end) => { remember("top", top); if (end && open && !tail.follow && !tail.paused && active < 0) tail.setFollow(true); }}
		onContext=${(e) => menuAt(e, pages, activate, show)}/>`;
	return html`<div class=${"timeline" + (below ? " below" : "")}>
		<section class="timeline-pane" aria-label="Timeline">
			<${TimelineBar} kind=${ex.kind} level=${level} onLevel=${(l) => { choose(-1); go(href(["x", id], {...route.query, level: l, tab: "timeline"}), {replace: true}); }}
				filter=${filter} onFilter=${(f) => { choose(-1); setQuery({filter: f}); }} filterbar=${filterbar} error=${wrong} busy=${!pages.done.value} rows=${tail.shown}
				finding=${finding} onFind=${toggleFind} open=${open} tail=${tail} toEnd=${toEnd} below=${below}/>
			${tail.paused && html`<div class="banner" role="status"><${Icon} name="pause"/><span class="grow">Paused ${clock(tail.paused.at, 0, 0).replace(/\.$/, "")}, ${count(tail.behind)} behind. The recording goes on.</span><button class="link" onClick=${tail.goOn}>Go on</button></div>`}
			${finding && html`<${Find} id=${id} level=${level} control=${finder} jump=${(n) => jump({from: n}, true)} total=${pages.total.value} onClose=${() => { show({what: ""}); list.current?.focus(); }}/>`}
			${failed && !wrong && tail.shown === 0 ? html`<${ErrorState} error=${failed} retry=${() => pages.reset()}/>`
				: !loaded ? html`<${Wait}/>`
					: tail.shown === 0 && pages.done.value ? html`<${NoRows} x=${x} filter=${filter} open=${open}/>` : rows()}
			${open && !tail.paused && tail.fresh > 0 && html`<button class="behind" onClick=${toEnd}><${Icon} name="down"/>${count(tail.fresh)} new</button>`}
			${!open && x.end && html`<${End} x=${x}/>`}
		</section>
		${chosen && html`<${Splitter} below=${below}/><${Detail} x=${x} row=${chosen} level=${level} onClose=${close} pinned=${pinned.includes(chosen.seq)} onPin=${togglePin}/>`}
		${over.what === "goto" && html`<${Goto} total=${pages.total.value} jump=${(w) => { show({what: ""}); jump(w); }} onClose=${() => show({what: ""})}/>`}
		${over.what === "menu" && html`<${RowMenu} x=${x} level=${level} row=${over.at.row} at=${over.at} filter=${filter} pinned=${pinned} onPin=${togglePin} onClose=${() => { show({what: ""}); list.current?.focus(); }}/>`}
	</div>`;
}

/** @param {MouseEvent} e @param {import("../lib/pages.js").Pages<any>} pages @param {(i: number) => void} activate @param {(over: any) => void} show */
function menuAt(e, pages, activate, show) {
	const el = /** @type {HTMLElement|null} */ (/** @type {HTMLElement} */ (e.target).closest("[data-index]"));
	if (!el) return;
	e.preventDefault();
	const i = Number(el.dataset.index);
	activate(i);
	show({what: "menu", at: {row: pages.get(i), x: e.clientX, y: e.clientY}});
}
