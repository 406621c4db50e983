// The bytes of a row or a body, as recorded.
import {api, download, query, request} from "../lib/api.js";

/**
 * @param {number} exchange @param {number|"request"|"response"} seq @param {string} [level]
 * @returns {Promise<Uint8Array>}
 */
export async function rawBytes(exchange, seq, level) {
	const response = await request(`/exchanges/${exchange}/rows/${seq}/raw` + query({level}));
	return new Uint8Array(await response.arrayBuffer());
}

/** @param {number} exchange @param {number|"request"|"response"} seq */
export async function save(exchange, seq) {
	download(await api.ticket({for: "download", exchange, ...side(seq)}));
}

/** @param {number|"request"|"response"} seq bodies are named by their side */
export function side(seq) {
	return typeof seq === "number" ? {seq} : {side: seq};
}

/** @param {any} object a payload as `show --json` has it @returns {number|undefined} its length in bytes */
export const lengthOf = (object) => object?.len ?? (object?.text !== undefined ? new TextEncoder().encode(object.text).length : undefined);
