// The bytes of a row or a body, as recorded.
import {api, query, request} from "../lib/api.js";
import {download} from "../lib/download.js";
import {copyText} from "../lib/clipboard.js";
import {toastError} from "../lib/toast.js";

/**
 * @param {number} exchange @param {number|"request"|"response"} seq @param {string} [level]
 * @returns {Promise<Uint8Array>}
 */
export async function rawBytes(exchange, seq, level) {
	const response = await request(`/exchanges/${exchange}/rows/${seq}/raw` + query({level}));
	return new Uint8Array(await response.arrayBuffer());
}

/** Copies the text of a payload. @param {number} exchange @param {number|"request"|"response"} seq @param {string} [level] */
export function copyPayload(exchange, seq, level) {
	return rawBytes(exchange, seq, level).then((bytes) => copyText(new TextDecoder().decode(bytes)), toastError);
}

/** @param {number} exchange @param {number|"request"|"response"} seq */
export async function save(exchange, seq) {
	download(await api.ticket({for: "download", exchange, ...side(seq)}));
}

/** @param {number|"request"|"response"} seq bodies are named by their side */
export function side(seq) {
	return typeof seq === "number" ? {seq} : {side: seq};
}
