// Tables of facts: headers, cookies, parameters, tokens. Secrets are masked
// until they are asked for.
import {html, useState} from "../vendor/preact.js";
import {visible} from "../lib/color.js";
import {Icon} from "../lib/icon.js";
import {date} from "../lib/units.js";

const SECRET = /^(authorization|proxy-authorization|cookie|set-cookie|x-api-key|api-key|x-goog-api-key|.*(token|secret|password|signature).*)$/i;

/** A value that is shown on a click. @param {{name: string, value: string}} props */
export function Secret({name, value}) {
	const [shown, show] = useState(!SECRET.test(name) || value === "");
	if (shown) return html`<span class="mono wrap">${visible(value)}</span>`;
	return html`<button class="quiet masked" title="Show the value" onClick=${() => show(true)}><${Icon} name="eye"/><span class="mono">${"•".repeat(Math.min(12, value.length))}</span> show</button>`;
}

/** @param {{title: string, children?: any, side?: any}} props */
export function Card({title, children, side}) {
	return html`<section class="card"><header><h2>${title}</h2>${side}</header>${children}</section>`;
}

/** @param {{rows: [string, any][]}} props rows without a value are left out */
export function Facts({rows}) {
	return html`<table class="kv"><tbody>${rows.filter(([, v]) => v !== undefined && v !== null && v !== "" && v !== false).map(([k, v]) => html`<tr><th scope="row">${k}</th><td>${v}</td></tr>`)}</tbody></table>`;
}

/** Headers in wire order and case. @param {{title: string, headers: [string, string][]}} props */
export function Headers({title, headers}) {
	if (!headers?.length) return html`<${Card} title=${title}><p class="body muted">None.</p><//>`;
	return html`<${Card} title=${title} side=${html`<span class="muted">${headers.length}</span>`}>
		<table class="kv mono"><tbody>${headers.map(([k, v]) => html`<tr><th scope="row">${visible(k)}</th><td><${Secret} name=${k} value=${v}/></td></tr>`)}</tbody></table><//>`;
}

/** @param {{params: [string, string, string][]}} props */
export function Params({params}) {
	if (!params?.length) return null;
	return html`<${Card} title="Parameters" side=${html`<span class="muted">${params.length}</span>`}>
		<table class="list"><thead><tr><th>Name</th><th>Decoded</th><th>As sent</th></tr></thead><tbody>${params.map(([k, raw, decoded]) => html`<tr>
			<td class="mono">${visible(k)}</td><td><${Secret} name=${k} value=${decoded}/></td><td class="muted sent">${raw === decoded ? "the same" : html`<${Secret} name=${k} value=${raw}/>`}</td></tr>`)}</tbody></table><//>`;
}

/** @param {{title: string, cookies: any[]}} props */
export function Cookies({title, cookies}) {
	if (!cookies?.length) return null;
	return html`<${Card} title=${title} side=${html`<span class="muted">${cookies.length}</span>`}>
		<table class="list"><thead><tr><th>Name</th><th>Value</th><th>Attributes</th></tr></thead><tbody>${cookies.map((c) => html`<tr>
			<td class="mono">${visible(c.name)}</td><td><${Secret} name="cookie" value=${c.value}/></td>
			<td class="muted">${(c.attributes ?? []).map(([k, v]) => (v ? `${k}=${v}` : k)).join("; ")}</td></tr>`)}</tbody></table><//>`;
}

/** @param {{list: any[]}} props JSON Web Tokens in the handshake */
export function Tokens({list}) {
	if (!list?.length) return null;
	return html`${list.map((t) => html`<${Card} title=${`JWT in ${t.where}`} side=${t.expires && html`<span class=${"badge " + (t.expired ? "error" : "ok")}>${t.expired ? "expired then" : "valid then"}, until ${date(t.expires)}</span>`}>
		<${Facts} rows=${[...Object.entries(t.header ?? {}), ...Object.entries(t.claims ?? {})].map(([k, v]) => [k, html`<span class="mono">${visible(typeof v === "string" ? v : JSON.stringify(v))}${/^(exp|iat|nbf|auth_time)$/.test(k) && typeof v === "number" ? html` <span class="muted">${date(new Date(v * 1000).toISOString())}</span>` : ""}</span>`])}/><//>`)}`;
}
