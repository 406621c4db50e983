// A strip of an answer's events over time, with the first token marked.
import {html, useEffect, useState} from "../vendor/preact.js";
import {api, query} from "../lib/api.js";
import {Plot} from "../lib/plot.js";
import {go, href} from "../lib/route.js";
import {duration} from "../lib/units.js";

/** @param {{id: number, stats: any}} props */
export function Strip({id, stats}) {
	const [bins, set] = useState(/** @type {any} */ (null));
	const end = stats?.duration_ns;
	useEffect(() => {
		if (end) api.get(`/exchanges/${id}/bins` + query({n: 160})).then(set, () => set(null));
	}, [id, end]);
	const counts = bins?.receive.n ?? stats?.bins?.received;
	if (!counts?.length) return null;
	const width = bins?.width_ns ?? stats.bins.width_ns;
	const first = stats?.first_token_ns;
	const total = width * counts.length;
	const show = (a, b) => go(href(["x", id], {tab: "timeline", filter: `time:${Math.floor(a * width / 1e6)}ms..${Math.ceil((b + 1) * width / 1e6)}ms`}));
	return html`<div class="strip"><${Plot} title="Events" onRange=${show} series=${[{name: "events", values: counts, class: "p-receive"}]} label=${(i) => duration(i * width)} axis=${["0", duration(total)]}/>
		${first > 0 && first < total && html`<div class="firsttoken"><span class=${first < 0.12 * total ? "left" : first > 0.88 * total ? "right" : ""} style=${{left: first / total * 100 + "%"}}>first token ${duration(first)}</span></div>`}</div>`;
}
