// The list of keys, of the views that are open.
import {html} from "../vendor/preact.js";
import {Dialog} from "./dialog.js";
import {groups, singleKeys} from "./keys.js";

/** @param {{keys: string}} props "Ctrl+k" as keys; alternatives by spaces */
export function Keys({keys}) {
	return keys.split(" ").map((k, i) => html`${i > 0 && " "}<kbd>${k.replace("+", " ").replace(/\b[a-z]$/, (c) => (k.includes("+") ? c.toUpperCase() : c))}</kbd>`);
}

/** @param {{onClose: () => void}} props */
export function KeysHelp({onClose}) {
	const lists = [...groups.value, {name: "Lists", keys: [
		{key: "ArrowUp ArrowDown", label: "Previous, next row", run() {}},
		{key: "PageUp PageDown", label: "A window up, down", run() {}},
		{key: "Home End", label: "First, last row; End follows", run() {}},
		{key: "Enter", label: "Open", run() {}},
	]}].map((g) => ({...g, keys: g.keys.filter((k) => k.key && !k.hidden)})).filter((g) => g.keys.length > 0);
	return html`<${Dialog} title="Keys" wide onClose=${onClose}>
		<p><label class="check"><input type="checkbox" checked=${singleKeys.value} onChange=${(e) => (singleKeys.value = e.target.checked)}/> Keys without Ctrl work outside of fields</label></p>
		<div class="keys-list">${lists.map((g) => html`<section key=${g.name}><h3>${g.name}</h3>
			${g.keys.map((k) => html`<div><span>${k.label}</span><span><${Keys} keys=${k.key}/></span></div>`)}
		</section>`)}</div>
	<//>`;
}
