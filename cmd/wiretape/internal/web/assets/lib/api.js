// The one way to the server: JSON over fetch with the bearer token.
import {authorization, refused} from "./token.js";

const BASE = "/api/v1";

/** What the server said instead of an answer (RFC 9457). */
export class Problem extends Error {
	/**
	 * @param {number} status 0 when the server was not reached
	 * @param {{title?: string, detail?: string, hint?: string, at?: number, request_id?: string}} facts
	 */
	constructor(status, facts) {
		super(facts.detail || facts.title || "the request failed");
		this.name = "Problem";
		this.status = status;
		this.title = facts.title ?? "";
		this.detail = facts.detail ?? "";
		this.hint = facts.hint ?? "";
		/** Position of the mistake in what was sent, in characters. */
		this.at = facts.at;
		this.requestID = facts.request_id ?? "";
	}
}

/** Nothing came back, or not even the module that would have asked. */
export const unanswered = () => new Problem(0, {title: "wiretape does not answer", hint: "It may have ended. Start it again; the page goes on by itself."});

/** @param {Response} response */
async function problem(response) {
	if (response.status === 401) refused.value = true;
	let facts = {};
	try {
		facts = await response.json();
	} catch {
		facts = {title: response.statusText || "HTTP " + response.status};
	}
	return new Problem(response.status, facts);
}

/**
 * Sends a request and returns the response, once its head says that it went well.
 * @param {string} path below /api/v1, or /preview, /download
 * @param {RequestInit} [init]
 */
export async function request(path, init = {}) {
	const headers = new Headers(init.headers);
	headers.set("Authorization", authorization());
	let response;
	try {
		response = await fetch(BASE + path, {...init, headers, credentials: "omit", redirect: "error", cache: "no-cache"});
	} catch (err) {
		if (init.signal?.aborted) throw err;
		throw unanswered();
	}
	if (!response.ok) throw await problem(response);
	return response;
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {RequestInit} [init]
 * @returns {Promise<any>}
 */
async function json(method, path, body, init = {}) {
	const headers = new Headers(init.headers);
	if (body !== undefined) headers.set("Content-Type", "application/json");
	const response = await request(path, {
		...init, method, headers,
		body: body === undefined ? undefined : JSON.stringify(body),
	});
	const text = await response.text();
	return text ? JSON.parse(text) : null;
}

export const api = {
	/** @param {string} path @param {RequestInit} [init] */
	get: (path, init) => json("GET", path, undefined, init),
	/** @param {string} path @param {unknown} [body] @param {RequestInit} [init] */
	post: (path, body = {}, init) => json("POST", path, body, {...init, headers: {"Idempotency-Key": crypto.randomUUID(), ...(init?.headers ?? {})}}),
	/** @param {string} path @param {unknown} body @param {RequestInit} [init] */
	patch: (path, body, init) => json("PATCH", path, body, init),
	/** @param {string} path @param {unknown} body @param {RequestInit} [init] */
	put: (path, body, init) => json("PUT", path, body, init),
	/** @param {string} path @param {RequestInit} [init] */
	del: (path, init) => json("DELETE", path, undefined, init),
	/**
	 * Sends a file as it is.
	 * @param {string} path @param {Blob} file @param {RequestInit} [init]
	 * @returns {Promise<any>}
	 */
	async upload(path, file, init = {}) {
		const response = await request(path, {...init, method: "POST", body: file, headers: {"Content-Type": "application/octet-stream"}});
		return response.json();
	},
	/**
	 * A path that works once within a minute, for what cannot send a header: frames and downloads.
	 * @param {{for: "preview"|"download", exchange?: number, seq?: number|string, side?: string}} what
	 * @returns {Promise<string>}
	 */
	async ticket(what) {
		return (await json("POST", "/tickets", what)).path;
	},
};

/**
 * Writes a query string; what is undefined, null or "" is left out.
 * @param {Record<string, unknown>} params
 */
export function query(params) {
	const out = new URLSearchParams();
	for (const [name, value] of Object.entries(params)) {
		if (value !== undefined && value !== null && value !== "") out.set(name, String(value));
	}
	const text = out.toString();
	return text ? "?" + text : "";
}
