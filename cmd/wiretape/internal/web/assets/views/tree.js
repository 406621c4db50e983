// JSON as a tree that folds. A click copies the value; numbers are shown as
// they were sent.
import {html, useMemo, useState} from "../vendor/preact.js";
import {copyText} from "../lib/clipboard.js";
import {visible} from "../lib/color.js";
import {Icon} from "../lib/icon.js";
import {childPath, meaning} from "../lib/jsontree.js";
import {route, setQuery} from "../lib/route.js";
import {VList} from "../lib/vlist.js";

const LONG = 2000; // characters of a string shown in a row

/**
 * Lists the rows that are not folded away.
 * @param {import("../lib/jsontree.js").Node} root @param {Map<string, boolean>} open @param {number} depth folded below
 */
function flatten(root, open, depth) {
	const rows = [];
	const add = (node, key, path, level, inside) => {
		const more = node.items ? {} : meaning(node);
		const branch = Boolean(node.items?.length || more.inner);
		const isOpen = branch && (open.get(path) ?? (node.items ? level < depth : false));
		rows.push({node, key, path, level, branch, open: isOpen, inside, ...more});
		if (!isOpen) return;
		const from = node.items ? node : more.inner;
		const base = node.items ? path : `${path} (${more.as})`;
		if (from.items) for (const item of from.items) add(item.node, from.kind === "array" ? item.key : item.key, childPath(base, from, item.key), level + 1, inside || !node.items);
		else add(from, "", base + " ", level + 1, true);
	};
	add(root, "", "$", 0, false);
	return rows;
}

/** @param {{root: import("../lib/jsontree.js").Node, fit?: number}} props */
export function Tree({root, fit}) {
	const [open, set] = useState(() => new Map());
	const [depth, setDepth] = useState(4);
	const [active, choose] = useState(-1);
	const rows = useMemo(() => flatten(root, open, depth), [root, open, depth]);
	const toggle = (r) => set(new Map(open).set(r.path, !r.open));
	const copy = (r) => copyText(r.node.kind === "string" ? JSON.parse(r.node.raw) : r.node.raw, "Value copied");
	const filterBy = (r) => setQuery({filter: [route.peek().query.filter, `${r.path}==${r.node.raw}`].filter(Boolean).join(" ")});
	const row = (r) => r && html`<div role="gridcell" class="jrow" style=${{paddingLeft: 6 + 16 * Math.min(r.level, 24) + "px"}}>
		${r.branch ? html`<button class="twist" tabindex="-1" aria-label=${r.open ? "Fold" : "Unfold"} aria-expanded=${r.open ? "true" : "false"} onClick=${(e) => { e.stopPropagation(); toggle(r); }}><${Icon} name=${r.open ? "chevron" : "right"}/></button>` : html`<span class="twist"/>`}
		${r.key !== "" && html`<span class="t-key">${visible(r.key)}</span><span class="t-punct colon">:</span>`}
		<${Value} r=${r} copy=${copy}/>
		${r.note && html`<span class="jnote">${r.note}</span>`}
		<span class="jtools">${!r.inside && html`<button class="quiet" tabindex="-1" title=${r.path} onClick=${() => copyText(r.path, "Path copied")}>path</button>
			${!r.node.items && r.node.raw.length < 200 && html`<button class="quiet" tabindex="-1" title="Show only rows with this value" onClick=${() => filterBy(r)}>filter</button>`}`}</span>
	</div>`;
	const onKey = (e) => {
		const r = rows[active];
		if (!r) return;
		if (e.key === "ArrowRight" && r.branch && !r.open) toggle(r);
		else if (e.key === "ArrowLeft" && r.open) toggle(r);
		else if (e.key === "ArrowLeft") choose(Math.max(0, rows.findLastIndex((o, i) => i < active && o.level < r.level)));
		else return;
		e.preventDefault();
	};
	return html`<div class="view" onKeyDown=${onKey}>
		<${VList} class="jtree" fit=${fit} total=${rows.length} rowHeight=${20} item=${(i) => rows[i]} row=${row} tick=${rows} label="JSON tree" columns=${1} active=${active}
			onActive=${choose} onOpen=${(i) => (rows[i].branch ? toggle(rows[i]) : copy(rows[i]))}/>
		<div class="jbar muted">Fold to depth ${[1, 2, 3, 4].map((d) => html`<button class="quiet" aria-pressed=${d === depth ? "true" : "false"} onClick=${() => { set(new Map()); setDepth(d); }}>${d}</button>`)}<button class="quiet" onClick=${() => { set(new Map()); setDepth(1000); }}>all</button></div>
	</div>`;
}

/** @param {{r: any, copy: (r: any) => void}} props */
function Value({r, copy}) {
	const {node} = r;
	if (node.items) {
		const [a, b] = node.kind === "object" ? "{}" : "[]";
		const n = node.items.length;
		return html`<span class="t-punct">${a}${r.open || n === 0 ? "" : "…"}${r.open && n > 0 ? "" : b}</span>${!r.open && n > 0 && html` <span class="muted">${n} ${node.kind === "object" ? (n === 1 ? "key" : "keys") : n === 1 ? "item" : "items"}</span>`}`;
	}
	return html`<button class=${"jvalue t-" + node.kind} tabindex="-1" title="Copy the value" onClick=${(e) => { e.stopPropagation(); copy(r); }}>${visible(node.raw.slice(0, LONG))}${node.raw.length > LONG ? "…" : ""}</button>${r.as && html` <span class="badge">${r.as}</span>`}`;
}
