// Go to a row by its number, a time or a share of the whole.
import {html, useState} from "../vendor/preact.js";
import {Dialog} from "../lib/dialog.js";
import {count} from "../lib/units.js";

/**
 * Reads where to go: "4711", "12.5s", "1:30", "73%".
 * @param {string} text @param {number} total rows
 * @returns {Record<string, number>|null} parameters of the rows request
 */
export function place(text, total) {
	const t = text.trim().replaceAll(",", "");
	let m;
	if ((m = /^(\d+(?:\.\d+)?)\s*%$/.exec(t))) return {at: Math.min(total - 1, Math.floor(total * Number(m[1]) / 100))};
	if ((m = /^#?(\d+)$/.exec(t))) return {from: Number(m[1])};
	if ((m = /^\+?(\d+(?:\.\d+)?)\s*(ms|s|m|min|h)$/.exec(t))) return {t: Math.round(Number(m[1]) * {ms: 1e6, s: 1e9, m: 60e9, min: 60e9, h: 3600e9}[m[2]])};
	if ((m = /^(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)$/.exec(t))) return {t: Math.round((Number(m[1] ?? 0) * 3600 + Number(m[2]) * 60 + Number(m[3])) * 1e9)};
	return null;
}

/** @param {{total: number, jump: (where: Record<string, number>) => void, onClose: () => void}} props */
export function Goto({total, jump, onClose}) {
	const [text, set] = useState("");
	const [wrong, say] = useState(false);
	const submit = (e) => {
		e.preventDefault();
		const where = place(text, total);
		if (where) jump(where);
		else say(true);
	};
	return html`<${Dialog} title="Go to" onClose=${onClose}><form onSubmit=${submit}>
		<div class="row"><input class="grow" autofocus aria-label="Row, time or percentage" aria-invalid=${wrong ? "true" : undefined} placeholder="4711, 12.5s, 1:30 or 73%" value=${text} onInput=${(e) => set(e.target.value)}/><button class="primary">Go</button></div>
		<p class="muted"><br/>A row number (1 to ${count(total)}), a time since the start, or a percentage.</p>
		${wrong && html`<p class="error-text" role="alert">Write 4711, 12.5s, 1:30 or 73%.</p>`}
	</form><//>`;
}
