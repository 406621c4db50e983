// Reads a HAR or a tape of somebody else onto this one.
import {html, useState} from "../vendor/preact.js";
import {api, query} from "../lib/api.js";
import {Dialog} from "../lib/dialog.js";
import {Icon} from "../lib/icon.js";
import {refreshState} from "../lib/store.js";
import {plural} from "../lib/units.js";

/** @param {{onClose: () => void}} props */
export function Import({onClose}) {
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
	const drop = (e) => {
		e.preventDefault();
		hover(false);
		read(e.dataTransfer.files[0]);
	};
	return html`<${Dialog} title="Import" onClose=${onClose} actions=${html`<button onClick=${onClose}>Close</button>`}>
		<label class=${"drop" + (over ? " over" : "")} onDragOver=${(e) => { e.preventDefault(); hover(true); }} onDragLeave=${() => hover(false)} onDrop=${drop}>
			<${Icon} name="download"/><span>${busy ? `Reading ${busy} …` : "Drop a HAR, a zipped HAR or a tape here, or choose one"}</span>
			<input type="file" accept=".har,.zip,.tape,.json" class="sr" onChange=${(e) => read(e.target.files[0])}/></label>
		${answer && html`<p role="status"><${Icon} name="check" class="ok-text"/> ${plural(answer.sessions?.length ?? 0, "session")} read.</p>
			${answer.defects?.length > 0 && html`<ul>${answer.defects.map((d) => html`<li>${typeof d === "string" ? d : JSON.stringify(d)}</li>`)}</ul>`}`}
		${error && html`<p class="error-text" role="alert">${error.message} ${error.hint}</p>`}
	<//>`;
}
