// The sessions of the tape: pick one, name it, write a note.
import {html, useEffect, useState} from "../vendor/preact.js";
import {api} from "../lib/api.js";
import {visible} from "../lib/color.js";
import {Dialog} from "../lib/dialog.js";
import {ErrorState, Wait} from "../lib/empty.js";
import {Icon} from "../lib/icon.js";
import {can} from "../lib/store.js";
import {toastError} from "../lib/toast.js";
import {bytes, date, plural} from "../lib/units.js";

/** @param {{onClose: () => void, onPick: (id: number|string) => void, onImport: () => void}} props */
export function Sessions({onClose, onPick, onImport}) {
	const [items, set] = useState(/** @type {any[]|null} */ (null));
	const [error, fail] = useState(/** @type {any} */ (null));
	const [editing, edit] = useState(0);
	const load = () => api.get("/sessions").then((a) => set(a.items), fail);
	useEffect(() => void load(), []);
	const actions = can("import") && html`<button onClick=${onImport}><${Icon} name="plus"/>Import a HAR or a tape</button>`;
	return html`<${Dialog} title="Sessions" wide onClose=${onClose} actions=${actions}>
		${error ? html`<${ErrorState} error=${error} retry=${load}/>` : !items ? html`<${Wait}/>` : html`
		<p><button class="link" onClick=${() => onPick("")}>All sessions</button></p>
		<ul class="plain sessions">${items.map((s) => html`<li key=${s.id}>
			${editing === s.id ? html`<${Edit} session=${s} done=${() => { edit(0); load(); }}/>` : html`
				<button class="session" onClick=${() => onPick(s.id)}><b>${s.id}</b><span class="grow cut">${visible(s.label || "no label")}${s.note && html` <span class="muted">${visible(s.note)}</span>`}</span>
					<span class="muted">${plural(s.exchanges ?? 0, "exchange")}</span><span class="muted num">${bytes(s.payload)}</span><span class="muted">${date(s.started)}</span></button>
				${can("annotate") && html`<button class="icon" aria-label=${`Rename session ${s.id}`} onClick=${() => edit(s.id)}><${Icon} name="edit"/></button>`}`}</li>`)}</ul>`}
	<//>`;
}

/** @param {{session: any, done: () => void}} props */
function Edit({session, done}) {
	const [label, setLabel] = useState(session.label ?? "");
	const [note, setNote] = useState(session.note ?? "");
	const save = (e) => {
		e.preventDefault();
		api.patch("/sessions/" + session.id, {label, note}).then(done, toastError);
	};
	return html`<form class="row" onSubmit=${save}><input class="grow" aria-label="Label" placeholder="Label" value=${label} onInput=${(e) => setLabel(e.target.value)}/>
		<input class="grow" aria-label="Note" placeholder="Note" value=${note} onInput=${(e) => setNote(e.target.value)}/><button class="primary">Save</button><button type="button" onClick=${done}>Cancel</button></form>`;
}
