// The columns of the list: which, how wide, and the head that changes it.
import {html} from "../vendor/preact.js";
import {Dialog} from "../lib/dialog.js";

/** @typedef {{id: string, title: string, width: number, num?: boolean, cell: (ex: any) => any}} Column width 0 takes what is left */

/** @param {Column[]} shown @param {Record<string, number>} widths @returns {string} */
export function template(shown, widths) {
	return shown.map((c) => (c.width === 0 ? "minmax(120px, 1fr)" : `minmax(40px, ${widths[c.id] ?? c.width}px)`)).join(" ");
}

/** @param {{columns: Column[], grid: string, widths: {value: Record<string, number>}}} props */
export function Head({columns, grid, widths}) {
	return html`<div class="xrow head" role="presentation" style=${{gridTemplateColumns: grid}}>${columns.map((c) => html`
		<span class=${"cell cut" + (c.num ? " num" : "")} role="columnheader" key=${c.id}>${c.title}
			${c.width > 0 && html`<i class="grip" aria-hidden="true" onPointerDown=${(e) => drag(e, c, widths)}/>`}</span>`)}</div>`;
}

/** @param {PointerEvent} e @param {Column} column @param {{value: Record<string, number>}} widths */
function drag(e, column, widths) {
	const grip = /** @type {HTMLElement} */ (e.target);
	const from = e.clientX, was = widths.value[column.id] ?? column.width;
	e.preventDefault();
	grip.setPointerCapture(e.pointerId);
	grip.onpointermove = (m) => (widths.value = {...widths.value, [column.id]: Math.max(40, Math.round(was + m.clientX - from))});
	grip.onpointerup = grip.onpointercancel = () => (grip.onpointermove = null);
}

/** @param {{columns: Column[], hidden: {value: string[]}, widths: {value: any}, onClose: () => void}} props */
export function Columns({columns, hidden, widths, onClose}) {
	const toggle = (id) => (hidden.value = hidden.value.includes(id) ? hidden.value.filter((h) => h !== id) : [...hidden.value, id]);
	return html`<${Dialog} title="Columns" onClose=${onClose} actions=${html`<button onClick=${() => { hidden.value = []; widths.value = {}; }}>As at first</button>`}>
		${columns.map((c) => html`<div><label class="check"><input type="checkbox" checked=${!hidden.value.includes(c.id)} disabled=${c.width === 0} onChange=${() => toggle(c.id)}/> ${c.title}</label>
			${c.width > 0 && html` <input class="width" type="number" min="40" max="800" aria-label=${`Width of ${c.title} in pixels`} value=${widths.value[c.id] ?? c.width} onChange=${(e) => (widths.value = {...widths.value, [c.id]: Number(e.target.value) || c.width})}/>`}</div>`)}
	<//>`;
}
