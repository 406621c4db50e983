// Set-up: how a program is pointed at the proxy and made to trust its CA.
import {html, useEffect, useState} from "../vendor/preact.js";
import {api} from "../lib/api.js";
import {saveFile} from "../lib/download.js";
import {CopyLine, Empty, ErrorState, Wait} from "../lib/empty.js";
import {copyText} from "../lib/clipboard.js";
import {Icon} from "../lib/icon.js";
import {href} from "../lib/route.js";
import {can, pref, recording, refreshState, state} from "../lib/store.js";
import {date} from "../lib/units.js";
import {Card, Facts} from "./facts.js";

export const title = () => "Set-up";

export default function View() {
	const s = state.value;
	const [error, fail] = useState(/** @type {any} */ (null));
	useEffect(() => void refreshState().catch(fail), []);
	if (!s) return error ? html`<${ErrorState} error=${error} retry=${() => refreshState().then(() => fail(null), fail)}/>` : html`<${Wait}/>`;
	if (!s.proxy) {
		return html`<${Empty} icon="setup" title="Nothing is being recorded here">
			<p>This page shows ${s.mode === "har" ? "a HAR" : "a tape at rest"}. To record, let wiretape start the program, or start the proxy and point programs at it:</p>
			<${CopyLine} text="wiretape record -- node app.js"/><${CopyLine} text="wiretape record"/><//>`;
	}
	return html`<div class="scroll"><div class="page">
		<h1 class="sr">Set-up</h1>
		<${Card} title="The shortest way"><div class="body"><p>wiretape starts the program with all it needs in its environment, and ends with it:</p><${CopyLine} text="wiretape record -- node app.js"/></div><//>
		<div class="cols">
		<${Card} title="The proxy" side=${html`<span class=${"badge " + (recording.value ? "ok" : "warn")}>${recording.value ? "recording" : "not recording"}</span>`}>
			<div class="body"><${CopyLine} text=${s.proxy}/><p class="muted"><br/>HTTP, HTTPS and SOCKS5 on one port. This page is not reachable through it.</p></div><//>
		<${CA} ca=${s.ca}/>
		</div>
		<${Ways} ways=${s.setup ?? []}/>
		<${Test} s=${s}/>
		${s.warnings?.length > 0 && html`<${Card} title="Warnings"><ul>${s.warnings.map((w) => html`<li>${w}</li>`)}</ul><//>`}
	</div></div>`;
}

/** @param {{ca: any}} props */
function CA({ca}) {
	if (!ca) return null;
	const save = () => saveFile("wiretape-ca.pem", new Blob([ca.pem], {type: "application/x-pem-file"}));
	return html`<${Card} title="The certificate authority" side=${html`<button onClick=${save}><${Icon} name="download"/>Download</button>`}>
		<${Facts} rows=${[["File", html`<span class="mono wrap">${ca.path}</span> <button class="link" onClick=${() => copyText(ca.path)}>copy</button>`], ["SHA-256", html`<span class="mono wrap">${ca.sha256}</span>`], ["Expires", date(ca.expires)]]}/>
		<p class="body muted">Trust it only where you record: who has its key can read that program's TLS.</p><//>`;
}

/** @param {{ways: {name: string, lines: string[]}[]}} props */
function Ways({ways}) {
	const chosen = pref("setup.way", "");
	if (ways.length === 0) return null;
	const way = ways.find((w) => w.name === chosen.value) ?? ways[0];
	return html`<${Card} title="Point a program at it" side=${html`<button onClick=${() => copyText(way.lines.join("\n"))}><${Icon} name="copy"/>Copy all</button>`}>
		<div class="ways" role="group" aria-label="Kind of program">${ways.map((w) => html`<button aria-pressed=${w === way ? "true" : "false"} onClick=${() => (chosen.value = w.name)}>${w.name}</button>`)}</div>
		<div class="body waylines">${way.lines.map((line) => (line.startsWith("#") || line === "" ? html`<p class="muted">${line.replace(/^#\s*/, "")}</p>` : html`<${CopyLine} text=${line}/>`))}</div><//>`;
}

/** Asks a server through the proxy, as a program would. */
function Ask() {
	const [url, set] = useState("https://example.com/");
	const [said, say] = useState(/** @type {any} */ (null));
	const ask = async (e) => {
		e.preventDefault();
		say({busy: true});
		try {
			const {exchange} = await api.post("/connections", {method: "GET", url: url.trim()});
			for (let ex, end = Date.now() + 20_000; Date.now() < end; await new Promise((done) => setTimeout(done, 200))) {
				ex = (await api.get("/exchanges/" + exchange)).exchange;
				if (ex.end?.error) throw new Error(ex.end.error);
				if (ex.status) return say({ex});
			}
			say({error: new Error("No answer came within 20 seconds.")});
		} catch (error) {
			say({error});
		}
	};
	return html`<form class="row" onSubmit=${ask}><input class="grow mono" aria-label="URL to ask for" value=${url} onInput=${(e) => set(e.target.value)} inputmode="url" autocomplete="off" spellcheck=${false}/>
			<button disabled=${said?.busy || !/^https?:\/\/./i.test(url.trim())}><${Icon} name="play"/>${said?.busy ? "Asking …" : "Ask from here"}</button></form>
		<div role="status">${said?.ex && html`<p class="ok-text"><${Icon} name="check"/> The proxy works: the server answered ${said.ex.status}, recorded as <a href=${href(["x", said.ex.id])}>#${said.ex.id}</a>. What is left is that your program uses it and trusts the CA.</p>`}
			${said?.error && html`<p class="error-text wrap"><${Icon} name="error"/> ${said.error.message}</p>${said.error.hint && html`<p class="muted">${said.error.hint}</p>`}`}</div>`;
}

/** A line that goes through the proxy, and what its appearance proves. @param {{s: any}} props */
function Test({s}) {
	const line = `curl --proxy ${s.proxy}${s.ca ? ` --cacert ${s.ca.path}` : ""} https://example.com/`;
	return html`<${Card} title="See that it works"><div class="body"><p>Run this; the request appears under <a href="#/x">Exchanges</a> at once, as HTTP. If it appears as a tunnel, the program does not trust the CA yet; if it does not appear, it does not use the proxy.</p><${CopyLine} text=${line}/>
		${can("compose") && html`<p class="gapabove muted">Or see whether the proxy reaches a server:</p><${Ask}/>`}</div><//>`;
}
