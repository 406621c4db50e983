// The conversation below the composer: the rows of an exchange as they come.
import {html, useEffect, useMemo, useRef, useState} from "../vendor/preact.js";
import {api} from "../lib/api.js";
import {ErrorState, Wait} from "../lib/empty.js";
import {watch} from "../lib/feed.js";
import {Icon} from "../lib/icon.js";
import {href} from "../lib/route.js";
import {extent} from "../lib/store.js";
import {VList} from "../lib/vlist.js";
import {visible} from "../lib/color.js";
import {Body} from "./body.js";
import {head, makeRow, useRows} from "./row.js";

/**
 * @param {{id: number, onRow: (row: any) => void, onResend?: (row: any) => void, refresh: unknown}} props onRow: a row is to be edited; onResend: sent again
 *   as it was; refresh: the head is read anew when it changes
 */
export function Talk({id, onRow, onResend, refresh}) {
	const [x, set] = useState(/** @type {any} */ (null));
	const [error, fail] = useState(/** @type {any} */ (null));
	const [active, choose] = useState(-1);
	const [follow, setFollow] = useState(true);
	const list = useRef(/** @type {any} */ (null));
	const live = extent(id).value;
	useEffect(() => watch({ids: [id]}), [id]);
	useEffect(() => {
		const mine = new AbortController();
		api.get(`/exchanges/${id}`, {signal: mine.signal}).then((a) => { set(a); fail(null); }, (err) => !mine.signal.aborted && fail(err));
		return () => mine.abort();
	}, [id, live.state, refresh]);
	const level = x?.default_level ?? "messages";
	const pages = useRows(id, {level});
	const grown = live[level === "messages" ? "rows" : level];
	useEffect(() => void (grown !== undefined && pages.grow(grown)), [grown, pages]);
	const row = useMemo(() => makeRow({started: x?.exchange.started ?? "", times: "offset", pinned: [], kind: x?.exchange.kind ?? ""}), [x]);
	if (error) return html`<${ErrorState} error=${error} what="The conversation cannot be shown"/>`;
	if (!x) return html`<${Wait}/>`;
	const {exchange: ex, end} = x, response = ex.response, total = pages.total.value;
	return html`<section class="talk" aria-label="Conversation">
		<header class="talk-head"><span class=${"dot" + (ex.state === "open" ? " open" : "")}/>
			<b>${ex.status ? `${ex.status}` : ex.state}</b><span class="mono muted cut grow">${visible(ex.url)}</span>
			${x.handshake?.subprotocol && html`<span class="badge">${visible(x.handshake.subprotocol)}</span>`}
			${end && html`<span class=${"badge " + (["close", "fin"].includes(end.how) ? "" : "error")} title=${end.words}>${visible(end.words || `${end.how} by the ${end.by}`)}</span>`}
			<a href=${href(["x", id])}><${Icon} name="list"/>#${id}</a></header>
		${ex.kind === "http" && response?.body ? html`<div class="scroll"><${Body} exchange=${id} side="response" part=${response} key=${ex.state}/></div>`
			: total === 0 ? html`<div class="wait">${ex.state === "open" ? "Nothing said yet." : "Nothing was said."}</div>`
			: html`<${VList} class="rows" total=${total} rowHeight=${22} item=${(i) => pages.get(i)} row=${row} tick=${pages.version.value} label="Messages" columns=${7} header=${head("offset")}
				active=${active} onActive=${(i) => { setFollow(false); choose(i); }} onOpen=${(i) => { choose(i); const r = pages.get(i); if (r) onRow(r); }}
				onRange=${(a, b) => pages.want(a, b)} follow=${follow} onFollow=${setFollow} control=${list}/>`}
		${active >= 0 && pages.get(active) && html`<footer class="talk-foot"><span class="grow muted">Row ${pages.get(active).seq}</span>
			${onResend && html`<button onClick=${() => onResend(pages.get(active))}><${Icon} name="replay"/>Send again</button>`}
			<button onClick=${() => onRow(pages.get(active))}><${Icon} name="edit"/>Edit and send</button>
			<a class="button" href=${href(["x", id, "m", pages.get(active).seq])}><${Icon} name="eye"/>Details</a></footer>`}
	</section>`;
}
