// The bar over the timeline: level, filter, find, times, pause, follow.
import {html} from "../vendor/preact.js";
import {FilterBar} from "../lib/filterbar.js";
import {Icon} from "../lib/icon.js";
import {roomy} from "../lib/media.js";
import {pref} from "../lib/store.js";
import {count} from "../lib/units.js";

export const levels = ["messages", "frames", "chunks"];
const timeWords = {offset: "since the start", clock: "of day", delta: "since the row before"};
const nextTimes = {offset: "clock", clock: "delta", delta: "offset"};

/** @param {string} level @param {string} kind */
function name(level, kind) {
	if (level === "messages") return kind === "sse" ? "Events" : kind === "ndjson" ? "Records" : "Messages";
	return level === "frames" ? "Frames" : "Chunks";
}

/**
 * @param {{kind: string, level: string, onLevel: (level: string) => void, filter: string, onFilter: (filter: string) => void, filterbar: any,
 *   error: any, busy: boolean, rows: number, finding: boolean, onFind: () => void, open: boolean, tail: any, toEnd: () => void, below: boolean}} props
 */
export function TimelineBar({kind, level, onLevel, filter, onFilter, filterbar, error, busy, rows, finding, onFind, open, tail, toEnd, below}) {
	const fold = pref("fold", true), times = pref("times", "offset"), side = pref("detail.side", "right");
	const toggle = (label, icon, on, run) => html`<button class="icon" aria-label=${label} title=${label} aria-pressed=${on ? "true" : "false"} onClick=${run}><${Icon} name=${icon}/></button>`;
	return html`<div class="toolbar">
		<div class="seg" role="group" aria-label="Level">${levels.filter((l) => l !== "frames" || kind === "websocket").map((l) => html`
			<button aria-pressed=${l === level ? "true" : "false"} onClick=${() => onLevel(l)}>${name(l, kind)}</button>`)}</div>
		<${FilterBar} value=${filter} onFilter=${onFilter} scope="rows" label="Filter the rows" control=${filterbar}
			placeholder=${'Filter: dir:send, $.op=="order", text, /regex/ …'} error=${error} busy=${busy}/>
		<span class="muted num" title="rows">${count(rows)}</span>
		${toggle("Find (Ctrl F)", "search", finding, onFind)}
		${level === "messages" && toggle("Fold heartbeats", "heart", fold.value, () => (fold.value = !fold.value))}
		<button class="icon" aria-label=${`Times: ${timeWords[times.value]}`} title=${`Times: ${timeWords[times.value]}`} onClick=${() => (times.value = nextTimes[times.value])}><${Icon} name="clock"/></button>
		${roomy.value && html`<button class="icon" aria-label="Details below or at the right" title="Details below or at the right" onClick=${() => (side.value = below ? "right" : "bottom")}><${Icon} name=${below ? "side" : "bottom"}/></button>`}
		${open && html`<button aria-pressed=${tail.paused ? "true" : "false"} title="Pause the view (Space)" onClick=${tail.toggle}><${Icon} name=${tail.paused ? "play" : "pause"}/>${tail.paused ? "Go on" : "Pause"}</button>
			<button aria-pressed=${tail.follow ? "true" : "false"} title="Follow the end (f)" onClick=${() => (tail.follow ? tail.setFollow(false) : toEnd())}><${Icon} name="follow"/>Follow</button>`}
	</div>`;
}
