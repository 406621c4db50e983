// The dialog that says which columns are shown, and how wide.
import {html} from "../vendor/preact.js";
import {Dialog} from "../lib/dialog.js";

/** @param {{columns: import("./columns.js").Column[], hidden: {value: string[]}, widths: {value: any}, onClose: () => void}} props */
export function Chooser({columns, hidden, widths, onClose}) {
	const toggle = (id) => (hidden.value = hidden.value.includes(id) ? hidden.value.filter((h) => h !== id) : [...hidden.value, id]);
	return html`<${Dialog} title="Columns" onClose=${onClose} actions=${html`<button onClick=${() => { hidden.value = []; widths.value = {}; }}>As at first</button>`}>
		${columns.map((c) => html`<div class="row"><label class="check grow"><input type="checkbox" checked=${!hidden.value.includes(c.id)} disabled=${c.width === 0} onChange=${() => toggle(c.id)}/> ${c.title}</label>
			${c.width > 0 && html` <input class="width" type="number" min="40" max="800" aria-label=${`Width of ${c.title} in pixels`} value=${widths.value[c.id] ?? c.width} onChange=${(e) => (widths.value = {...widths.value, [c.id]: Number(e.target.value) || c.width})}/>`}</div>`)}
	<//>`;
}
