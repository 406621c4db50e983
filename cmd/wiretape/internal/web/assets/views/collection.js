// The tree of saved connections and messages, kept in the tape.
import {html, signal, useEffect, useState} from "../vendor/preact.js";
import {api, request} from "../lib/api.js";
import {visible} from "../lib/color.js";
import {Dialog} from "../lib/dialog.js";
import {saveFile} from "../lib/download.js";
import {ErrorState} from "../lib/empty.js";
import {Icon} from "../lib/icon.js";
import {toast, toastError} from "../lib/toast.js";
import {addEnvironments} from "./environments.js";
import {TextField} from "./form.js";

/** @typedef {{name: string, folder?: Node[], connection?: any, messages?: any[]}} Node */

const tree = signal(/** @type {Node[]} */ ([]));

const failed = signal(/** @type {any} */ (null));
let edition = ""; // what this tab has seen, so that it writes over nothing else

const take = (a) => {
	tree.value = a.items ?? [];
	edition = a.edition;
	failed.value = null;
};
const load = () => api.get("/collection").then(take, (err) => (failed.value = err));

async function keep(items) {
	if (failed.peek()) return toastError(failed.peek());
	try {
		take(await api.put("/collection", {items, edition}));
	} catch (err) {
		load();
		toastError(err);
	}
}

/**
 * Changes the node at a path; without a change it is taken away.
 * @param {Node[]} items @param {number[]} path @param {(n: Node) => Node|null} change @returns {Node[]}
 */
function changed(items, [i, ...rest], change) {
	return items.flatMap((n, j) => {
		if (i !== j) return [n];
		const next = rest.length ? {...n, folder: changed(n.folder ?? [], rest, change)} : change(n);
		return next ? [next] : [];
	});
}

/**
 * @param {{shown: import("../vendor/preact.js").Signal<boolean>, onConnection: (n: Node) => void, onMessage: (m: any) => void,
 *   current: () => {connection: any, message: any}}} props
 */
export function Collection({shown, onConnection, onMessage, current}) {
	const [naming, name] = useState(/** @type {null|{title: string, value: string, done: (v: string) => void}} */ (null));
	const [at, select] = useState(/** @type {number[]} */ ([]));
	useEffect(() => void load(), []);
	if (!shown.value) return null;
	const ask = (title, value, done) => name({title, value, done});
	const nodeAt = (path) => path.reduce((n, i) => n?.folder?.[i], /** @type {any} */ ({folder: tree.value}));
	const inFolder = () => (nodeAt(at)?.folder && at.length ? at : at.slice(0, -1));
	const add = (node) => {
		const folder = inFolder();
		keep(folder.length ? changed(tree.value, folder, (n) => ({...n, folder: [...(n.folder ?? []), node]})) : [...tree.value, node]);
	};
	const saveConnection = () => {
		const {connection} = current();
		ask("Save the connection", connection.url.replace(/^\w+:\/\//, "").replace(/[?#].*/, "") || "connection", (v) => add({name: v, connection, messages: []}));
	};
	const saveMessage = () => {
		const {message} = current();
		const node = nodeAt(at);
		if (!node?.connection) return toast("Choose the saved connection that the message belongs to.", {kind: "error"});
		ask("Save the message", (message.text ?? "message").slice(0, 40).replace(/\s+/g, " "), (v) => keep(changed(tree.value, at, (n) => ({...n, messages: [...(n.messages ?? []), {name: v, ...message}]}))));
	};
	return html`<aside class="collection" aria-label="Saved">
		<div class="toolbar"><b class="grow">Saved</b>
			<button class="icon" aria-label="Save the connection" title="Save the connection" onClick=${saveConnection}><${Icon} name="plus"/></button>
			<button class="icon" aria-label="Save the message" title="Save the message" onClick=${saveMessage}><${Icon} name="note"/></button>
			<button class="icon" aria-label="New folder" title="New folder" onClick=${() => ask("New folder", "", (v) => add({name: v, folder: []}))}><${Icon} name="folder"/></button>
			<button class="icon" aria-label="Save as a file" title="Save as a file" onClick=${toFile}><${Icon} name="download"/></button>
			<label class="button icon-label" title="Read a file"><${Icon} name="export"/><span class="sr">Read a file</span><input type="file" accept=".json,application/json" class="sr" onChange=${(e) => fromFile(e.target.files[0])}/></label>
			<button class="icon" aria-label="Hide" onClick=${() => (shown.value = false)}><${Icon} name="x"/></button></div>
		${failed.value ? html`<${ErrorState} error=${failed.value} what="What is saved cannot be read" retry=${load}/>` : tree.value.length === 0 ? html`<p class="wait">Nothing is saved yet. <button class="link" onClick=${saveConnection}>Save the connection</button></p>`
			: html`<${Nodes} list=${tree.value} path=${[]} at=${at} select=${select} ask=${ask} onConnection=${onConnection} onMessage=${onMessage}/>`}
		${naming && html`<${Dialog} title=${naming.title} onClose=${() => name(null)} actions=${html`<button onClick=${() => name(null)}>Cancel</button>
			<button class="primary" disabled=${!naming.value.trim()} onClick=${() => { naming.done(naming.value.trim()); name(null); }}>Keep</button>`}>
			<${TextField} label="Name" value=${naming.value} onInput=${(value) => name({...naming, value})}/><//>`}
	</aside>`;
}

/** One level of the tree. */
function Nodes({list, path, at, select, ask, onConnection, onMessage}) {
	const put = (p, change) => keep(changed(tree.value, p, change));
	return html`<ul class="plain tree">${list.map((n, i) => {
		const p = [...path, i], here = p.join() === at.join();
		const rename = () => ask("Rename", n.name, (v) => put(p, (was) => ({...was, name: v})));
		return html`<li key=${i}><div class=${"node" + (here ? " here" : "")}>
				<button class="quiet grow" aria-current=${here ? "true" : undefined} onClick=${() => { select(p); if (n.connection) onConnection(n); }} title=${n.connection?.url}><${Icon} name=${n.folder ? "folder" : "ws"}/><span class="cut">${visible(n.name)}</span></button>
				<button class="icon" aria-label=${"Rename " + n.name} onClick=${rename}><${Icon} name="edit"/></button>
				<button class="icon" aria-label=${"Delete " + n.name} onClick=${() => { const before = tree.peek(); put(p, () => null); toast(`${n.name} is deleted`, {action: {label: "Undo", run: () => keep(before)}}); }}><${Icon} name="trash"/></button></div>
			${n.folder && n.folder.length > 0 && html`<${Nodes} list=${n.folder} path=${p} at=${at} select=${select} ask=${ask} onConnection=${onConnection} onMessage=${onMessage}/>`}
			${n.messages?.length > 0 && html`<ul class="plain tree">${n.messages.map((m, k) => html`<li key=${k}><div class="node">
				<button class="quiet grow" onClick=${() => onMessage(m)}><${Icon} name="note"/><span class="cut">${visible(m.name ?? m.text ?? "message")}</span></button>
				<button class="icon" aria-label=${"Delete " + (m.name ?? "the message")} onClick=${() => put(p, (was) => ({...was, messages: was.messages?.filter((_, j) => j !== k)}))}><${Icon} name="trash"/></button></div></li>`)}</ul>`}
		</li>`;
	})}</ul>`;
}

/** Saves all of it, with the environments, as one file. */
async function toFile() {
	try {
		saveFile("collection.json", await (await request("/collection/file")).blob());
	} catch (err) {
		toastError(err);
	}
}

/** @param {File|undefined} file */
async function fromFile(file) {
	if (!file) return;
	try {
		const {wiretape, collection, environments} = JSON.parse(await file.text());
		if (wiretape !== "collection" || !Array.isArray(collection)) throw new Error("it is no collection");
		await keep([...tree.value, ...collection]);
		await addEnvironments(environments?.items ?? []);
	} catch (err) {
		toastError(new Error(`${file.name} cannot be read: ${err.message}`));
	}
}
