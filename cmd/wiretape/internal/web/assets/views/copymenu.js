// Copy an exchange as a command, as Go, or its URL. Secrets become
// $VARS, and everything else is quoted for the shell.
import {html, useEffect, useRef, useState} from "../vendor/preact.js";
import {useAway} from "../lib/away.js";
import {copyText} from "../lib/clipboard.js";
import {Icon} from "../lib/icon.js";

const SECRET_HEADERS = /^(authorization|proxy-authorization|cookie|x-api-key|api-key|x-auth-token|x-goog-api-key|.*(token|secret|signature|api-?key).*)$/i;
const SECRET_PARAMS = /^(token|access_token|id_token|key|api_?key|apikey|secret|sign(ature)?|sig|password|auth|jwt|code)$/i;
/** What the client writes itself. */
const OWN = /^(host|connection|upgrade|content-length|transfer-encoding|accept-encoding|sec-websocket-(key|version|extensions|protocol)|:.*)$/i;

/** @param {string} text for POSIX shells */
export const quote = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : "'" + text.replaceAll("'", "'\\''") + "'");

/** @param {string} name */
const variable = (name) => "$" + name.toUpperCase().replace(/[^A-Z0-9]+/g, "_").replace(/^_+|_+$/g, "");

/** Quotes a text of which parts are shell variables. @param {(string|{v: string})[]} parts */
function mixed(parts) {
	if (parts.every((p) => typeof p === "string")) return quote(parts.join(""));
	return '"' + parts.map((p) => (typeof p === "string" ? p.replace(/[\\"$`]/g, "\\$&").replaceAll("!", '"\'!\'"') : p.v)).join("") + '"';
}

/** @param {string} url @returns {(string|{v: string})[]} */
function urlWithout(url) {
	const at = url.indexOf("?");
	if (at < 0) return [url];
	const out = /** @type {(string|{v: string})[]} */ ([url.slice(0, at + 1)]);
	url.slice(at + 1).split("&").forEach((pair, i) => {
		const [name] = pair.split("=", 1);
		if (i > 0) out.push("&");
		if (SECRET_PARAMS.test(name) && pair.includes("=")) out.push(name + "=", {v: variable(name)});
		else out.push(pair);
	});
	return out;
}

/** @param {[string, string]} header */
function headerWithout([name, value]) {
	if (!SECRET_HEADERS.test(name)) return [`${name}: ${value}`];
	const scheme = /^(Bearer|Basic|Token) /i.exec(value)?.[0] ?? "";
	return [`${name}: ${scheme}`, {v: variable(name)}];
}

/** @param {any} ex the exchange as `show --json` has it */
export function asCurl(ex) {
	const parts = ["curl"];
	if (ex.method !== "GET" && !(ex.method === "POST" && ex.request?.body)) parts.push("-X", quote(ex.method));
	parts.push("--url", mixed(urlWithout(ex.url)));
	for (const h of ex.request?.headers ?? []) if (!OWN.test(h[0])) parts.push("-H", mixed(headerWithout(h)));
	const body = ex.request?.body;
	if (body?.text) parts.push("--data-raw", quote(body.text));
	if (ex.kind === "sse" || ex.kind === "ndjson") parts.push("-N");
	return parts.join(" ");
}

/** @param {any} ex */
export function asWebsocat(ex) {
	const parts = ["websocat"];
	for (const h of ex.request?.headers ?? []) if (!OWN.test(h[0])) parts.push("-H", mixed(headerWithout(h)));
	const sub = (ex.request?.headers ?? []).find((h) => /^sec-websocket-protocol$/i.test(h[0]));
	if (sub) parts.push("--protocol", quote(sub[1]));
	parts.push("--", mixed(urlWithout(ex.url)));
	return parts.join(" ");
}

/** @param {any} ex */
function asSend(ex) {
	const parts = ["wiretape", "send", mixed(urlWithout(ex.url))];
	for (const h of ex.request?.headers ?? []) if (!OWN.test(h[0])) parts.push("-H", mixed(headerWithout(h)));
	return parts.join(" ");
}

/** A text in Go of which parts are read from the environment. @param {(string|{v: string})[]} parts */
const inGo = (parts) => parts.map((p) => (typeof p === "string" ? JSON.stringify(p) : `os.Getenv("${p.v.slice(1)}")`)).join(" + ");

/** @param {any} ex for net/http, sockets for github.com/coder/websocket */
export function asGo(ex) {
	const all = ex.request?.headers ?? [], url = inGo(urlWithout(ex.url)), body = ex.request?.body?.text;
	const add = all.filter((h) => !OWN.test(h[0])).map((h) => {
		const [plain, ...secret] = headerWithout(h);
		return `header.Add(${JSON.stringify(h[0])}, ${inGo([String(plain).slice(h[0].length + 2), ...secret])})`;
	});
	const subs = all.filter((h) => /^sec-websocket-protocol$/i.test(h[0])).map((h) => JSON.stringify(h[1]));
	return (ex.kind === "websocket"
		? ["header := http.Header{}", ...add, `conn, _, err := websocket.Dial(ctx, ${url}, &websocket.DialOptions{HTTPHeader: header, Subprotocols: []string{${subs}}})`]
		: [`req, err := http.NewRequest(${JSON.stringify(ex.method)}, ${url}, ${body ? `strings.NewReader(${JSON.stringify(body)})` : "nil"})`, ...add.map((l) => "req.H" + l.slice(1)), "res, err := http.DefaultClient.Do(req)"]).join("\n");
}

/** @param {{x: any}} props */
export function CopyMenu({x}) {
	const [open, show] = useState(false);
	const box = useRef(/** @type {HTMLElement|null} */ (null));
	const ex = x.exchange;
	useAway(box, () => show(false), open);
	useEffect(() => {
		if (open) /** @type {HTMLElement|null|undefined} */ (box.current?.querySelector("[role=menuitem]"))?.focus();
	}, [open]);
	const items = /** @type {{label: string, make: () => any}[]} */ ([
		ex.kind === "websocket" && {label: "websocat", make: () => asWebsocat(ex)},
		ex.kind === "websocket" && {label: "wiretape send", make: () => asSend(ex)},
		{label: "curl", make: () => asCurl(ex)},
		{label: "Go", make: () => asGo(ex)},
		{label: "URL without secrets", make: () => urlWithout(ex.url).map((p) => (typeof p === "string" ? p : p.v)).join("")},
		{label: "URL as recorded", make: () => ex.url},
		{label: "link to this page", make: () => location.href},
	].filter(Boolean));
	const copy = (item) => {
		show(false);
		const text = item.make();
		copyText(text, /\$|os\.Getenv/.test(text) && item.label !== "URL as recorded" ? "Copied; secrets stand as $VARIABLES" : "Copied");
	};
	const onKey = (e) => {
		if (e.key === "Escape") {
			show(false);
			box.current?.querySelector("button")?.focus();
		} else if (e.key === "ArrowDown" || e.key === "ArrowUp") {
			const all = [...(box.current?.querySelectorAll("[role=menuitem]") ?? [])];
			const at = all.indexOf(/** @type {Element} */ (document.activeElement));
			/** @type {HTMLElement} */ (all[(at + (e.key === "ArrowDown" ? 1 : all.length - 1)) % all.length])?.focus();
		} else return;
		e.preventDefault();
		e.stopPropagation();
	};
	return html`<span class="saved" ref=${box} onKeyDown=${open ? onKey : undefined}>
		<button aria-label="Copy as" title="Copy as" aria-haspopup="menu" aria-expanded=${open ? "true" : "false"} onClick=${() => show(!open)}><${Icon} name="copy"/><span class="wide-only">Copy as</span></button>
		${open && html`<div class="menu under" role="menu" aria-label="Copy as">${items.map((i) => html`<button role="menuitem" tabindex="-1" onClick=${() => copy(i)}>${i.label}</button>`)}</div>`}
	</span>`;
}
