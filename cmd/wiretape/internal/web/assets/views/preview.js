// Captured HTML and images, shown apart: HTML in a sandboxed frame that runs
// and loads nothing, images as a blob.
import {html, useEffect, useState} from "../vendor/preact.js";
import {api} from "../lib/api.js";
import {ErrorState, Wait} from "../lib/empty.js";
import {rawBytes, side} from "./payload.js";

/** @param {{exchange: number, seq: number|"request"|"response"}} props */
export function Preview({exchange, seq}) {
	const [path, set] = useState("");
	const [error, fail] = useState(/** @type {any} */ (null));
	const ask = () => api.ticket({for: "preview", exchange, ...side(seq)}).then(set, fail);
	useEffect(() => void ask(), [exchange, seq]);
	if (error) return html`<${ErrorState} error=${error} retry=${() => { fail(null); ask(); }}/>`;
	if (!path) return html`<${Wait}/>`;
	return html`<div class="preview"><p class="muted">Shown without scripts, images and other requests.</p><iframe sandbox="" src=${path} title="Preview of the captured HTML"/></div>`;
}

/** @param {{exchange: number, seq: number|"request"|"response", type: string}} props */
export function Picture({exchange, seq, type}) {
	const [url, set] = useState("");
	const [error, fail] = useState(/** @type {any} */ (null));
	useEffect(() => {
		let made = "";
		rawBytes(exchange, seq).then((bytes) => set((made = URL.createObjectURL(new Blob([/** @type {any} */ (bytes)], {type})))), fail);
		return () => URL.revokeObjectURL(made);
	}, [exchange, seq]);
	if (error) return html`<${ErrorState} error=${error}/>`;
	return url ? html`<div class="picture"><img src=${url} alt="Captured image"/></div>` : html`<${Wait}/>`;
}
