// One row of the timeline. Direction is told four ways: arrow, word, side of
// the bar, colour. Marks are drawn inside the row, so that rows stay 22 px.
import {html} from "../vendor/preact.js";
import {api, query} from "../lib/api.js";
import {visible} from "../lib/color.js";
import {Icon} from "../lib/icon.js";
import {Pages, usePages} from "../lib/pages.js";
import {bytes, clock, count, duration, offset} from "../lib/units.js";

const opcodes = {0: "continuation", 1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong"};

/** The rows of an exchange at a level, as far as they are looked at. @param {number} id @param {Record<string, any>} how */
export function useRows(id, how) {
	return usePages(() => new Pages((at, n, signal) =>
		api.get(`/exchanges/${id}/rows` + query({...how, at, n}), {signal})
			.then((a) => ({total: a.total, rows: a.rows, done: a.done ?? true}))), [id, how.level, how.filter, how.fold]);
}

/** @param {any} row @param {string} [kind] of the exchange @returns {string} what the row is, in a word */
export function typeOf(row, kind = "") {
	if (row.fold) return "heartbeat";
	if (row.event !== undefined) return row.event ?? "no dispatch";
	if (kind === "sse") return "no dispatch";
	if (row.opcode !== undefined) return opcodes[row.opcode] ?? "opcode " + row.opcode;
	return row.type ?? "record";
}

/** @param {any} row what the application means by it; the protocol itself stands in the overview */
export const labelOf = (row) => row.label.replace(/^[\w.-]+: /, "");

/** @param {any} row wire size, and what it became if that differs */
export function sizeOf(row) {
	if (row.wire > 0 && row.len !== undefined && row.wire !== row.len) return html`<span class="wire">${bytes(row.wire)} → </span>${bytes(row.len)}`;
	return bytes(row.len ?? row.wire);
}

/** @param {string} times */
export function head(times) {
	const cells = ["", times === "clock" ? "Time of day" : times === "delta" ? "Time before" : "Time", "Δ selected", "Type", "Size", "Data"];
	return html`<div class="trow thead" role="presentation">${cells.map((c) => html`<span class=${"c-" + (c.split(" ")[0] || "dir").toLowerCase()} role="columnheader">${c || html`<span class="sr">Direction</span>`}</span>`)}</div>`;
}

/** @param {any} row @param {{started: string, times: string}} how */
function time(row, {started, times}) {
	if (times === "clock") return clock(started, row.t_ns, 6);
	if (times === "delta") return row.gap_ns === undefined ? "" : "+" + duration(row.gap_ns);
	return offset(row.t_ns);
}

/**
 * Returns how rows are drawn, as the list wants it.
 * @param {{started: string, times: string, base?: number, pinned: number[], kind: string}} how base: t_ns of the chosen row
 */
export function makeRow(how) {
	return (/** @type {any} */ row) => {
		if (!row) return html`<span class="trow" role="gridcell"><span class="bone"/></span>`;
		const marks = row.marks ?? [];
		const sent = row.dir === "send";
		const cls = ["trow", sent ? "sent" : "received", ...marks.map((m) => "m-" + m)].join(" ");
		const atTime = "c-time num" + (marks.includes("burst") ? " burst" : "") + (how.pinned.includes(row.seq) ? " pinned" : "");
		return html`<div class=${cls} role="presentation">
			<span class=${"c-dir " + (sent ? "up" : "down")} role="gridcell"><span class="sr">${sent ? "sent" : "received"}</span></span>
			<span class=${atTime} role="gridcell">${time(row, how)}</span>
			<span class="c-δ num" role="gridcell">${how.base !== undefined ? delta(row.t_ns - how.base) : ""}</span>
			<span class="c-type cut" role="gridcell">${visible(typeOf(row, how.kind))}${row.id ? html`<span class="muted"> ${visible(row.id)}</span>` : ""}</span>
			<span class="c-size num" role="gridcell">${row.fold ? "" : sizeOf(row)}</span>
			<span class="c-data cut" role="gridcell">${row.label && html`<span class="label">${labelOf(row)}</span> `}${row.fold ? html`<span class="muted">♥ ×${count(row.fold.n)}, ${duration(row.fold.for_ns)}</span>` : visible(row.preview ?? "")}${row.cut ? html`<span class="muted" title="only its beginning is shown here"> …</span>` : ""}</span>
			${badges(row, marks)}
		</div>`;
	};
}

/** @param {number} ns */
const delta = (ns) => (ns === 0 ? "0" : (ns > 0 ? "+" : "") + duration(ns));

/** @param {any} row @param {string[]} marks */
function badges(row, marks) {
	const out = [];
	if (marks.includes("gap")) out.push(html`<span class="badge warn">${duration(row.gap_ns)} gap</span>`);
	if (marks.includes("loss")) out.push(html`<span class="badge error"><${Icon} name="error"/>${row.lost ? count(row.lost) + " bytes" : ""} lost</span>`);
	if (marks.includes("reconnect")) out.push(html`<span class="badge accent">reconnected</span>`);
	if (marks.includes("violation")) out.push(html`<span class="badge error"><${Icon} name="error"/>violation</span>`);
	if (marks.includes("incomplete")) out.push(html`<span class="badge warn">incomplete</span>`);
	if (marks.includes("injected") || row.origin === "inject") out.push(html`<span class="badge error"><${Icon} name="edit"/>injected</span>`);
	return out.length > 0 && html`<span class="c-marks" role="gridcell">${out}</span>`;
}
