// Reads a HAR or a tape of somebody else onto this one.
import {html, useEffect, useState} from "../vendor/preact.js";
import {api, query} from "../lib/api.js";
import {visible} from "../lib/color.js";
import {Dialog} from "../lib/dialog.js";
import {Icon} from "../lib/icon.js";
import {refreshState} from "../lib/store.js";
import {count, plural} from "../lib/units.js";

/** @param {{onClose: () => void, file?: File}} props file: it was dropped already */
export function Import({onClose, file: dropped}) {
	const [over, hover] = useState(false);
	const [busy, work] = useState("");
	const [answer, set] = useState(/** @type {any} */ (null));
	const [error, fail] = useState(/** @type {any} */ (null));
	const read = async (file) => {
		if (!file) return;
		work(file.name);
		fail(null);
		try {
			set(await api.upload("/imports" + query({name: file.name}), file));
			refreshState();
		} catch (err) {
			fail(err);
		}
		work("");
	};
	useEffect(() => void read(dropped), [dropped]);
	const drop = (e) => {
		e.preventDefault();
		e.stopPropagation();
		hover(false);
		read(e.dataTransfer.files[0]);
	};
	return html`<${Dialog} title="Import" onClose=${onClose} actions=${html`<button onClick=${onClose}>Close</button>`}>
		<label class=${"drop" + (over ? " over" : "")} onDragOver=${(e) => { e.preventDefault(); hover(true); }} onDragLeave=${() => hover(false)} onDrop=${drop}>
			<${Icon} name="download"/><span>${busy ? `Reading ${busy} …` : "Drop a HAR, a zipped HAR or a tape here, or choose one"}</span>
			<input type="file" accept=".har,.zip,.tape,.json" class="sr" onChange=${(e) => read(e.target.files[0])}/></label>
		${answer && html`<p role="status" class="gapabove"><${Icon} name="check" class="ok-text"/> ${plural(answer.entries ?? 0, "exchange")} in ${plural(answer.sessions?.length ?? 0, "session")} read.</p>
			${answer.error && html`<p class="error-text wrap" role="alert">Then it broke off: ${visible(answer.error)}</p>`}
			${answer.defects?.length > 0 && html`<p>What breaks the rules:</p><ul class="defects">${answer.defects.map((d) => html`<li class="wrap">${d.entry >= 0 ? `entry ${count(d.entry)}: ` : ""}<code>${visible(d.where)}</code> ${visible(d.what)}</li>`)}
				${answer.unlisted > 0 && html`<li>and ${count(answer.unlisted)} more</li>`}</ul>`}`}
		${error && html`<div class="gapabove" role="alert"><p class="error-text wrap">${visible(error.message)}</p>${error.hint && html`<p>${error.hint}</p>`}</div>`}
	<//>`;
}
