// Environments: named sets of variables, one of which is in force.
import {computed, html, signal, useEffect, useState} from "../vendor/preact.js";
import {api} from "../lib/api.js";
import {Dialog} from "../lib/dialog.js";
import {Icon} from "../lib/icon.js";
import {toastError} from "../lib/toast.js";
import {TextField} from "./form.js";
import {Pairs} from "./target.js";

const all = signal({current: "", items: /** @type {{name: string, vars: Record<string, string>}[]} */ ([])});

/** The environment in force. */
export const environment = computed(() => all.value.items.find((e) => e.name === all.value.current) ?? {name: "", vars: {}});

let edition = ""; // what this tab has seen

const take = (a) => {
	all.value = {current: a.current ?? "", items: a.items ?? []};
	edition = a.edition;
};
const load = () => api.get("/environments").then(take);

async function keep(next) {
	try {
		if (!edition) {
			await load();
			throw new Error("The environments could be read only now. Look at them, and do it again.");
		}
		take(await api.put("/environments", {...next, edition}));
	} catch (err) {
		load().catch(() => {});
		toastError(err);
	}
}

/** Adds those whose names are free. @param {{name: string, vars: Record<string, string>}[]} list */
export async function addEnvironments(list) {
	const {current, items} = all.peek();
	const fresh = list.filter((e) => !items.some((i) => i.name === e.name));
	if (fresh.length > 0) await keep({current, items: [...items, ...fresh]});
}

export function Environments() {
	const [editing, edit] = useState(/** @type {null|{was: string, name: string, vars: string[][]}} */ (null));
	useEffect(() => void load().catch(() => {}), []);
	const {current, items} = all.value;
	const save = () => {
		if (!editing) return;
		const made = {name: editing.name.trim(), vars: Object.fromEntries(editing.vars.filter(([k]) => k.trim()).map(([k, v]) => [k.trim(), v]))};
		const rest = items.filter((e) => e.name !== editing.was && e.name !== made.name);
		keep({current: made.name, items: [...rest, made].sort((a, b) => a.name.localeCompare(b.name))});
		edit(null);
	};
	return html`<div class="row environment"><b>Environment</b>
		<select aria-label="Environment" value=${current} onChange=${(e) => keep({current: e.target.value, items})}><option value="" selected=${!current}>none</option>${items.map((e) => html`<option value=${e.name} selected=${e.name === current}>${e.name}</option>`)}</select>
		${current && html`<button type="button" onClick=${() => edit({was: current, name: current, vars: Object.entries(environment.value.vars)})}><${Icon} name="edit"/>Edit</button>`}
		<button type="button" onClick=${() => edit({was: "", name: "", vars: []})}><${Icon} name="plus"/>New</button>
		${editing && html`<${Dialog} title=${editing.was ? "Environment " + editing.was : "New environment"} onClose=${() => edit(null)} actions=${html`
			${editing.was && html`<button type="button" class="danger" onClick=${() => { keep({current: "", items: items.filter((e) => e.name !== editing.was)}); edit(null); }}><${Icon} name="trash"/>Delete</button><span class="grow"/>`}
			<button type="button" onClick=${() => edit(null)}>Cancel</button><button type="button" class="primary" disabled=${!editing.name.trim()} onClick=${save}>Keep</button>`}>
			<${TextField} label="Name" value=${editing.name} onInput=${(name) => edit({...editing, name})}/>
			<${Pairs} label="Variable" list=${editing.vars} onInput=${(vars) => edit({...editing, vars})} disabled=${false}/>
			<p class="muted">Kept in the tape. A secret is better written as <code>${"{{env.NAME}}"}</code>: it is read when it is used, and kept nowhere.</p><//>`}
	</div>`;
}
