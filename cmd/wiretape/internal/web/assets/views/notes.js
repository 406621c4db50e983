// Notes on an exchange: tags, and Markdown with its look beside it.
import {html, useEffect, useRef, useState} from "../vendor/preact.js";
import {api} from "../lib/api.js";
import {announce} from "../lib/a11y.js";
import {Editor} from "../lib/editor.js";
import {Empty} from "../lib/empty.js";
import {Icon} from "../lib/icon.js";
import {useKeys} from "../lib/keys.js";
import {Markdown} from "../lib/md.js";
import {can} from "../lib/store.js";
import {Card} from "./facts.js";

const QUIET = 800; // ms without typing before it is kept

/** @param {{x: any, reload: () => void}} props */
export default function Notes({x, reload}) {
	const ex = x.exchange;
	const [note, setNote] = useState(ex.note ?? "");
	const [tags, setTags] = useState(/** @type {string[]} */ (ex.tags ?? []));
	const [tag, type] = useState("");
	const [status, say] = useState("Kept in the tape");
	const kept = useRef({note: ex.note ?? "", tags: ex.tags ?? []});
	const editable = can("annotate");
	const save = async () => {
		say("Keeping …");
		try {
			await api.patch("/exchanges/" + ex.id, {note, tags});
			kept.current = {note, tags};
			say("Kept in the tape");
			reload();
		} catch (err) {
			say(`Not kept: ${err.message}${err.hint ? ". " + err.hint : ""}`);
			announce("The note was not kept.");
		}
	};
	useEffect(() => {
		if (note === kept.current.note && tags === kept.current.tags) return;
		say("Not kept yet");
		const timer = setTimeout(save, QUIET);
		return () => clearTimeout(timer);
	}, [note, tags]);
	useKeys("Notes", [{key: "Ctrl+s", label: "Keep the note", run: save}]);
	if (!editable && !note && tags.length === 0) {
		return html`<${Empty} icon="note" title="No notes"><p>This tape is open for reading only.</p><//>`;
	}
	const add = (e) => {
		e.preventDefault();
		if (tag.trim() && !tags.includes(tag.trim())) setTags([...tags, tag.trim()]);
		type("");
	};
	return html`<div class="scroll"><div class="page">
		<${Card} title="Tags"><form class="body row" onSubmit=${add}>${tags.map((t) => html`<span class="chip"><span class="chip-text">${t}</span>${editable && html`<button type="button" class="chip-x" aria-label=${`Remove tag ${t}`} onClick=${() => setTags(tags.filter((o) => o !== t))}><${Icon} name="x"/></button>`}</span>`)}
			${editable && html`<input aria-label="New tag" placeholder="Add a tag" value=${tag} onInput=${(e) => type(e.target.value)}/><button disabled=${!tag.trim()}>Add</button>`}</form><//>
		<${Card} title="Note" side=${html`<span class=${status.startsWith("Not") ? "warn-text" : "muted"} role="status">${status}</span>`}>
			<div class="body notes">${editable && html`<${Editor} label="Note in Markdown" rows=${14} value=${note} onInput=${setNote} placeholder="What happened here? Markdown works."/>`}
			<div class="noteview" aria-label="How the note looks">${note ? html`<${Markdown} text=${note}/>` : html`<p class="muted">Headings, lists, code, tables and links, as in Markdown.</p>`}</div></div><//>
	</div></div>`;
}
