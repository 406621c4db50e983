// The frames of one message, as they were on the wire.
import {html} from "../vendor/preact.js";
import {Icon} from "../lib/icon.js";
import {bytes, offset} from "../lib/units.js";

/** @param {{full: any}} props */
export function Frames({full}) {
	return html`<div class="scroll flush"><table class="list mono"><thead><tr><th>Frame</th><th>FIN</th><th>RSV</th><th>Opcode</th><th>Mask</th><th class="num">Length</th><th class="num">Wire</th><th class="num">Time</th></tr></thead>
		<tbody>${full.frames.map((f, i) => html`<tr><td>${i + 1}</td><td>${f.fin ? "1" : "0"}</td><td>${f.rsv ?? 0}</td><td>${f.opcode}</td><td>${f.masked ? "yes" : "no"}</td>
			<td class="num">${bytes(f.len)}</td><td class="num">${bytes(f.wire)}</td><td class="num">${offset(f.t_ns)}</td></tr>
			${f.violation && html`<tr><td colspan="8" class="error-text"><${Icon} name="error"/> ${f.violation}</td></tr>`}`)}</tbody></table></div>`;
}
