// Compose: connect, write, send, and see what comes back. Everything said here
// is recorded like any other traffic.
import {html, signal, useEffect, useRef, useState} from "../vendor/preact.js";
import {announce} from "../lib/a11y.js";
import {api} from "../lib/api.js";
import {visible} from "../lib/color.js";
import {Empty} from "../lib/empty.js";
import {on} from "../lib/feed.js";
import {toBase64} from "../lib/hex.js";
import {Icon} from "../lib/icon.js";
import {useKeys} from "../lib/keys.js";
import {can, state} from "../lib/store.js";
import {toast, toastError} from "../lib/toast.js";
import {CloseDialog} from "./closing.js";
import {Collection} from "./collection.js";
import {Environments, environment} from "./environments.js";
import {Wrong} from "./form.js";
import {Inject} from "./inject.js";
import {MessageEditor, blankMessage, bodyOf, messageOf, useChecked} from "./message.js";
import {Talk} from "./talk.js";
import {Handshake, blank, connectionOf, isSocket, targetOf, targetOfExchange} from "./target.js";

export const title = (route) => (route.query.inject ? `Write into #${route.query.inject}` : "Compose");

// What is being written outlives a look at another view.
const target = signal(blank);
const message = signal(blankMessage);
/** @type {import("../vendor/preact.js").Signal<any>} the connection as GET /connections tells it */
const link = signal(null);
const treeOpen = signal(false);

const LOOK = 1_500; // ms between looks at a connection that is open

async function look() {
	const mine = link.peek()?.connection;
	if (!mine) return;
	const {items} = await api.get("/connections");
	const now = items.find((c) => c.connection === mine);
	if (now && link.peek()?.connection === mine) link.value = {...link.peek(), ...now};
}

const isLive = () => ["open", "connecting"].includes(link.value?.state);

export default function View({route}) {
	const {from, seq, m, inject} = route.query;
	const [error, fail] = useState(/** @type {any} */ (null));
	const row = Number(seq ?? m ?? 0);
	const taken = useRef("");
	useEffect(() => { // what the address names is taken over once
		const key = [from, inject, row, route.key].join();
		if ((!from && !inject) || taken.current === key) return;
		taken.current = key;
		const id = from ?? inject;
		if (from && !isLive()) api.get(`/exchanges/${id}`).then((x) => { target.value = targetOfExchange(x); }, fail);
		if (row) api.get(`/exchanges/${id}/rows/${row}`).then((full) => { message.value = messageOf(full); if (full.cut) fail(new Error("The message is longer than what can be edited here; only its beginning was taken.")); }, fail);
	}, [from, inject, row, route.key]);
	if (state.value && !can("compose") && !inject) {
		return html`<${Empty} icon="compose" title="Nothing can be sent from here"><p>What is open is only read. Start a recorder, and compose on its page:</p><p><code>wiretape record</code></p><//>`;
	}
	return html`<div class="view compose">
		<${Collection} shown=${treeOpen} onConnection=${open} onMessage=${(saved) => (message.value = messageOf(saved))} current=${() => ({connection: connectionOf(target.peek()), message: {...bodyOf(message.peek()), as: message.peek().as}})}/>
		<div class="compose-main"><h1 class="sr">${inject ? `Write into exchange ${inject}` : "Compose"}</h1>
			<${Wrong} error=${error}/>
			${inject ? html`<${Inject} id=${Number(inject)} message=${message}/>` : html`<${Connection}/>`}
		</div>
	</div>`;
}

/** Takes a saved connection. @param {any} saved */
function open(saved) {
	if (isLive()) return toast("A connection is open. End it first.", {kind: "error"});
	target.value = targetOf(saved.connection);
	if (saved.messages?.[0]) message.value = messageOf(saved.messages[0]);
}

function Connection() {
	const t = target.value, c = link.value, live = isLive();
	const [error, fail] = useState(/** @type {any} */ (null));
	const [busy, work] = useState(false);
	const [unlocked, unlock] = useState(false); // changing the handshake of the next connection
	const [folded, fold] = useState(false);
	const socket = isSocket(t.url) || !t.url;
	const fixed = live && !unlocked;
	useEffect(() => {
		if (!live) return unlock(false);
		const stop = on("connection", () => look().catch(() => {}));
		const timer = setInterval(() => !document.hidden && look().catch(() => {}), LOOK);
		return () => { stop(); clearInterval(timer); };
	}, [live, c?.connection]);
	useEffect(() => {
		if (c?.state) announce(`The connection is ${c.state}`);
	}, [c?.state]);
	const connect = async (e) => {
		e?.preventDefault();
		fail(null);
		work(true);
		try {
			if (live) await api.post(`/connections/${c.connection}/end`, {how: "close", code: 1000, reason: ""}).catch(() => {});
			const vars = {...environment.value.vars, ...connectionOf(t).vars};
			const made = await api.post("/connections", {...connectionOf(t), vars});
			link.value = {state: "open", url: t.url, socket: isSocket(t.url), ...made};
			unlock(false);
			fold(true);
			await look();
		} catch (err) {
			if (/certificate/.test(err.message) && !t.insecure) err.hint = "If you trust this server, choose “Do not check the server's certificate” under Options. Nothing of the request was sent.";
			fail(err);
			fold(false);
			await findFailed(t.url);
		} finally {
			work(false);
		}
	};
	return html`
		<form class="target" onSubmit=${connect}>
			<div class="row url-row">
				<button type="button" class="icon" aria-label="Saved connections" title="Saved connections" aria-pressed=${treeOpen.value ? "true" : "false"} onClick=${() => (treeOpen.value = !treeOpen.value)}><${Icon} name="folder"/></button>
				${!socket && html`<select aria-label="Method" value=${t.method} disabled=${fixed} onChange=${(e) => (target.value = {...t, method: e.target.value})}>${["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"].map((m) => html`<option selected=${m === t.method}>${m}</option>`)}</select>`}
				<input class="grow mono url" aria-label="URL" placeholder="wss://api.example.com/ws, or https://" value=${t.url} disabled=${fixed} onInput=${(e) => (target.value = {...t, url: e.target.value})} autocomplete="off" spellcheck=${false} inputmode="url"/>
				${!live || unlocked ? html`<button class="primary" disabled=${busy || !t.url.trim()}><${Icon} name=${socket ? "bolt" : "play"}/>${busy ? "Connecting …" : unlocked ? "Reconnect" : socket ? "Connect" : "Send"}</button>`
					: html`<${Ending} c=${c}/>`}
				<button type="button" class="icon" aria-label=${folded ? "Show the handshake" : "Hide the handshake"} aria-expanded=${folded ? "false" : "true"} onClick=${() => fold(!folded)}><${Icon} name=${folded ? "down" : "up"}/></button>
			</div>
			${fixed && html`<p class="row fixed-note" role="status"><${Icon} name="info"/><span>Connected: the handshake is fixed until the connection ends.</span><button type="button" class="link" onClick=${() => { unlock(true); fold(false); }}>Reconnect with changes</button></p>`}
			${unlocked && html`<p class="row fixed-note" role="status"><${Icon} name="edit"/><span>Changes count from the next connection. This one stays open until you reconnect.</span><button type="button" class="link" onClick=${() => unlock(false)}>Keep this one</button></p>`}
			<${Wrong} error=${error}/>
			${!folded && html`<${Handshake} t=${t} onInput=${(next) => (target.value = next)} disabled=${fixed} environment=${html`<${Environments}/>`}/>`}
		</form>
		${c && (c.socket ?? isSocket(c.url)) && html`<${Composer} c=${c} live=${c.state === "open"}/>`}
		${c?.exchange > 0 ? html`<${Talk} id=${c.exchange} key=${c.exchange} refresh=${c.state} onRow=${take} onResend=${c.state === "open" && (c.socket ?? isSocket(c.url)) ? resend : undefined}/>`
			: html`<${Empty} icon="compose" title=${c?.state === "failed" ? "The connection was not made" : "Not connected"}><p>${c?.error ? visible(c.error) : "Type an address and connect. What is said appears here, and is recorded on the tape."}</p>${c?.hint && html`<p>${c.hint}</p>`}<//>`}`;
}

/** Shows the exchange of a connection that failed, where one was recorded. @param {string} url */
async function findFailed(url) {
	try {
		const {items} = await api.get("/connections");
		const last = items[items.length - 1];
		if (last?.state === "failed" && last.url === url.trim()) link.value = last;
	} catch {
		// the error itself is shown already
	}
}

/** Takes the message of a row into the editor. @param {any} row */
async function take(row) {
	try {
		message.value = messageOf(await api.get(`/exchanges/${link.peek().exchange}/rows/${row.seq}`));
	} catch (err) {
		toastError(err);
	}
}

/** Sends what a row said once more, byte for byte. @param {any} row */
async function resend(row) {
	const {connection, exchange} = link.peek();
	try {
		const full = await api.get(`/exchanges/${exchange}/rows/${row.seq}`);
		if (full.cut) throw new Error("The message is too long to be sent again from here.");
		const opcode = {1: "text", 2: "binary", 9: "ping", 10: "pong"}[full.opcode];
		if (!opcode) throw new Error("Only messages, pings and pongs can be sent again.");
		await api.post(`/connections/${connection}/messages`, {opcode, base64: full.base64 ?? toBase64(new TextEncoder().encode(full.text ?? ""))}); // as bytes: no variable in it is resolved
	} catch (err) {
		toastError(err);
	}
}

/** The editor of messages and what sends them. */
function Composer({c, live}) {
	const m = message.value;
	const vars = {...environment.value.vars, ...connectionOf(target.value).vars};
	const check = useChecked(m, vars);
	const [error, fail] = useState(/** @type {any} */ (null));
	const send = async (body) => {
		if (!live || (!body && check.blocked)) return;
		try {
			await api.post(`/connections/${c.connection}/messages`, body ?? bodyOf(m));
			fail(null);
		} catch (err) {
			fail(err);
			look().catch(() => {});
		}
	};
	useKeys("Compose", [{key: "Ctrl+Enter", label: "Send the message", icon: "compose", run: () => send()}]);
	return html`<section class="composer" aria-label="Message">
		<${MessageEditor} m=${m} onInput=${(next) => (message.value = next)} check=${check} onSend=${() => send()}/>
		<${Wrong} error=${error}/>
		<div class="row"><button class="primary" disabled=${!live || check.blocked} onClick=${() => send()} title="Ctrl Enter"><${Icon} name="compose"/>Send</button>
			<button disabled=${!live} onClick=${() => send({opcode: "ping", text: ""})}>Ping</button><button disabled=${!live} onClick=${() => send({opcode: "pong", text: ""})}>Pong</button>
			${!live && html`<span class="muted">Connect to send.</span>`}</div>
	</section>`;
}

/** How a connection is ended from here. */
function Ending({c}) {
	const [closing, ask] = useState(false);
	const end = async (body) => {
		ask(false);
		try {
			await api.post(`/connections/${c.connection}/end`, body);
		} catch (err) {
			toastError(err);
		}
		await look().catch(() => {});
	};
	const socket = c.socket ?? isSocket(c.url);
	// Close stands where Connect was, and asks: a double click ends nothing.
	return html`${socket && html`<button type="button" class="danger" title="Resets the connection, without a close frame" onClick=${() => end({how: "abort"})}>Abort</button>`}
		<button type="button" onClick=${() => (socket ? ask(true) : end({how: "abort"}))}><${Icon} name="stop"/>${socket ? "Close" : "Stop"}</button>
		${closing && html`<${CloseDialog} onClose=${() => ask(false)} onEnd=${end}/>`}`;
}
