// Commands by name: all that the open views can do, and the exchanges by number.
import {html, useId, useMemo, useState} from "../vendor/preact.js";
import {Dialog} from "./dialog.js";
import {Icon} from "./icon.js";
import {groups} from "./keys.js";
import {go} from "./route.js";

/** @param {string} text @param {string} typed every typed letter, in order */
function matches(text, typed) {
	let at = 0;
	for (const c of typed) {
		at = text.indexOf(c, at) + 1;
		if (at === 0) return false;
	}
	return true;
}

/** @param {{onClose: () => void}} props */
export function Palette({onClose}) {
	const [text, set] = useState("");
	const [at, move] = useState(0);
	const id = useId();
	const all = useMemo(() => [...groups.peek()].reverse().flatMap((g) =>
		g.keys.filter((k) => k.label && (k.when?.() ?? true)).map((k) => ({...k, group: g.name}))), []);
	const typed = text.trim().toLowerCase();
	const found = all.filter((k) => k.label !== "Find a command" && matches(k.label.toLowerCase(), typed));
	found.sort((a, b) => Number(b.label.toLowerCase().includes(typed)) - Number(a.label.toLowerCase().includes(typed)));
	if (/^#?\d+$/.test(typed)) {
		const n = typed.replace("#", "");
		found.unshift({key: "", label: `Open exchange ${n}`, group: "", icon: "list", run: () => go("#/x/" + n)});
	}
	const run = (k) => {
		onClose();
		setTimeout(() => k.run()); // once the dialog has given the focus back
	};
	const onKey = (e) => {
		if (e.key === "ArrowDown") move(Math.min(at + 1, found.length - 1));
		else if (e.key === "ArrowUp") move(Math.max(at - 1, 0));
		else if (e.key === "Enter" && found[at]) run(found[at]);
		else return;
		e.preventDefault();
	};
	return html`<${Dialog} title="Commands" class="palette" onClose=${onClose}>
		<input autofocus role="combobox" aria-expanded="true" aria-controls=${id} aria-activedescendant=${found[at] ? `${id}-${at}` : undefined}
			aria-label="Command or exchange number" placeholder="Type a command, or the number of an exchange" value=${text}
			onInput=${(e) => { set(e.target.value); move(0); }} onKeyDown=${onKey}/>
		<ul class="plain" role="listbox" id=${id} aria-label="Commands">${found.slice(0, 60).map((k, i) => html`<li role="option" id=${`${id}-${i}`}
			aria-selected=${i === at ? "true" : "false"} onClick=${() => run(k)} onMouseMove=${() => i !== at && move(i)}>
			<${Icon} name=${k.icon ?? "command"} class="muted"/><span>${k.label}</span>${k.key && html`<kbd><${KeyText} k=${k.key}/></kbd>`}</li>`)}</ul>
		${found.length === 0 && html`<p class="wait">No command has this in its name.</p>`}
	<//>`;
}

/** @param {{k: string}} props */
const KeyText = ({k}) => k.split(" ")[0].replace("+", " ");
