// The handshake of a connection that is composed: its address and all that goes
// with it.
import {html, useState} from "../vendor/preact.js";
import {Editor} from "../lib/editor.js";
import {Icon} from "../lib/icon.js";
import {Check, Field, SelectField, TextField} from "./form.js";

/**
 * @typedef {{method: string, url: string, params: string[][], headers: string[][], cookies: string[][], subprotocols: string, auth: {type: string, user: string, secret: string, name: string},
 *   vars: string[][], insecure: boolean, body: string, onOpen: string}} Target lists of [name, value]; onOpen: a message a line
 */

/** @type {Target} */
export const blank = {
	method: "GET", url: "", params: [], headers: [], cookies: [], subprotocols: "", auth: {type: "none", user: "", secret: "", name: ""},
	vars: [], insecure: false, body: "", onOpen: "",
};

/** @param {string} url */
export const isSocket = (url) => /^wss?:/i.test(url.trim());

const pairs = (list) => list.filter(([name]) => name.trim() !== "").map(([name, value]) => [name.trim(), value ?? ""]);

/** @param {Target} t what POST /connections takes */
export function connectionOf(t) {
	const headers = pairs(t.headers), {auth} = t;
	if (auth.type === "bearer") headers.push(["Authorization", "Bearer " + auth.secret]);
	if (auth.type === "basic") headers.push(["Authorization", "Basic " + btoa(String.fromCharCode(...new TextEncoder().encode(auth.user + ":" + auth.secret)))]);
	if (auth.type === "header") headers.push([auth.name || "X-Api-Key", auth.secret]);
	const params = pairs(t.params);
	if (auth.type === "query") params.push([auth.name || "token", auth.secret]);
	const socket = isSocket(t.url);
	return {
		url: t.url.trim(), params, headers, cookies: pairs(t.cookies),
		subprotocols: socket ? t.subprotocols.split(/[\s,]+/).filter(Boolean) : [],
		vars: Object.fromEntries(pairs(t.vars)), insecure: t.insecure,
		...(socket ? {on_open: t.onOpen.split("\n").filter((l) => l.trim()).map((text) => ({opcode: "text", text}))}
			: {method: t.method, ...(t.body ? {body: {text: t.body}} : {})}),
	};
}

/** @param {any} c as POST /connections takes it @returns {Target} */
export function targetOf(c) {
	return {
		...blank, method: c.method || "GET", url: c.url ?? "", params: c.params ?? [], headers: c.headers ?? [], cookies: c.cookies ?? [],
		subprotocols: (c.subprotocols ?? []).join(", "), vars: Object.entries(c.vars ?? {}), insecure: Boolean(c.insecure), body: c.body?.text ?? "",
		onOpen: (c.on_open ?? []).map((m) => m.text ?? "").join("\n"),
	};
}

/** Fields that the handshake writes itself (RFC 6455 §4.1, RFC 9110 §7.6.1). */
const OWN = /^(host|connection|upgrade|sec-websocket-.*|content-length|transfer-encoding|cookie|keep-alive|proxy-.*|te|trailer)$/i;

/** @param {any} x an exchange as GET /exchanges/{id} answers it @returns {Target} */
export function targetOfExchange(x) {
	const ex = x.exchange, {params = []} = x.handshake?.url ?? {};
	const url = x.handshake?.url ? ex.url.replace(/[?#].*$/s, "") : ex.url;
	const headers = ex.request?.headers ?? [];
	const socket = ex.kind === "websocket";
	return {
		...blank, method: ex.method ?? "GET", url: socket ? url.replace(/^http/, "ws") : url,
		params: params.map((p) => [p[0], p[2] ?? p[1] ?? ""]), headers: headers.filter(([name]) => !OWN.test(name)),
		cookies: (x.handshake?.cookies?.request ?? []).map((c) => [c.name, c.value]),
		subprotocols: headers.filter(([name]) => /^sec-websocket-protocol$/i.test(name)).map(([, v]) => v).join(", "),
		body: socket ? "" : ex.request?.body?.text ?? "",
	};
}

/** Names and values, one row of fields each. @param {{label: string, list: string[][], onInput: (list: string[][]) => void, disabled: boolean, names?: string[]}} props */
export function Pairs({label, list, onInput, disabled, names}) {
	const rows = disabled ? list : [...list, ["", ""]];
	const put = (i, k, v) => {
		const next = rows.map((r, j) => (i === j ? (k ? [r[0], v] : [v, r[1]]) : r));
		onInput(next.filter((r, j) => j < list.length || r[0] || r[1]));
	};
	return html`<div class="pairs" role="group" aria-label=${label}>
		${rows.length === 0 && html`<p class="muted">None.</p>`}
		${rows.map(([name, value], i) => html`<div class="pair" key=${i}>
			<input class="mono" aria-label=${`${label} ${i + 1}: name`} placeholder="name" value=${name} disabled=${disabled} list=${names && "known-" + label} autocomplete="off" spellcheck=${false} onInput=${(e) => put(i, 0, e.target.value)}/>
			<input class="mono grow" aria-label=${`${label} ${i + 1}: value`} placeholder="value" value=${value} disabled=${disabled} autocomplete="off" spellcheck=${false} onInput=${(e) => put(i, 1, e.target.value)}/>
			${!disabled && html`<button type="button" class="icon" aria-label=${`Remove ${label.toLowerCase()} ${i + 1}`} disabled=${i >= list.length} onClick=${() => onInput(list.filter((_, j) => j !== i))}><${Icon} name="x"/></button>`}
		</div>`)}
		${names && html`<datalist id=${"known-" + label}>${names.map((n) => html`<option value=${n}/>`)}</datalist>`}
	</div>`;
}

const HEADERS = ["Authorization", "User-Agent", "Origin", "Accept", "Accept-Language", "Content-Type", "Cookie", "Last-Event-ID", "X-Api-Key", "X-Request-Id"];
const TABS = [["params", "Params"], ["headers", "Headers"], ["cookies", "Cookies"], ["auth", "Auth"], ["vars", "Variables"], ["options", "Options"], ["body", "Body"]];

/** @param {{t: Target, onInput: (t: Target) => void, disabled: boolean, environment: any}} props environment: what stands beside the variables */
export function Handshake({t, onInput, disabled, environment}) {
	const [tab, open] = useState("params");
	const socket = isSocket(t.url) || !t.url;
	const put = (name) => (v) => onInput({...t, [name]: v});
	const n = {params: t.params.length, headers: t.headers.length, cookies: t.cookies.length, vars: t.vars.length, auth: t.auth.type === "none" ? 0 : 1};
	const shown = TABS.filter(([name]) => name !== "body" || !socket);
	const on = shown.some(([name]) => name === tab) ? tab : "params";
	const move = (e) => {
		const by = {ArrowRight: 1, ArrowLeft: -1}[e.key];
		if (!by) return;
		e.preventDefault();
		const i = shown.findIndex(([name]) => name === on);
		open(shown[(i + by + shown.length) % shown.length][0]);
		requestAnimationFrame(() => e.target.parentElement?.querySelector("[aria-selected=true]")?.focus());
	};
	return html`<div class="handshake">
		<div class="tabs" role="tablist" aria-label="Handshake" onKeyDown=${move}>${shown.map(([name, word]) => html`
			<button type="button" role="tab" id=${"hs-" + name} aria-controls="hs-panel" aria-selected=${name === on ? "true" : "false"} tabindex=${name === on ? 0 : -1} onClick=${() => open(name)}>${word}${n[name] ? html` <span class="badge">${n[name]}</span>` : ""}</button>`)}</div>
		<div class="hs-panel" id="hs-panel" role="tabpanel" aria-labelledby=${"hs-" + on}>
			${on === "params" && html`<${Pairs} label="Parameter" list=${t.params} onInput=${put("params")} disabled=${disabled}/>`}
			${on === "headers" && html`<${Pairs} label="Header" list=${t.headers} onInput=${put("headers")} disabled=${disabled} names=${HEADERS}/>`}
			${on === "cookies" && html`<${Pairs} label="Cookie" list=${t.cookies} onInput=${put("cookies")} disabled=${disabled}/>`}
			${on === "auth" && html`<${Auth} auth=${t.auth} onInput=${put("auth")} disabled=${disabled}/>`}
			${on === "vars" && html`<p class="muted">${"{{name}} stands for its value in the handshake and in messages; {{env.NAME}} is read from the recorder's environment when it is used, and kept nowhere."}</p>
				<${Pairs} label="Variable" list=${t.vars} onInput=${put("vars")} disabled=${disabled}/>${environment}`}
			${on === "options" && html`<div class="formgrid">${socket && html`<${TextField} label="Subprotocols" value=${t.subprotocols} onInput=${put("subprotocols")} disabled=${disabled} placeholder="graphql-transport-ws, mqtt"/>`}</div>
				${socket && html`<${Field} label="Sent as soon as it is open" hint="one text message a line">${(id) => html`<textarea id=${id} class="mono" rows="2" disabled=${disabled} value=${t.onOpen} onInput=${(e) => put("onOpen")(e.target.value)} spellcheck=${false}/>`}<//>`}
				<${Check} label="Do not check the server's certificate" checked=${t.insecure} onInput=${put("insecure")} disabled=${disabled}/>`}
			${on === "body" && html`<${Editor} label="Body of the request" as="json" value=${t.body} onInput=${put("body")} readOnly=${disabled} rows=${6}/>`}
		</div>
	</div>`;
}

/** @param {{auth: Target["auth"], onInput: (a: Target["auth"]) => void, disabled: boolean}} props */
function Auth({auth, onInput, disabled}) {
	const put = (name) => (v) => onInput({...auth, [name]: v});
	const named = auth.type === "header" || auth.type === "query";
	return html`<div class="formgrid">
		<${SelectField} label="Kind" value=${auth.type} onInput=${put("type")} disabled=${disabled} options=${[["none", "none"], ["bearer", "Bearer token"], ["basic", "User and password"], ["header", "Key in a header"], ["query", "Key in the query"]]}/>
		${auth.type === "basic" && html`<${TextField} label="User" value=${auth.user} onInput=${put("user")} disabled=${disabled}/>`}
		${named && html`<${TextField} label="Name" value=${auth.name} onInput=${put("name")} disabled=${disabled} placeholder=${auth.type === "query" ? "token" : "X-Api-Key"}/>`}
		${auth.type !== "none" && html`<${TextField} label=${auth.type === "basic" ? "Password" : "Token"} value=${auth.secret} onInput=${put("secret")} disabled=${disabled} hint=${"may be {{env.NAME}}"}/>`}
	</div>`;
}
