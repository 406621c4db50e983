// The request: its line, headers, cookies and body.
import {html} from "../vendor/preact.js";
import {visible} from "../lib/color.js";
import {Body} from "./body.js";
import {Card, Cookies, Headers, Params} from "./facts.js";

/** @param {{x: any}} props */
export default function Request({x}) {
	const ex = x.exchange, part = ex.request ?? {};
	return html`<div class="scroll"><div class="page">
		<${Card} title="Request line"><p class="body mono wrap">${part.method ?? ex.method} ${visible(part.url ?? ex.url)} ${part.proto ?? ""}</p><//>
		${part.body && html`<${Body} exchange=${ex.id} side="request" part=${part}/>`}
		<${Headers} title="Headers" headers=${part.headers}/>
		<${Params} params=${x.handshake?.url?.params}/>
		<${Cookies} title="Cookies" cookies=${x.handshake?.cookies?.request}/>
		${part.trailers?.length > 0 && html`<${Headers} title="Trailers" headers=${part.trailers}/>`}
	</div></div>`;
}
