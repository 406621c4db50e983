// Reads JSON into a tree of its own text: numbers, duplicate keys and order
// stay exactly as they were sent.

/**
 * @typedef {{kind: "object"|"array"|"string"|"number"|"word", raw: string, items?: Item[]}} Node raw: as in the text
 * @typedef {{key: string, raw: string, node: Node}} Item key: decoded name or index
 */

const DEEP = 400;
const SCALAR = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const SPACE = /[ \t\n\r]*/y;

/** @param {string} text @returns {Node|null} null if it is not one JSON text */
export function parse(text) {
	let at = 0;
	const space = () => {
		SPACE.lastIndex = at;
		SPACE.exec(text);
		at = SPACE.lastIndex;
	};
	const scalar = () => {
		SCALAR.lastIndex = at;
		const m = SCALAR.exec(text);
		if (!m) throw new SyntaxError("not JSON");
		at = SCALAR.lastIndex;
		return m[0];
	};
	/** @param {number} depth @returns {Node} */
	const value = (depth) => {
		space();
		const c = text[at];
		if (c !== "{" && c !== "[") {
			const raw = scalar();
			return {kind: raw[0] === '"' ? "string" : /[tfn]/.test(raw[0]) ? "word" : "number", raw};
		}
		if (depth > DEEP) throw new SyntaxError("too deep");
		const start = at++;
		const close = c === "{" ? "}" : "]";
		/** @type {Item[]} */
		const items = [];
		for (space(); text[at] !== close; space()) {
			if (items.length > 0) {
				if (text[at++] !== ",") throw new SyntaxError("not JSON");
				space();
			}
			let raw = "";
			if (c === "{") {
				raw = scalar();
				space();
				if (raw[0] !== '"' || text[at++] !== ":") throw new SyntaxError("not JSON");
			}
			items.push({key: raw ? JSON.parse(raw) : String(items.length), raw, node: value(depth + 1)});
		}
		at++;
		return {kind: c === "{" ? "object" : "array", raw: text.slice(start, at), items};
	};
	try {
		const root = value(0);
		space();
		return at === text.length ? root : null;
	} catch {
		return null;
	}
}

/**
 * Path of a child in JSONPath (RFC 9535).
 * @param {string} path @param {Node} parent @param {string} key
 */
export function childPath(path, parent, key) {
	if (parent.kind === "array") return `${path}[${key}]`;
	return /^[A-Za-z_]\w*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}

/**
 * What a value says beyond its text: a time, a token, JSON or text inside.
 * @param {Node} node
 * @returns {{note?: string, inner?: Node, as?: string}}
 */
export function meaning(node) {
	if (node.kind === "number") return epoch(node.raw);
	if (node.kind !== "string" || node.raw.length > 100_000) return {};
	const text = JSON.parse(node.raw);
	if (/^\s*[{[]/.test(text)) {
		const inner = parse(text);
		if (inner?.items) return {inner, as: "JSON"};
	}
	if (/^\d{10,19}$/.test(text)) return epoch(text);
	const jwt = /^(eyJ[\w-]+)\.(eyJ[\w-]+)\.[\w-]*$/.exec(text);
	const decoded = jwt ? base64(jwt[2]) : text.length >= 16 && /^[\w+/-]+={0,2}$/.test(text) && text.length % 4 === 0 ? base64(text) : null;
	if (decoded === null) return {};
	const inner = parse(decoded);
	if (inner?.items) return {inner, as: jwt ? "JWT claims" : "base64"};
	return /^[\x20-\x7e\s]{8,}$/.test(decoded) ? {inner: {kind: "string", raw: JSON.stringify(decoded)}, as: "base64"} : {};
}

/** @param {string} raw whole seconds, milli-, micro- or nanoseconds since 1970 */
function epoch(raw) {
	const unit = {10: 1e3, 13: 1, 16: 1e-3, 19: 1e-6}[raw.length];
	if (!unit || !/^1[4-9]\d+$|^2\d+$/.test(raw)) return {};
	const t = new Date(Number(raw) * unit);
	return Number.isNaN(t.getTime()) ? {} : {note: t.toISOString().replace("T", " ").replace(/\.000Z$|Z$/, " UTC")};
}

/** @param {string} text */
function base64(text) {
	try {
		const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, "")), (c) => c.charCodeAt(0));
		return new TextDecoder("utf-8", {fatal: true}).decode(bytes);
	} catch {
		return null;
	}
}
