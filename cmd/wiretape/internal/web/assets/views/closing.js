// Asks with which code and reason a socket is closed.
import {html, useState} from "../vendor/preact.js";
import {Dialog} from "../lib/dialog.js";
import {SelectField, TextField} from "./form.js";

const CODES = [["1000", "1000 normal closure"], ["1001", "1001 going away"], ["1008", "1008 policy violation"], ["1011", "1011 internal error"], ["1012", "1012 service restart"], ["", "none"], ["other", "another"]];

/** @param {{onClose: () => void, onEnd: (body: any) => void, title?: string}} props asks for code and reason (RFC 6455 §7.4) */
export function CloseDialog({onClose, onEnd, title = "Close the connection"}) {
	const [code, set] = useState("1000");
	const [other, type] = useState("4000");
	const [reason, say] = useState("");
	const n = code === "other" ? Number(other) : code ? Number(code) : 0;
	const bad = code === "other" && !(n >= 1000 && n <= 4999);
	const long = new TextEncoder().encode(reason).length > 123;
	return html`<${Dialog} title=${title} onClose=${onClose} actions=${html`<button type="button" onClick=${onClose}>Cancel</button><button type="button" class="primary" disabled=${bad || long} onClick=${() => onEnd({how: "close", code: n, reason})}>Close it</button>`}>
		<${SelectField} label="Code" value=${code} onInput=${set} options=${CODES}/>
		${code === "other" && html`<${TextField} label="The code" value=${other} onInput=${(v) => type(v.replace(/\D/g, ""))} invalid=${bad} hint="1000 to 4999; 3000 and above are free to use"/>`}
		<${TextField} label="Reason" value=${reason} onInput=${say} invalid=${long} hint=${long ? "at most 123 bytes" : "what the other side is told"}/>
	<//>`;
}
