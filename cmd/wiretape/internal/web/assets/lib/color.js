// Colours for JSON, XML, HTML and JavaScript: a text is cut into tokens, each
// drawn as a text node in a span. Wrong input is coloured as far as it goes.
import {html} from "../vendor/preact.js";

/** @typedef {[kind: string, text: string]} Token kind "" is plain */

const JSON_TOKENS = /("(?:[^"\\\n]|\\.)*"?)(\s*:)?|(-?\d[\d.eE+-]*)|\b(true|false|null)\b|([{}[\],:])/gy;
const JS_TOKENS = /(\/\/[^\n]*|\/\*[^]*?(?:\*\/|$))|("(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?|`(?:[^`\\]|\\.)*`?)|\b(\d[\w.]*)|\b(const|let|var|function|return|if|else|for|while|do|of|in|new|typeof|instanceof|switch|case|break|continue|default|throw|try|catch|finally|class|extends|yield|async|await|this|true|false|null|undefined)\b|([{}()[\];,.])/gy;
const MARKUP_TOKENS = /(<!--[^]*?(?:-->|$))|(<[!?][^>]*>?)|(<\/?)([\w:.-]+)|(\/?>)|([\w:.-]+)(=)("[^"]*"?|'[^']*'?|[^\s>]+)|(&[\w#]+;)/gy;

/**
 * @param {RegExp} grammar sticky
 * @param {string} text
 * @param {(m: RegExpExecArray) => Token[]} name
 * @returns {Token[]}
 */
function cut(grammar, text, name) {
	const out = /** @type {Token[]} */ ([]);
	const re = new RegExp(grammar.source, "gy");
	let plain = 0, at = 0;
	while (at < text.length) {
		re.lastIndex = at;
		const m = re.exec(text);
		if (!m || m[0] === "") {
			at++;
			continue;
		}
		if (plain < at) out.push(["", text.slice(plain, at)]);
		out.push(...name(m));
		plain = at = re.lastIndex;
	}
	if (plain < text.length) out.push(["", text.slice(plain)]);
	return out;
}

/** @type {Record<string, (text: string) => Token[]>} */
const grammars = {
	json: (text) => cut(JSON_TOKENS, text, (m) =>
		m[2] !== undefined ? [["key", m[1]], ["punct", m[2]]]
			: m[1] ? [["string", m[1]]]
				: m[3] ? [["number", m[3]]]
					: m[4] ? [["word", m[4]]] : [["punct", m[5]]]),
	js: (text) => cut(JS_TOKENS, text, (m) =>
		[[m[1] ? "comment" : m[2] ? "string" : m[3] ? "number" : m[4] ? "word" : "punct", m[0]]]),
	xml: (text) => cut(MARKUP_TOKENS, text, (m) =>
		m[1] ? [["comment", m[0]]]
			: m[2] ? [["word", m[0]]]
				: m[3] ? [["punct", m[3]], ["tag", m[4]]]
					: m[6] ? [["key", m[6]], ["punct", m[7]], ["string", m[8]]]
						: [[m[9] ? "number" : "punct", m[0]]]),
};
grammars.html = grammars.xml;
grammars.javascript = grammars.js;

/** @param {string} as @param {string} text @returns {Token[]} */
export function tokens(as, text) {
	return grammars[as]?.(text) ?? [["", text]];
}

/** @param {string} as @param {string} text coloured, as nodes */
export function colored(as, text) {
	const make = grammars[as];
	if (!make) return text;
	return make(text).map(([kind, part]) => (kind ? html`<span class=${"t-" + kind}>${part}</span>` : part));
}

const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/;

/** What joins signs into one picture hides nothing (UTS 51 2.2). */
const JOINED = /(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d(?=\p{Extended_Pictographic})/u;

const SHOWN = new RegExp(`((?!${JOINED.source})${HIDDEN.source})`, "u");

/**
 * Makes visible what a text could hide or turn around: control and bidi characters.
 * @param {string} text
 */
export function visible(text) {
	if (!HIDDEN.test(text)) return text;
	return text.split(SHOWN).map((part, i) =>
		i % 2 === 1
			? html`<span class="ctrl" title="a character that is not shown">${control(part)}</span>` : part);
}

/** @param {string} c */
function control(c) {
	const code = c.charCodeAt(0);
	return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? "␡" : "U+" + code.toString(16).toUpperCase().padStart(4, "0");
}
