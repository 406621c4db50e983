// What stands below the last row, or where there is none.
import {html, useEffect, useState} from "../vendor/preact.js";
import {api} from "../lib/api.js";
import {visible} from "../lib/color.js";
import {Empty} from "../lib/empty.js";
import {Icon} from "../lib/icon.js";
import {href, setQuery} from "../lib/route.js";
import {clock} from "../lib/units.js";

/** How it ended. @param {{x: any}} props */
export function End({x}) {
	const {end} = x, ex = x.exchange;
	const bad = !["close", "fin"].includes(end.how);
	return html`<footer class=${"endline" + (bad ? " error-text" : "")}><${Icon} name=${bad ? "error" : "stop"}/>
		<span class="cut">${visible(end.words || `${end.how} by the ${end.by}`)}</span>
		<span class="grow"/>${x.successor && html`<a href=${href(["x", x.successor], {tab: "timeline"})}>reconnected as #${x.successor}</a>`}
		<span class="muted mono">${clock(ex.started, ex.duration_ns)}</span></footer>`;
}

/** @param {{x: any, filter: string, open: boolean}} props */
export function NoRows({x, filter, open}) {
	const [lint, set] = useState(/** @type {any[]} */ ([]));
	useEffect(() => void (filter || api.get(`/exchanges/${x.exchange.id}/lint`).then((a) => set(a.items ?? []), () => {})), []);
	if (filter) return html`<${Empty} icon="filter" title="No row matches"><p>Nothing in this exchange passes <code>${filter}</code>.</p><button onClick=${() => setQuery({filter: ""})}>Clear the filter</button><//>`;
	return html`<${Empty} icon=${open ? "clock" : "info"} title=${open ? "Nothing said yet" : "Nothing was said"}>
		<p>${open ? "Rows appear here as they come." : "The exchange ended without a single row."}</p>
		${lint.map((f) => html`<p><b>${visible(f.what)}</b> ${f.clients && visible(f.clients)}</p>`)}
		<p><a href=${href(["x", x.exchange.id], {tab: "overview"})}>See the overview</a></p><//>`;
}
