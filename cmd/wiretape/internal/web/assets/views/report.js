// The report of a mock: what diverged, side by side with what was recorded, and
// what never came.
import {html, useEffect, useState} from "../vendor/preact.js";
import {api, request} from "../lib/api.js";
import {visible, colored} from "../lib/color.js";
import {saveFile} from "../lib/download.js";
import {Icon} from "../lib/icon.js";
import {go, href} from "../lib/route.js";
import {toast, toastError} from "../lib/toast.js";
import {duration, plural} from "../lib/units.js";
import {indented} from "./form.js";

const SHOWN = 50; // of each list; the file has all

/** @param {{m: any, load: () => void}} props */
export function Report({m, load}) {
	const [report, set] = useState(/** @type {any} */ (null));
	const [accepted, accept] = useState(/** @type {{path: string, class: string}[]} */ ([]));
	useEffect(() => {
		api.get(`/replays/${m.replay}/report?texts=1`).then(set, toastError);
	}, [m.replay, m.state, m.divergences, m.warnings, m.open]);
	if (!report) return null;
	const again = async () => {
		const fields = [...(m.request.fields ?? []), ...accepted];
		try {
			await api.del("/replays/" + m.replay);
			const next = await api.post("/replays", {...m.request, fields, listen: m.url.replace(/^http:\/\//, "")});
			toast(`Mock ${next.replay} runs at ${next.url}`);
			load();
			go(href(["replay", next.replay]));
		} catch (err) {
			toastError(err);
		}
	};
	const shown = (list) => list.slice(0, SHOWN);
	return html`<section aria-label="Report">
		<div class="row reporthead"><h2 class="grow">Report</h2>
			<span class=${"badge " + (report.ok ? "ok" : "error")}><${Icon} name=${report.ok ? "check" : "error"}/>${report.ok ? "in order" : "diverged"}</span>
			<button onClick=${() => save(m.replay)}><${Icon} name="download"/>report.json</button></div>
		${accepted.length > 0 && html`<div class="banner" role="status"><${Icon} name="info"/><span class="grow">${plural(accepted.length, "field")} taken as variable: <code>${accepted.map((f) => f.path).join(", ")}</code></span>
			<button class="primary" onClick=${again}>Start again with it</button></div>`}
		${report.ok && report.divergences.length === 0 && report.warnings.length === 0 && html`<p class="muted">All that came was recorded.</p>`}
		${shown(report.divergences).map((d, i) => html`<${Divergence} d=${d} key=${i} accepted=${accepted} accept=${(f) => accept([...accepted, f])}/>`)}
		${shown(report.warnings).map((d, i) => html`<${Divergence} d=${d} key=${"w" + i} warning accepted=${accepted} accept=${(f) => accept([...accepted, f])}/>`)}
		${report.divergences.length + report.warnings.length > 2 * SHOWN && html`<p class="muted">Only the first are shown; report.json has all.</p>`}
		${report.connections.map((c) => html`<${Left} c=${c} key=${c.exchange}/>`)}
	</section>`;
}

/** A message that no recording answers, and the nearest that was recorded. */
function Divergence({d, warning, accepted, accept}) {
	return html`<article class="card divergence">
		<header><${Icon} name=${warning ? "warn" : "error"} class=${warning ? "warn-text" : "error-text"}/><h3>${d.seq > 0 ? "Message " + d.seq : "A connection or request"} ${warning ? "differed" : "was not recorded"}</h3>
			${d.exchange > 0 && html`<a href=${href(["x", d.exchange])}>#${d.exchange}</a>`}<span class="muted">${duration(d.t_ns)}</span></header>
		<div class="body"><p class="wrap">${visible(d.reason ?? "")}</p>${d.state && html`<p class="muted wrap">${visible(d.state)}</p>`}
			<p class="mono muted cut">${visible(d.url ?? "")}</p>
			${d.nearest ? html`<${Fields} near=${d.nearest} accepted=${accepted} accept=${accept}/>` : null}
			<details open=${!d.nearest}><summary>What came</summary><pre class="payload" tabindex="0">${colored("json", indented(d.got))}</pre></details>
			${d.fix && html`<p><b>To mend it:</b> ${visible(d.fix)}</p>`}
		</div></article>`;
}

/** Field by field, the recorded message beside the live one. */
function Fields({near, accepted, accept}) {
	const ruleOf = (path) => path.replace(/\[\d+\]/g, "[*]");
	return html`<div class="tablebox" tabindex="0" role="region" aria-label="Difference"><table class="list sidebyside">
		<caption class="muted">${near.seq > 0 ? html`Nearest recorded message: <a href=${href(["x", near.exchange, "m", near.seq])}>#${near.exchange}, message ${near.seq}</a>`
			: html`Nearest recorded one: <a href=${href(["x", near.exchange], {tab: "request"})}>#${near.exchange}</a>`}</caption>
		<thead><tr><th>Field</th><th>Recorded</th><th>Came</th><th>Class</th><th><span class="sr">Accept</span></th></tr></thead>
		<tbody>${near.diff.map((f) => html`<tr class=${f.ok ? "allowed" : "differs"}><td class="mono">${visible(f.path)}</td>
			<td class="mono was">${f.want === "" ? html`<span class="muted">absent</span>` : visible(f.want)}</td><td class="mono now">${f.got === "" ? html`<span class="muted">absent</span>` : visible(f.got)}</td><td>${f.class}</td>
			<td>${f.ok ? html`<span class="muted">allowed</span>` : accepted.some((a) => a.path === ruleOf(f.path)) ? html`<span class="ok-text"><${Icon} name="check"/>variable</span>`
				: html`<button onClick=${() => accept({path: ruleOf(f.path), class: "token"})}>Accept as variable</button>`}</td></tr>`)}</tbody>
	</table></div>`;
}

/** What was recorded and never came, or was never sent. */
function Left({c}) {
	const lists = [["unmet", "client messages never came"], ["unsent", "server messages were never sent"]].filter(([name]) => c[name].length > 0);
	if (lists.length === 0) return null;
	return html`<details><summary>#${c.exchange}: ${lists.map(([name, words]) => `${c[name].length} ${words}`).join(", ")}</summary><a href=${href(["x", c.exchange])}>Exchange #${c.exchange}</a>
		${lists.map(([name, words]) => html`<h3>${words}</h3><ul class="plain items">${c[name].slice(0, SHOWN).map((m) => html`<li><a href=${href(["x", c.exchange, "m", m.seq])}>${m.seq}</a> <code>${visible((m.text ?? m.base64 ?? "").slice(0, 300))}</code></li>`)}</ul>`)}
	</details>`;
}

/** @param {string} name downloads the report as wiretape replay --report writes it */
async function save(name) {
	try {
		saveFile(`${name}-report.json`, await (await request(`/replays/${name}/report`)).blob());
	} catch (err) {
		toastError(err);
	}
}
