// Bytes and the texts that stand for them: base64, hex, hex dumps.

/** @param {Uint8Array} bytes */
export function toHex(bytes) {
	return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join(" ");
}

/**
 * Reads hex digits; spaces, line ends, colons and 0x between bytes do not matter.
 * @param {string} text
 * @returns {{bytes: Uint8Array, bad: number}} bad: position of the first wrong character, or -1
 */
export function fromHex(text) {
	const out = [];
	let half = -1;
	for (let i = 0; i < text.length; i++) {
		const c = text[i];
		if (/[\s:,]/.test(c) && half < 0) continue;
		if (half === 0 && /x/i.test(c)) {
			half = -1;
			continue;
		}
		const digit = parseInt(c, 16);
		if (Number.isNaN(digit)) return {bytes: new Uint8Array(out), bad: i};
		if (half < 0) half = digit;
		else {
			out.push(half * 16 + digit);
			half = -1;
		}
	}
	return {bytes: new Uint8Array(out), bad: half < 0 ? -1 : text.length};
}

/** @param {Uint8Array} bytes */
export function toBase64(bytes) {
	let text = "";
	for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
	return btoa(text);
}

/**
 * Reads base64, the URL alphabet too, with or without padding.
 * @param {string} text
 * @returns {{bytes: Uint8Array, bad: number}}
 */
export function fromBase64(text) {
	const bad = text.search(/[^A-Za-z0-9+/_=\s-]/);
	if (bad >= 0) return {bytes: new Uint8Array(), bad};
	try {
		const clean = text.replace(/[\s=]/g, "").replaceAll("-", "+").replaceAll("_", "/");
		return {bytes: Uint8Array.from(atob(clean), (c) => c.charCodeAt(0)), bad: -1};
	} catch {
		return {bytes: new Uint8Array(), bad: text.length};
	}
}

/**
 * One line of a hex dump: offset, sixteen bytes, characters.
 * @param {Uint8Array} bytes @param {number} at
 */
export function dumpLine(bytes, at) {
	const part = bytes.subarray(at, at + 16);
	const hex = Array.from(part, (b) => b.toString(16).padStart(2, "0"));
	const chars = Array.from(part, (b) => (b > 0x1f && b < 0x7f ? String.fromCharCode(b) : "."));
	return `${at.toString(16).padStart(8, "0")}  ${hex.slice(0, 8).join(" ").padEnd(23)}  ${hex.slice(8).join(" ").padEnd(23)}  ${chars.join("")}`;
}
