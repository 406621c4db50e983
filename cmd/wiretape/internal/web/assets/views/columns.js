// The columns of the list: how wide, and the head that changes it.
import {html} from "../vendor/preact.js";

/** @typedef {{id: string, title: string, width: number, num?: boolean, cell: (ex: any) => any}} Column width 0 takes what is left */

/** @param {Column[]} shown @param {Record<string, number>} widths @returns {string} */
export function template(shown, widths) {
	return shown.map((c) => (c.width === 0 ? "minmax(120px, 1fr)" : `minmax(40px, ${widths[c.id] ?? c.width}px)`)).join(" ");
}

/** @param {{columns: Column[], grid: string, widths: {value: Record<string, number>}, sort: string, onSort?: (id: string) => void}} props without onSort the order is fixed */
export function Head({columns, grid, widths, sort, onSort}) {
	return html`<div class="xrow head" role="presentation" style=${{gridTemplateColumns: grid}}>${columns.map((c) => html`
		<span class=${"cell cut" + (c.num ? " num" : "")} role="columnheader" key=${c.id} aria-sort=${sort === c.id ? "ascending" : sort === "-" + c.id ? "descending" : undefined}>
			${onSort ? html`<button class="sorter" tabindex="-1" title=${"Sort by " + c.title} onClick=${() => onSort(c.id)}>${c.title}${sort.replace("-", "") === c.id ? (sort[0] === "-" ? " ▾" : " ▴") : ""}</button>` : c.title}
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
