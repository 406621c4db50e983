// Short notes at the edge of the page: what was done, or what went wrong.
import {html, signal} from "../vendor/preact.js";
import {Icon} from "./icon.js";

/** @typedef {{id: number, kind: "info"|"error", text: string, hint: string, action?: {label: string, run: () => void}}} Toast */

const shown = signal(/** @type {Toast[]} */ ([]));
let serial = 0;

/**
 * @param {string} text
 * @param {{kind?: "info"|"error", hint?: string, action?: {label: string, run: () => void}}} [how]
 */
export function toast(text, how = {}) {
	const id = ++serial;
	const kind = how.kind ?? "info";
	shown.value = [...shown.value.slice(-3), {id, kind, text, hint: how.hint ?? "", action: how.action}];
	setTimeout(() => dismiss(id), kind === "error" || how.action ? 12_000 : 3_000);
}

/** Shows what went wrong, with what to do about it. @param {any} err */
export function toastError(err) {
	if (err?.name === "AbortError") return;
	toast(err?.message ?? String(err), {kind: "error", hint: err?.hint ?? ""});
}

/** @param {number} id */
function dismiss(id) {
	shown.value = shown.value.filter((t) => t.id !== id);
}

/** Where toasts appear; app.js has the one. */
export function Toasts() {
	return html`<div class="toasts" role="status">
		${shown.value.map((t) => html`<div class=${"toast " + t.kind} key=${t.id}>
			<${Icon} name=${t.kind === "error" ? "error" : "check"}/>
			<div><div>${t.text}</div>${t.hint && html`<div class="muted">${t.hint}</div>`}</div>
			${t.action && html`<button class="link" onClick=${() => { t.action?.run(); dismiss(t.id); }}>${t.action.label}</button>`}
			<button class="icon" aria-label="Dismiss" onClick=${() => dismiss(t.id)}><${Icon} name="x"/></button>
		</div>`)}
	</div>`;
}
