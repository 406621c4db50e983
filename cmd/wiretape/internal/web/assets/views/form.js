// Parts of forms that the views which change things share.
import {html, useEffect, useId, useState} from "../vendor/preact.js";
import {Icon} from "../lib/icon.js";

/**
 * A field with its name above and a word of help below.
 * @param {{label: string, hint?: any, children: (id: string) => any, class?: string}} props children: draws the control with this id
 */
export function Field({label, hint, children, class: cls = ""}) {
	const id = useId();
	return html`<div class=${"field " + cls}><label for=${id}>${label}</label>${children(id)}${hint && html`<small class="muted" id=${id + "-hint"}>${hint}</small>`}</div>`;
}

/**
 * A text field with a name.
 * @param {{label: string, hint?: any, value: string, onInput: (v: string) => void, placeholder?: string, class?: string, disabled?: boolean,
 *   list?: string[], type?: string, invalid?: boolean}} props list: what is offered
 */
export function TextField({label, hint, value, onInput, list, class: cls, invalid, ...rest}) {
	const offers = useId();
	return html`<${Field} label=${label} hint=${hint} class=${cls}>${(id) => html`
		<input id=${id} value=${value} onInput=${(e) => onInput(e.target.value)} autocomplete="off" spellcheck=${false} list=${list && offers}
			aria-describedby=${hint && id + "-hint"} aria-invalid=${invalid ? "true" : undefined} ...${rest}/>
		${list && html`<datalist id=${offers}>${list.map((v) => html`<option value=${v}/>`)}</datalist>`}`}<//>`;
}

/**
 * @param {{label: string, hint?: any, value: string, onInput: (v: string) => void, options: [string, string][], disabled?: boolean, class?: string}} props options: [value, name]
 */
export function SelectField({label, hint, value, onInput, options, class: cls, ...rest}) {
	return html`<${Field} label=${label} hint=${hint} class=${cls}>${(id) => html`
		<select id=${id} value=${value} onChange=${(e) => onInput(e.target.value)} aria-describedby=${hint && id + "-hint"} ...${rest}>
			${options.map(([v, name]) => html`<option value=${v} selected=${v === value}>${name}</option>`)}</select>`}<//>`;
}

/** @param {{label: string, checked: boolean, onInput: (on: boolean) => void, disabled?: boolean}} props */
export function Check({label, checked, onInput, disabled}) {
	return html`<label class="check"><input type="checkbox" checked=${checked} disabled=${disabled} onChange=${(e) => onInput(e.target.checked)}/>${label}</label>`;
}

/**
 * Buttons of which one is pressed.
 * @param {{label: string, value: string, options: [string, string][], onInput: (v: string) => void, disabled?: boolean}} props
 */
export function Seg({label, value, options, onInput, disabled}) {
	return html`<div class="seg" role="group" aria-label=${label}>${options.map(([v, name]) => html`
		<button type="button" aria-pressed=${v === value ? "true" : "false"} disabled=${disabled} onClick=${() => onInput(v)}>${name}</button>`)}</div>`;
}

/** What went wrong, where it was asked for. @param {{error: any}} props */
export function Wrong({error}) {
	if (!error) return null;
	return html`<div class="wrongline" role="alert"><${Icon} name="error" class="error-text"/><div><span class="error-text wrap">${error.message ?? String(error)}</span>
		${error.hint && html`<div class="muted">${error.hint}</div>`}</div></div>`;
}

/**
 * Asks the server whenever the question has been the same for a moment.
 * @template T
 * @param {unknown} key what the question depends on; null asks nothing
 * @param {(signal: AbortSignal) => Promise<T>} ask
 * @param {number} [wait] ms
 * @returns {{value: T|null, error: any, busy: boolean}}
 */
export function useAsked(key, ask, wait = 300) {
	const [got, set] = useState(/** @type {any} */ ({value: null, error: null, busy: true}));
	const text = key === null ? null : JSON.stringify(key);
	useEffect(() => {
		if (text === null) return set({value: null, error: null, busy: false});
		const stop = new AbortController();
		set((was) => ({...was, busy: true}));
		const timer = setTimeout(() => ask(stop.signal).then(
			(value) => !stop.signal.aborted && set({value, error: null, busy: false}),
			(error) => !stop.signal.aborted && set((was) => ({...was, error, busy: false})),
		), wait);
		return () => {
			clearTimeout(timer);
			stop.abort();
		};
	}, [text]);
	return got;
}

/**
 * Reads numbers of exchanges: "12, 15-17".
 * @param {string} text
 * @returns {{ids: number[], bad: string}} bad: the part that cannot be read
 */
export function readIDs(text) {
	const ids = new Set();
	for (const part of text.split(/[\s,]+/).filter(Boolean)) {
		const m = /^#?(\d{1,9})(?:[-–](\d{1,9}))?$/.exec(part);
		const to = Number(m?.[2] ?? m?.[1]);
		if (!m || to - Number(m[1]) > 1000) return {ids: [], bad: part};
		for (let id = Number(m[1]); id <= to; id++) ids.add(id);
	}
	return {ids: [...ids].sort((a, b) => a - b), bad: ""};
}

/** JSON, indented, with every number as it was written; other text as it is. @param {string} text */
export function indented(text) {
	if (!/^\s*[[{]/.test(text) || text.length > 200_000) return text;
	try {
		JSON.parse(text);
	} catch {
		return text;
	}
	let out = "", depth = 0, string = false;
	const line = () => "\n" + "  ".repeat(depth);
	for (let i = 0; i < text.length; i++) {
		const c = text[i];
		if (string) {
			out += c;
			if (c === "\\") out += text[++i];
			else if (c === '"') string = false;
		} else if (c === '"') {
			string = true;
			out += c;
		} else if (/\s/.test(c)) {
			continue;
		} else if (c === "{" || c === "[") {
			const empty = /^\s*[\]}]/.exec(text.slice(i + 1, i + 40));
			if (empty) {
				out += c + empty[0].trim();
				i += empty[0].length;
			} else {
				depth++;
				out += c + line();
			}
		} else if (c === "}" || c === "]") {
			depth--;
			out += line() + c;
		} else {
			out += c === "," ? c + line() : c === ":" ? ": " : c;
		}
	}
	return out;
}
