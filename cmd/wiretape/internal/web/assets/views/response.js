// The response: its line, headers, cookies and body.
import {html} from "../vendor/preact.js";
import {visible} from "../lib/color.js";
import {Empty} from "../lib/empty.js";
import {href} from "../lib/route.js";
import {duration} from "../lib/units.js";
import {Body} from "./body.js";
import {Card, Cookies, Headers} from "./facts.js";

/** @param {{x: any}} props */
export default function Response({x}) {
	const ex = x.exchange, part = ex.response;
	if (!part) {
		return html`<${Empty} icon="clock" title=${ex.state === "open" ? "No response yet" : "There was no response"}>
			<p>${ex.fault ?? ex.end?.reason ?? (ex.state === "open" ? "It appears here when it comes." : "The connection ended before one came.")}</p>
			<p><a href=${href(["x", ex.id], {tab: "overview"})}>How it ended</a></p><//>`;
	}
	const streams = ["sse", "ndjson", "websocket"].includes(ex.kind);
	return html`<div class="scroll"><div class="page">
		<${Card} title="Status line" side=${part.t_ns !== undefined && html`<span class="muted">after ${duration(part.t_ns)}</span>`}><p class="body mono">${part.proto} ${part.status} ${visible(part.reason ?? "")}</p><//>
		${part.body ? html`<${Body} exchange=${ex.id} side="response" part=${part}/>`
		: streams && html`<p class="muted">What followed stands in the <a href=${href(["x", ex.id], {tab: "timeline"})}>timeline</a>.</p>`}
		<${Headers} title="Headers" headers=${part.headers}/>
		<${Cookies} title="Cookies set" cookies=${x.handshake?.cookies?.response}/>
		${part.trailers?.length > 0 && html`<${Headers} title="Trailers" headers=${part.trailers}/>`}
	</div></div>`;
}
