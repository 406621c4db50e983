// A subset of Markdown to nodes: headings, paragraphs, lists, quotes, fenced
// code, tables, emphasis, code, links. No raw HTML, no images; links only to
// http, https and mailto.
import {html} from "../vendor/preact.js";
import {visible} from "./color.js";

const INLINE = /(`+)([^]*?[^`])\1(?!`)|\*\*([^*\n]+)\*\*|__([^_\n]+)__|\*([^*\s][^*\n]*)\*|(?<!\w)_([^_\s][^_\n]*)_(?!\w)|~~([^~\n]+)~~|\[([^\]\n]+)\]\(([^)\s]+)\)|<(https?:\/\/[^>\s]+)>/g;

/** @param {string} text @returns {any[]} */
function inline(text) {
	const out = [];
	let at = 0;
	for (const m of text.matchAll(INLINE)) {
		if (m.index > at) out.push(visible(text.slice(at, m.index)));
		at = m.index + m[0].length;
		if (m[1]) out.push(html`<code>${visible(m[2].trim())}</code>`);
		else if (m[3] ?? m[4]) out.push(html`<strong>${inline(m[3] ?? m[4])}</strong>`);
		else if (m[5] ?? m[6]) out.push(html`<em>${inline(m[5] ?? m[6])}</em>`);
		else if (m[7]) out.push(html`<del>${inline(m[7])}</del>`);
		else out.push(link(m[8] ?? m[10], m[9] ?? m[10]));
	}
	if (at < text.length) out.push(visible(text.slice(at)));
	return out;
}

/** @param {string} text @param {string} to */
function link(text, to) {
	if (!/^(https?:\/\/|mailto:)/i.test(to)) return html`<span>${visible(text)}</span>`;
	return html`<a href=${to} target="_blank" rel="noopener noreferrer" title=${to}>${visible(text)}</a>`;
}

const BLOCKS = [
	{name: "fence", re: /^(```+|~~~+)\s*([\w-]*)/},
	{name: "heading", re: /^(#{1,6})\s+(.*?)\s*#*$/},
	{name: "rule", re: /^\s*([-*_])(\s*\1){2,}\s*$/},
	{name: "quote", re: /^>\s?/},
	{name: "item", re: /^(\s*)([-*+]|\d+[.)])\s+/},
	{name: "table", re: /^\|.*\|\s*$/},
];

/** @param {string} line */
const kind = (line) => BLOCKS.find((b) => b.re.test(line))?.name ?? (line.trim() ? "text" : "blank");

/**
 * @param {{text: string, base?: number}} props base: level of the first heading
 */
export function Markdown({text, base = 3}) {
	return html`<div class="md">${blocks(text.split("\n"), base, 0)}</div>`;
}

/** @param {string[]} lines @param {number} base @param {number} depth @returns {any[]} */
function blocks(lines, base, depth) {
	const out = [];
	for (let i = 0; i < lines.length;) {
		const what = depth > 8 ? (lines[i].trim() ? "text" : "blank") : kind(lines[i]);
		let end = i + 1;
		if (what === "fence") {
			const close = BLOCKS[0].re.exec(lines[i])?.[1] ?? "```";
			while (end < lines.length && !lines[end].startsWith(close)) end++;
			out.push(html`<pre><code>${visible(lines.slice(i + 1, end).join("\n"))}</code></pre>`);
			end++;
		} else if (what === "heading") {
			const m = /** @type {RegExpExecArray} */ (BLOCKS[1].re.exec(lines[i]));
			const level = Math.min(6, base + m[1].length - 1);
			out.push(html`<${"h" + level}>${inline(m[2])}<//>`);
		} else if (what === "rule") {
			out.push(html`<hr/>`);
		} else if (what === "quote") {
			while (end < lines.length && kind(lines[end]) === "quote") end++;
			out.push(html`<blockquote>${blocks(lines.slice(i, end).map((l) => l.replace(/^>\s?/, "")), base, depth + 1)}</blockquote>`);
		} else if (what === "item") {
			while (end < lines.length && (kind(lines[end]) === "item" || /^\s{2,}\S/.test(lines[end]))) end++;
			out.push(list(lines.slice(i, end), base, depth));
		} else if (what === "table") {
			while (end < lines.length && kind(lines[end]) === "table") end++;
			out.push(table(lines.slice(i, end)));
		} else if (what === "text") {
			while (end < lines.length && kind(lines[end]) === "text") end++;
			out.push(html`<p>${inline(lines.slice(i, end).join("\n"))}</p>`);
		}
		i = end;
	}
	return out;
}

/** @param {string[]} lines @param {number} base @param {number} depth */
function list(lines, base, depth) {
	const re = BLOCKS[4].re;
	const indent = re.exec(lines[0])?.[1].length ?? 0;
	/** @type {string[][]} */
	const items = [];
	for (const line of lines) {
		const m = re.exec(line);
		if (m && m[1].length <= indent) items.push([line.replace(re, "")]);
		else items[items.length - 1].push(line.slice(Math.min(indent + 2, line.search(/\S/))));
	}
	const tag = /\d/.test(re.exec(lines[0])?.[2] ?? "") ? "ol" : "ul";
	return html`<${tag}>${items.map((item) => html`<li>${item.length === 1 ? inline(item[0]) : [inline(item[0]), blocks(item.slice(1), base, depth + 1)]}</li>`)}<//>`;
}

/** @param {string[]} lines */
function table(lines) {
	const rows = lines.map((l) => l.trim().replace(/^\||\|$/g, "").split("|").map((c) => c.trim()));
	const ruled = rows.length > 1 && rows[1].every((c) => /^:?-+:?$/.test(c));
	const body = rows.slice(ruled ? 2 : 0);
	return html`<table>${ruled && html`<thead><tr>${rows[0].map((c) => html`<th>${inline(c)}</th>`)}</tr></thead>`}
		<tbody>${body.map((r) => html`<tr>${r.map((c) => html`<td>${inline(c)}</td>`)}</tr>`)}</tbody></table>`;
}
