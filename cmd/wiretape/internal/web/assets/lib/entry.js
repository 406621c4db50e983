// Words for an exchange: its kind, its URL in parts, how it ended.
import {html} from "../vendor/preact.js";
import {Icon} from "./icon.js";

const kinds = {
	websocket: {icon: "ws", word: "WS", full: "WebSocket"},
	sse: {icon: "sse", word: "SSE", full: "event stream"},
	ndjson: {icon: "ndjson", word: "NDJSON", full: "JSON stream"},
	http: {icon: "http", word: "HTTP", full: "HTTP"},
	tunnel: {icon: "tunnel", word: "tunnel", full: "tunnel, not looked into"},
};

/** @param {string} kind */
export const kindOf = (kind) => kinds[kind] ?? {icon: "http", word: kind, full: kind};

/** @param {{kind: string}} props */
export function Kind({kind}) {
	const k = kindOf(kind);
	return html`<span class=${"kind k-" + kind} title=${k.full}><${Icon} name=${k.icon}/>${k.word}</span>`;
}

/**
 * Takes a URL apart without judging it: what was recorded may be none.
 * @param {string} url
 */
export function urlParts(url) {
	const m = /^(?:([a-z][\w+.-]*):\/\/)?([^/?#]*)([^?#]*)(\?[^#]*)?/i.exec(url) ?? [];
	return {scheme: m[1] ?? "", host: m[2] ?? "", path: m[3] || (m[1] ? "/" : ""), search: m[4] ?? ""};
}

/** @param {any} ex @returns {{text: string, kind: ""|"error"|"warn"|"open", title: string}} how an exchange stands */
export function standing(ex) {
	if (ex.state === "open" && !ex.cut) return {text: "open", kind: "open", title: "still being recorded"};
	const end = ex.end;
	if (ex.fault) return {text: "error", kind: "error", title: ex.fault};
	if (!end) return {text: ex.cut ? "cut off" : "", kind: ex.cut ? "warn" : "", title: ex.cut ? "the recorder ended first" : ""};
	const by = end.by ? ` by ${end.by}` : "";
	const title = `${end.how}${end.code ? " " + end.code : ""}${by}${end.reason ? `: ${end.reason}` : ""}`;
	if (end.how === "close" && ex.kind === "websocket") {
		return {text: end.code ? `close ${end.code}` : "close", kind: !end.code || end.code === 1000 || end.code === 1001 || end.code === 1005 ? "" : "warn", title};
	}
	if (end.how === "close" || end.how === "fin") return {text: end.how === "fin" ? "fin" : "done", kind: "", title};
	return {text: end.how, kind: "error", title};
}

/** @param {{ex: any}} props */
export function Standing({ex}) {
	const s = standing(ex);
	return html`<span class=${"standing " + s.kind} title=${s.title}>${s.kind === "open" ? html`<span class="dot open"/>` : s.kind === "error" ? html`<${Icon} name="error"/>` : ""}${s.text}</span>`;
}

/** @param {{ex: any}} props */
export function Status({ex}) {
	const s = ex.status;
	if (!s) return html`<span class="muted">${ex.state === "open" ? "…" : "–"}</span>`;
	return html`<span class=${"mono " + (s >= 500 ? "error-text" : s >= 400 ? "warn-text" : "")}>${s >= 400 ? html`<${Icon} name="error"/>` : ""}${s}</span>`;
}
