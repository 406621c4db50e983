// What can be done with one row, at the pointer.
import {html, useEffect, useRef} from "../vendor/preact.js";
import {api} from "../lib/api.js";
import {useAway} from "../lib/away.js";
import {copyText} from "../lib/clipboard.js";
import {toBase64, toHex} from "../lib/hex.js";
import {go, href, setQuery} from "../lib/route.js";
import {can} from "../lib/store.js";
import {toast, toastError} from "../lib/toast.js";
import {rawBytes} from "./payload.js";
import {typeOf} from "./row.js";

/**
 * @param {{x: any, level: string, row: any, at: {x: number, y: number}, filter: string, pinned: number[], onPin: () => void, onClose: () => void}} props
 */
export function RowMenu({x, level, row, at, filter, pinned, onPin, onClose}) {
	const box = useRef(/** @type {HTMLElement|null} */ (null));
	const id = x.exchange.id;
	useEffect(() => {
		const el = /** @type {HTMLElement} */ (box.current);
		el.style.left = Math.max(4, Math.min(at.x, innerWidth - el.offsetWidth - 8)) + "px";
		el.style.top = Math.max(4, Math.min(at.y, innerHeight - el.offsetHeight - 8)) + "px";
		/** @type {HTMLElement} */ (el.querySelector("button")).focus();
	}, []);
	useAway(box, onClose);
	if (!row) return null;
	const copyBytes = (make) => rawBytes(id, row.seq, level).then((b) => copyText(make(b)), toastError);
	const also = (term) => setQuery({filter: filter ? `${filter} ${term}` : term});
	const again = async () => {
		const open = (await api.get("/connections")).items.find((c) => c.state === "open" && c.exchange === id);
		if (!open) return go(href(["compose"], {from: id, seq: row.seq}));
		const full = await api.get(`/exchanges/${id}/rows/${row.seq}?level=messages`);
		await api.post(`/connections/${open.connection}/messages`, full.text !== undefined ? {opcode: "text", text: full.text} : {opcode: "binary", base64: full.base64});
		toast("Sent again");
	};
	const items = [
		{label: "Copy the text", run: () => copyBytes((b) => new TextDecoder().decode(b))},
		{label: "Copy as base64", run: () => copyBytes(toBase64)},
		{label: "Copy as hex", run: () => copyBytes(toHex)},
		{label: "Copy the link", run: () => copyText(location.href)},
		null,
		{label: `Only ${row.dir === "send" ? "sent" : "received"} rows`, run: () => also("dir:" + row.dir)},
		{label: `Only “${typeOf(row)}”`, run: () => also(row.event !== undefined ? `type:${JSON.stringify(row.event ?? "")}` : `opcode:${typeOf(row)}`), when: row.event || row.opcode},
		{label: pinned.includes(row.seq) ? "Unpin" : "Pin", key: "m", run: onPin},
		null,
		{label: "Send again", run: again, when: can("compose") && x.exchange.kind === "websocket"},
		{label: "Edit and send", key: "e", run: () => go(href(["compose"], {from: id, seq: row.seq})), when: can("compose")},
		{label: "Inject edited", run: () => go(href(["compose"], {inject: id, seq: row.seq})), when: can("inject") && x.exchange.state === "open"},
		{label: "Use in a rule", run: () => go(href(["rules"], {x: id, seq: row.seq})), when: x.exchange.kind !== "websocket"},
	].filter((i) => i === null || i.when === undefined || i.when);
	const onKey = (e) => {
		if (e.key === "Escape" || e.key === "Tab") onClose();
		else if (e.key === "ArrowDown" || e.key === "ArrowUp") {
			const all = [...(box.current?.querySelectorAll("button") ?? [])];
			const to = all.indexOf(/** @type {any} */ (document.activeElement)) + (e.key === "ArrowDown" ? 1 : -1);
			all[(to + all.length) % all.length].focus();
		} else return;
		e.preventDefault();
		e.stopPropagation();
	};
	return html`<div class="menu" role="menu" aria-label=${"Row " + row.seq} ref=${box} onKeyDown=${onKey}>
		${items.map((i) => (i ? html`<button role="menuitem" tabindex="-1" onClick=${() => { onClose(); Promise.resolve(i.run()).catch(toastError); }}>${i.label}${i.key && html`<kbd>${i.key}</kbd>`}</button>` : html`<hr/>`))}
	</div>`;
}
