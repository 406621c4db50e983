// The bar between two panes, moved by pointer or arrow keys.
import {html} from "../vendor/preact.js";
import {pref} from "../lib/store.js";

const MIN = 20, MAX = 80;

/** Share of the second pane in percent, right and below. */
export const share = {right: pref("split.right", 42), below: pref("split.below", 46)};

/** @param {{below: boolean}} props */
export function Splitter({below}) {
	const size = below ? share.below : share.right;
	const set = (percent) => (size.value = Math.round(Math.max(MIN, Math.min(MAX, percent))));
	const drag = (e) => {
		const bar = /** @type {HTMLElement} */ (e.currentTarget);
		const box = /** @type {HTMLElement} */ (bar.parentElement).getBoundingClientRect();
		bar.setPointerCapture(e.pointerId);
		bar.onpointermove = (m) => set(below ? (box.bottom - m.clientY) / box.height * 100 : (box.right - m.clientX) / box.width * 100);
		bar.onpointerup = bar.onpointercancel = () => (bar.onpointermove = null);
	};
	const onKey = (e) => {
		const by = {ArrowLeft: 2, ArrowUp: 2, ArrowRight: -2, ArrowDown: -2}[e.key];
		if (!by) return;
		e.preventDefault();
		e.stopPropagation();
		set(size.value + by);
	};
	return html`<div class="splitter" role="separator" tabindex="0" aria-label="Size of the details" aria-orientation=${below ? "horizontal" : "vertical"}
		aria-valuenow=${size.value} aria-valuemin=${MIN} aria-valuemax=${MAX} onPointerDown=${drag} onKeyDown=${onKey}/>`;
}
