// A message that is being written: text in colours, or bytes as base64, hex or
// a file.
import {html, useEffect, useRef} from "../vendor/preact.js";
import {api} from "../lib/api.js";
import {visible} from "../lib/color.js";
import {Editor} from "../lib/editor.js";
import {fromBase64, fromHex, toBase64, toHex} from "../lib/hex.js";
import {Icon} from "../lib/icon.js";
import {toastError} from "../lib/toast.js";
import {bytes as size, count} from "../lib/units.js";
import {Seg, useAsked} from "./form.js";

/** @typedef {{opcode: "text"|"binary", as: string, text: string, file?: {name: string, base64: string, size: number}}} Message */

/** @type {Message} */
export const blankMessage = {opcode: "text", as: "json", text: ""};

const MAX_FILE = 11 * 1024 * 1024; // as base64 it has to fit a request of 16 MiB
const MARKUP = ["json", "xml", "html"];
const isBytes = (as) => ["base64", "hex", "file"].includes(as);

/** @param {Message} m the body that sends it, without what it is for */
export function bodyOf(m) {
	if (m.as === "file") return {opcode: m.opcode, base64: m.file?.base64 ?? ""};
	if (m.as === "base64" || m.as === "hex") return {opcode: m.opcode, [m.as]: m.text};
	return {opcode: m.opcode, text: m.text};
}

/** @param {any} row a full row, or a message of the collection @returns {Message} */
export function messageOf(row) {
	const text = row.text ?? row.data;
	if (text === undefined && row.hex === undefined) return {opcode: row.opcode === 1 || row.opcode === "text" ? "text" : "binary", as: "base64", text: row.base64 ?? ""};
	if (row.hex !== undefined) return {opcode: "binary", as: "hex", text: row.hex};
	const as = row.as ?? (/^\s*[{[]/.test(text) ? "json" : /^\s*<(!doctype html|html)/i.test(text) ? "html" : /^\s*</.test(text) ? "xml" : "text");
	return {opcode: row.opcode === 2 || row.opcode === "binary" ? "binary" : "text", as, text};
}

/** What is wrong with bytes written as text. @param {Message} m */
function badBytes(m) {
	if (m.as !== "base64" && m.as !== "hex") return null;
	if (m.text.includes("{{")) return null;
	const {bad} = m.as === "hex" ? fromHex(m.text) : fromBase64(m.text);
	if (bad < 0) return null;
	const before = m.text.slice(0, bad).split("\n");
	const c = m.text[bad];
	return {message: c ? `“${c}” is no ${m.as === "hex" ? "hex digit" : "character of base64"}` : "the end is missing", line: before.length, column: before[before.length - 1].length + 1};
}

/**
 * Says what keeps a message from being sent, and what it becomes.
 * @param {Message} m @param {Record<string, string>} vars
 */
export function useChecked(m, vars) {
	const formed = MARKUP.includes(m.as) && m.text.trim() !== "" && !m.text.includes("{{") && m.text.length < 1_000_000;
	const syntax = useAsked(formed ? [m.as, m.text] : null, (signal) => api.post("/format", {as: m.as, text: m.text}, {signal}), 400);
	const used = m.as !== "file" && m.text.includes("{{");
	const resolved = useAsked(used ? [m.text, vars] : null, (signal) => api.post("/connections/preview", {text: m.text, vars}, {signal}), 300);
	const bad = badBytes(m);
	const unknown = resolved.value?.unknown ?? [];
	return {
		error: bad ?? (formed ? syntax.value?.error ?? null : null),
		resolved: used ? resolved.value : null, unknown,
		blocked: Boolean(bad) || (used && (unknown.length > 0 || Boolean(resolved.value?.error))) || (m.as === "file" && !m.file),
	};
}

/**
 * @param {{m: Message, onInput: (m: Message) => void, check: ReturnType<typeof useChecked>, onSend: () => void, label?: string}} props
 */
export function MessageEditor({m, onInput, check, onSend, label = "Message"}) {
	const latest = useRef(m);
	useEffect(() => void (latest.current = m));
	const format = async (minify) => {
		try {
			const a = await api.post("/format", {as: m.as, text: m.text, minify});
			if (a.text !== undefined && latest.current.text === m.text) onInput({...m, text: a.text});
		} catch (err) {
			toastError(err);
		}
	};
	const become = (as) => onInput({...m, as, text: convert(m, as), opcode: isBytes(as) && !isBytes(m.as) ? "binary" : !isBytes(as) && isBytes(m.as) ? "text" : m.opcode});
	const take = async (file) => {
		if (!file) return;
		if (file.size > MAX_FILE) return toastError(new Error(`${file.name} has ${size(file.size)}; at most ${size(MAX_FILE)} can be sent from here. wiretape send --file takes more.`));
		onInput({...m, as: "file", opcode: "binary", file: {name: file.name, size: file.size, base64: toBase64(new Uint8Array(await file.arrayBuffer()))}});
	};
	const keys = (e) => {
		if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) {
			e.preventDefault();
			onSend();
		}
	};
	const n = m.as === "hex" ? fromHex(m.text).bytes.length : m.as === "base64" ? fromBase64(m.text).bytes.length : m.as === "file" ? m.file?.size ?? 0 : new TextEncoder().encode(m.text).length;
	return html`<div class="message">
		<div class="row">
			<select aria-label="Format of the message" value=${m.as} onChange=${(e) => become(e.target.value)}>
				<optgroup label="Text">${[["json", "JSON"], ["text", "Text"], ["xml", "XML"], ["html", "HTML"]].map(([v, w]) => html`<option value=${v} selected=${v === m.as}>${w}</option>`)}</optgroup>
				<optgroup label="Bytes">${[["base64", "Base64"], ["hex", "Hex"], ["file", "A file"]].map(([v, w]) => html`<option value=${v} selected=${v === m.as}>${w}</option>`)}</optgroup></select>
			<${Seg} label="Frame" value=${m.opcode} onInput=${(opcode) => onInput({...m, opcode})} options=${[["text", "Text frame"], ["binary", "Binary frame"]]}/>
			${MARKUP.includes(m.as) && html`<button type="button" onClick=${() => format(false)}>Format</button><button type="button" onClick=${() => format(true)}>Minify</button>`}
			<span class="grow"/><span class="muted num">${count(n)} ${n === 1 ? "byte" : "bytes"}</span>
		</div>
		${m.as === "file" ? html`<label class="filebox"><${Icon} name="export"/><span>${m.file ? visible(m.file.name) : "Choose a file, or drop one here"}</span><input type="file" class="sr" onChange=${(e) => take(e.target.files[0])}/></label>`
			: html`<${Editor} label=${label} as=${MARKUP.includes(m.as) ? m.as : ""} value=${m.text} onInput=${(text) => onInput({...m, text})} error=${check.error} rows=${6} onKeyDown=${keys} placeholder=${m.as === "hex" ? "48 65 6c 6c 6f" : m.as === "base64" ? "SGVsbG8=" : ""}/>`}
		${check.unknown.length > 0 && html`<p class="error-text" role="alert"><${Icon} name="error"/> ${check.unknown.map((u) => `{{${u}}}`).join(", ")} stands for nothing. Give it a value under Variables.</p>`}
		${check.resolved?.error && html`<p class="error-text" role="alert">${check.resolved.error}</p>`}
		${check.resolved && check.unknown.length === 0 && !check.resolved.error && html`<details class="resolved"><summary>What is sent</summary><pre class="payload">${visible(check.resolved.text)}</pre></details>`}
	</div>`;
}

/** The same bytes in another notation, where that can be said. @param {Message} m @param {string} as */
function convert(m, as) {
	if (!isBytes(m.as) && !isBytes(as)) return m.text;
	const bytes = m.as === "hex" ? fromHex(m.text).bytes : m.as === "base64" ? fromBase64(m.text).bytes
		: m.as === "file" ? fromBase64(m.file?.base64 ?? "").bytes : new TextEncoder().encode(m.text);
	if (as === "hex") return toHex(bytes);
	if (as === "base64") return toBase64(bytes);
	if (as === "file") return m.text;
	return new TextDecoder().decode(bytes);
}
