// A formatted payload, line by line from the server, of any length.
import {html, useEffect, useMemo, useRef} from "../vendor/preact.js";
import {api, query} from "../lib/api.js";
import {colored, visible} from "../lib/color.js";
import {ErrorState, Wait} from "../lib/empty.js";
import {Icon} from "../lib/icon.js";
import {Pages, usePages} from "../lib/pages.js";
import {count} from "../lib/units.js";
import {VList} from "../lib/vlist.js";

const COLOR = {json: "json", jwt: "json", msgpack: "json", cbor: "json", xml: "xml", html: "html"};

/**
 * @param {{exchange: number, seq: number|string, level: string, as: string, onAs?: (as: string) => void, fit?: number}} props
 *   onAs hears what "auto" turned out to be
 */
export function Lines({exchange, seq, level, as, onAs, fit}) {
	const facts = useRef(/** @type {any} */ ({as, error: null}));
	const pages = usePages(() => new Pages((line, n, signal) =>
		api.get(`/exchanges/${exchange}/rows/${seq}/view` + query({as, level, line, n}), {signal}).then((a) => {
			facts.current = {as: a.as, error: a.error ?? null};
			onAs?.(a.as);
			const folded = new Set(a.cut ?? []);
			return {total: a.lines, done: a.done ?? true, rows: a.text.map((text, i) => ({text, folded: folded.has(a.line + i)}))};
		}), {size: 400}), [exchange, seq, level, as]);
	const numbered = as !== "hex" && as !== "base64"; // dumps have offsets of their own
	const kind = COLOR[facts.current.as] ?? "";
	const row = useMemo(() => (/** @type {any} */ line, /** @type {number} */ i) => html`${numbered && html`<span class="lineno" aria-hidden="true">${i + 1}</span>`}
		<code class="line" role="gridcell">${line ? (kind && line.text.length < 4000 ? colored(kind, line.text) : visible(line.text)) : ""}${line?.folded ? html`<span class="badge" title="longer than 2,000 characters: copy or save it to see all">cut</span>` : ""}</code>`, [kind, numbered]);
	if (pages.error.value && pages.total.value === 0) return html`<${ErrorState} error=${pages.error.value} what=${`This cannot be shown as ${as}`} retry=${() => pages.reset()}/>`;
	if (!pages.loaded.value) return html`<${Wait}/>`;
	const error = facts.current.error;
	return html`<div class="view">
		${error && html`<div class="banner error"><${Icon} name="error"/><span>${error.line ? `line ${count(error.line)}${error.column ? `, column ${count(error.column)}` : ""}: ` : ""}${error.message}</span></div>`}
		<${VList} class=${"lines" + (numbered ? "" : " bare")} fit=${fit} total=${pages.total.value} rowHeight=${18} item=${(i) => pages.get(i)} row=${row} tick=${pages.version.value} label=${`Payload as ${facts.current.as}`} columns=${1} onRange=${(a, b) => pages.want(a, b)}/>
	</div>`;
}
