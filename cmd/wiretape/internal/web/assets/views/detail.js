// The details of one row: formatted, as a tree, as bytes, as frames.
import {html, useEffect, useMemo, useState} from "../vendor/preact.js";
import {api, query} from "../lib/api.js";
import {ErrorState, Wait} from "../lib/empty.js";
import {Icon} from "../lib/icon.js";
import {parse} from "../lib/jsontree.js";
import {roomy} from "../lib/media.js";
import {go, href} from "../lib/route.js";
import {can, pref} from "../lib/store.js";
import {toastError} from "../lib/toast.js";
import {bytes, clock, duration, offset} from "../lib/units.js";
import {Frames} from "./frames.js";
import {Lines} from "./lines.js";
import {copyPayload, save} from "./payload.js";
import {Preview} from "./preview.js";
import {labelOf, typeOf} from "./row.js";
import {share} from "./splitter.js";
import {Tree} from "./tree.js";

/** Formats, in the order in which they are offered. */
const formats = {
	tree: "Tree", json: "JSON", xml: "XML", html: "HTML", preview: "Preview", jwt: "JWT", form: "Form", sse: "SSE", msgpack: "MessagePack", cbor: "CBOR", protobuf: "Protobuf",
	text: "Text", hex: "Hex", base64: "Base64", raw: "Raw", frames: "Frames",
};
const always = ["text", "hex", "base64", "raw"];

/** What begins as JSON may be meant as such: its view says where it goes wrong. @param {any} full */
const likeJSON = (full) => /^\s*[{[]\s*(["{[\]}\d-]|true|false|null)/.test((full.text ?? full.data ?? "").slice(0, 200));

/** @param {any} full @param {any} tree @param {string} level */
function offered(full, tree, level) {
	const as = full.default_as;
	if (as === "text" && likeJSON(full)) return ["text", "json", ...always.slice(1), ...(level === "messages" && full.frames?.length ? ["frames"] : [])];
	const out = tree ? ["tree", "json"] : as === "json" ? ["json"] : [];
	if (as && !always.includes(as) && !out.includes(as)) out.push(as);
	if (as === "html") out.push("preview");
	return [...out, ...always, ...(level === "messages" && full.frames?.length ? ["frames"] : [])];
}

/** @param {{x: any, row: any, level: string, onClose: () => void, pinned: boolean, onPin: () => void}} props */
export default function Detail({x, row, level, onClose, pinned, onPin}) {
	const id = x.exchange.id;
	const below = pref("detail.side", "right").value === "bottom" || !roomy.value;
	const [full, set] = useState(/** @type {any} */ (null));
	const [error, fail] = useState(/** @type {any} */ (null));
	const [again, retry] = useState(0);
	const choice = pref("as." + id, ""); // kept per exchange
	useEffect(() => {
		const mine = new AbortController();
		api.get(`/exchanges/${id}/rows/${row.seq}` + query({level}), {signal: mine.signal}).then((a) => { set(a); fail(null); }, (err) => !mine.signal.aborted && fail(err));
		return () => mine.abort();
	}, [id, row.seq, level, again]);
	const tree = useMemo(() => (full && !full.cut && full.default_as === "json" ? parse(full.text ?? full.data ?? "") : null), [full]);
	const size = (below ? share.below : share.right).value + "%";
	const box = (children) => html`<aside class="detail" aria-label=${"Details of row " + row.seq} style=${{flexBasis: size}}>${children}</aside>`;
	if (error) return box(html`<${ErrorState} error=${error} what=${`Row ${row.seq} cannot be shown`} retry=${() => retry(again + 1)}/>`);
	if (!full) return box(html`<${Wait}/>`);
	const list = offered(full, tree, level);
	const as = list.includes(choice.value) ? choice.value : list[0] === "text" && full.base64 !== undefined ? "hex" : full.default_as && !tree && list.includes(full.default_as) ? full.default_as : list[0];
	const seq = full.seq;
	return box(html`
		<header class="detail-head">
			<span class=${"dir " + full.dir}><${Icon} name=${full.dir === "send" ? "up" : "down"}/>${full.dir === "send" ? "sent" : "received"}</span>
			<b>#${seq}</b><span>${typeOf({...row, ...full}, x.exchange.kind)}</span>${row.label && html`<span class="label cut">${labelOf(row)}</span>`}
			<span class="grow"/>
			<button class="icon" aria-label=${pinned ? "Unpin" : "Pin"} aria-pressed=${pinned ? "true" : "false"} title="Pin (m)" onClick=${onPin}><${Icon} name="pin"/></button>
			<button class="icon" aria-label="Copy the text" title="Copy the text" onClick=${() => copyPayload(id, seq, level)}><${Icon} name="copy"/></button>
			<button class="icon" aria-label="Save the bytes" title="Save the bytes" onClick=${() => save(id, seq).catch(toastError)}><${Icon} name="download"/></button>
			${can("compose") && html`<button class="icon" aria-label="Edit and send" title="Edit and send (e)" onClick=${() => go(href(["compose"], {from: id, seq}))}><${Icon} name="edit"/></button>`}
			<button class="icon" aria-label="Close the details" title="Close (Esc)" onClick=${onClose}><${Icon} name="x"/></button>
		</header>
		<div class="detail-facts muted mono">
			<span title="since the start">${offset(full.t_ns)} s</span><span title="time of day">${clock(x.exchange.started, full.t_ns, 6)}</span>
			${full.took_ns > 0 && html`<span>took ${duration(full.took_ns)}</span>`}
			<span class="amount">${full.wire !== undefined && full.wire !== full.len ? `${bytes(full.wire)} on the wire, ` : ""}${bytes(full.len)}${full.compressed && full.wire > 0 ? ` (${(full.len / full.wire).toFixed(1)}×)` : ""}</span>
			${full.fragments > 1 && html`<span>${full.fragments} fragments</span>`}
			${full.id && html`<span>id ${full.id}</span>`}${full.retry !== undefined && html`<span>retry ${full.retry} ms</span>`}
			${full.code !== undefined && html`<span>code ${full.code}${full.reason ? ` “${full.reason}”` : ""}</span>`}
		</div>
		${full.violation && html`<div class="banner error"><${Icon} name="error"/>${full.violation}</div>`}
		${full.cut && html`<div class="banner"><${Icon} name="info"/>Only the first 256 KiB are in the tree; the other views have all of it.</div>`}
		<div class="formats seg" role="group" aria-label="Format">${list.map((f) => html`<button aria-pressed=${f === as ? "true" : "false"} onClick=${() => (choice.value = f)}>${formats[f]}</button>`)}</div>
		${as === "tree" && tree ? html`<${Tree} root=${tree} key=${seq}/>`
			: as === "frames" ? html`<${Frames} full=${full}/>`
				: as === "preview" ? html`<${Preview} exchange=${id} seq=${seq} key=${seq}/>`
					: html`<${Lines} exchange=${id} seq=${seq} level=${level} as=${as} key=${seq + as}/>`}
	`);
}
