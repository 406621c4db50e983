// Writing into a live connection of the app, to either side.
import {html, useState} from "../vendor/preact.js";
import {api} from "../lib/api.js";
import {Icon} from "../lib/icon.js";
import {useKeys} from "../lib/keys.js";
import {href} from "../lib/route.js";
import {can, extent} from "../lib/store.js";
import {toast, toastError} from "../lib/toast.js";
import {CloseDialog} from "./closing.js";
import {Seg, Wrong} from "./form.js";
import {MessageEditor, bodyOf, messageOf, useChecked} from "./message.js";
import {Talk} from "./talk.js";

/** @param {{id: number, message: import("../vendor/preact.js").Signal<any>}} props */
export function Inject({id, message}) {
	const [to, aim] = useState("server");
	const [armed, arm] = useState(false);
	const [closing, ask] = useState(false);
	const [error, fail] = useState(/** @type {any} */ (null));
	const m = message.value, over = extent(id).value.state === "done";
	const check = useChecked(m, {});
	const ready = armed && !over && can("inject");
	const act = async (path, body, done) => {
		try {
			await api.post(`/exchanges/${id}/${path}`, {to, ...body});
			fail(null);
			toast(done);
		} catch (err) {
			fail(err);
		}
	};
	const send = () => ready && !check.blocked && act("inject", bodyOf(m), `Written to the ${to}`);
	useKeys("Inject", [{key: "Ctrl+Enter", label: "Write the message", icon: "compose", run: send}]);
	const side = to === "both" ? "both sides" : "the " + to;
	return html`
		<div class=${"banner" + (armed ? " error" : "")} role="status"><${Icon} name=${armed ? "warn" : "info"}/>
			<span class="grow">${over ? html`Connection <a href=${href(["x", id])}>#${id}</a> is over.` : armed ? html`<b>You are writing into the app's connection</b> <a href=${href(["x", id])}>#${id}</a>.` : html`This writes into the app's connection <a href=${href(["x", id])}>#${id}</a>, between its own frames. It is recorded as injected.`}</span>
			${!over && html`<button type="button" class=${armed ? "" : "danger"} aria-pressed=${armed ? "true" : "false"} onClick=${() => arm(!armed)}>${armed ? "Disarm" : "Arm"}</button>`}</div>
		<section class="composer" aria-label="Message">
			<div class="row"><b>To</b><${Seg} label="To" value=${to} onInput=${aim} options=${[["server", "↑ the server, as the app"], ["client", "↓ the app, as the server"]]}/></div>
			<${MessageEditor} m=${m} onInput=${(next) => (message.value = next)} check=${check} onSend=${send}/>
			<${Wrong} error=${error}/>
			<div class="row"><button class="primary" disabled=${!ready || check.blocked} onClick=${send}><${Icon} name="edit"/>Write to ${side}</button>
				<button disabled=${!ready} onClick=${() => act("inject", {opcode: "ping", text: ""}, "Ping written")}>Ping</button>
				<button disabled=${!ready} onClick=${() => act("inject", {opcode: "pong", text: ""}, "Pong written")}>Pong</button>
				<button disabled=${!ready} onClick=${() => ask(true)}>Close …</button>
				<button class="danger" disabled=${!ready} onClick=${() => act("end", {how: "abort"}, "The connection is reset")}>Abort</button></div>
		</section>
		${closing && html`<${CloseDialog} title=${`Close the connection towards ${side}`} onClose=${() => ask(false)} onEnd=${(body) => { ask(false); act("end", body, "Close frame written"); }}/>`}
		<${Talk} id=${id} refresh=${over} onRow=${(row) => api.get(`/exchanges/${id}/rows/${row.seq}`).then((full) => (message.value = messageOf(full)), toastError)}/>`;
}
