// The page's frame: rail, top bar, and the view that the address names.
import {html, render, signal, useEffect, useErrorBoundary, useLayoutEffect, useRef, useState} from "./vendor/preact.js";
import {announce} from "./lib/a11y.js";
import {Empty, ErrorState, Wait} from "./lib/empty.js";
import {startFeed} from "./lib/feed.js";
import {Icon} from "./lib/icon.js";
import {startKeys, useKeys} from "./lib/keys.js";
import {lazy, notLoaded} from "./lib/lazy.js";
import {go, route, startRouting} from "./lib/route.js";
import {can, feedState, rate, recording, refreshState, state, total, warnings} from "./lib/store.js";
import {nextTheme, startTheme, theme} from "./lib/theme.js";
import {Toasts} from "./lib/toast.js";
import {pasteToken, refused, takeToken} from "./lib/token.js";
import {count, plural, shortCount} from "./lib/units.js";

/**
 * The views by the first part of the address. Written out, so that nothing but
 * these files can ever be loaded.
 * @type {Record<string, {name: string, icon?: string, rail?: boolean, load: () => Promise<any>, when?: () => boolean}>}
 */
const views = {
	x: {name: "Exchanges", icon: "list", rail: true, load: () => import("./views/exchanges.js")},
	exchange: {name: "Exchange", load: () => import("./views/exchange.js")},
	compose: {name: "Compose", icon: "compose", rail: true, load: () => import("./views/compose.js")},
	replay: {name: "Replay", icon: "replay", rail: true, load: () => import("./views/replay.js")},
	docs: {name: "Docs", icon: "docs", rail: true, load: () => import("./views/docs.js")},
	rules: {name: "Rules", load: () => import("./views/rules.js")},
	diff: {name: "Compare", load: () => import("./views/diff.js")},
	export: {name: "Export", load: () => import("./views/export.js")},
	setup: {name: "Set-up", icon: "setup", rail: true, load: () => import("./views/setup.js")},
};

const KeysHelp = lazy(() => import("./lib/keyshelp.js"), "KeysHelp");
const Palette = lazy(() => import("./lib/palette.js"), "Palette");

/** What is open over the page: "keys", "palette" or "". */
const open = signal("");

/** @param {string[]} path */
function viewOf(path) {
	if (path[0] === "x" && path[1]) return "exchange";
	return path[0] in views ? path[0] : "";
}

function Rail() {
	const here = route.value.path[0];
	return html`<nav class="rail" aria-label="Main">
		${Object.entries(views).filter(([, v]) => v.rail).map(([name, v]) => html`${name === "setup" && html`<span class="gap"/>`}
			<a href=${"#/" + name} aria-current=${here === name ? "page" : undefined}><${Icon} name=${v.icon}/>${v.name}</a>`)}
	</nav>`;
}

function Recording() {
	const s = state.value;
	if (!s) return null;
	if (feedState.value === "lost") return html`<span class="badge warn">no answer</span>`;
	if (!recording.value) return html`<span class="badge">${s.mode === "har" ? "HAR" : s.mode === "record" ? "ended" : "tape at rest"}</span>`;
	return html`<span class="row"><span class="dot live"/><span>recording${rate.value > 0 ? html` <b class="mono">${shortCount(Math.round(rate.value))}</b> rows/s` : ""}</span></span>`;
}

function Warnings() {
	const [shown, show] = useState(false);
	const list = warnings.value;
	if (list.length === 0) return null;
	return html`<button class="quiet" aria-expanded=${shown} onClick=${() => show(!shown)} title=${list[list.length - 1]}>
			<${Icon} name="warn" class="warn-text"/>${list.length}<span class="sr"> warnings</span></button>
		${shown && html`<div class="menu warnings" role="region" aria-label="Warnings"><ul class="plain">${list.map((w) => html`<li>${w}</li>`)}</ul></div>`}`;
}

function TopBar() {
	const s = state.value;
	const icons = {system: "system", light: "sun", dark: "moon"};
	return html`<header class="topbar">
		<span class="tape cut" title=${s?.tape}>${s ? s.tape.split("/").pop() : "wiretape"}</span>
		${s?.session ? html`<span class="muted wide-only">session ${s.session}</span>` : ""}
		<${Recording}/>
		<span class="muted wide-only">${s && plural(total.value, "exchange")}</span>
		<span class="grow"/>
		<${Warnings}/>
		<button class="quiet wide-only" onClick=${() => (open.value = "palette")}><${Icon} name="search"/>Commands <kbd>Ctrl K</kbd></button>
		<button class="icon" aria-label=${`Theme: ${theme.value}`} title=${`Theme: ${theme.value}`} onClick=${nextTheme}><${Icon} name=${icons[theme.value] ?? "system"}/></button>
		<button class="icon" aria-label="Keys" title="Keys (?)" onClick=${() => (open.value = "keys")}><${Icon} name="help"/></button>
	</header>`;
}

function Banners() {
	const lost = feedState.value === "lost";
	useEffect(() => {
		if (lost) announce("The connection to wiretape is lost. What is shown stays.");
	}, [lost]);
	if (!lost) return null;
	return html`<div class="banner" role="status"><${Icon} name="warn"/><span class="grow">wiretape does not answer. What is here stays; it goes on as soon as wiretape does.</span></div>`;
}

/** Asks for the link when the token is missing or of another run. */
function AskLink() {
	const [text, set] = useState("");
	const [wrong, say] = useState(false);
	const take = (e) => {
		e.preventDefault();
		if (pasteToken(text)) location.reload();
		else say(true);
	};
	return html`<main class="ask" id="main"><form class="empty" onSubmit=${take}>
		<${Icon} name="tunnel"/>
		<h1>Open the link that wiretape printed</h1>
		<p>This page shows recorded traffic, so it wants the token of this run. It stands at the end of the link in the terminal, on the line that begins with <code>wiretape: ready</code>, after <code>ui=</code>.</p>
		<div class="row"><input class="grow" aria-label="Link or token" aria-invalid=${wrong ? "true" : undefined} placeholder="http://127.0.0.1:…/#t=…" value=${text} onInput=${(e) => set(e.target.value)} autocomplete="off" spellcheck=${false}/>
		<button class="primary">Open</button></div>
		${wrong && html`<p class="error-text" role="alert">There is no token in this. Paste the whole link.</p>`}
	</form></main>`;
}

/** Modules that were loaded, or the error that came instead. */
const loaded = signal(/** @type {Record<string, any>} */ ({}));

/** @param {string} name */
function load(name) {
	views[name].load().then(
		(module) => (loaded.value = {...loaded.peek(), [name]: {module}}),
		(err) => (loaded.value = {...loaded.peek(), [name]: {error: notLoaded(err)}}),
	);
}

function ViewHost() {
	const r = route.value;
	const name = viewOf(r.path);
	const entry = loaded.value[name];
	const [broken, mend] = useErrorBoundary((err) => console.error(err));
	const before = useRef(name + r.path[1]);
	useEffect(() => {
		if (name && !entry) load(name);
	}, [name]);
	useLayoutEffect(() => {
		const now = name + r.path[1];
		if (before.current === now) return;
		before.current = now;
		if (broken) mend();
		if (document.activeElement === document.body) document.getElementById("main")?.focus({preventScroll: true});
	}, [name, r.path[1]]);
	useEffect(() => {
		const own = entry?.module?.title?.(r) ?? views[name]?.name ?? "";
		document.title = (own ? own + " · " : "") + (state.value?.tape.split("/").pop() ?? "wiretape");
	});
	if (!name) return html`<${Empty} icon="info" title="There is no such page"><a href="#/x">To the exchanges</a><//>`;
	if (broken) return html`<${ErrorState} error=${broken} what="This view stopped" retry=${mend}/>`;
	if (!entry) return html`<${Wait}/>`;
	if (entry.error) return html`<${ErrorState} error=${entry.error} what=${`${views[name].name} is not loaded`} retry=${() => load(name)}/>`;
	const View = entry.module.default;
	return html`<${View} route=${r} key=${name + (name === "exchange" ? r.path[1] : "")}/>`;
}

function App() {
	useKeys("Everywhere", [
		{key: "?", label: "Show the keys", run: () => (open.value = "keys")},
		{key: "Ctrl+k", label: "Find a command", run: () => (open.value = "palette")},
		{key: "", label: "Go to the exchanges", icon: "list", run: () => go("#/x")},
		{key: "", label: "Compose a connection", icon: "compose", run: () => go("#/compose")},
		{key: "", label: "Mocks and replays", icon: "replay", run: () => go("#/replay")},
		{key: "", label: "API pages", icon: "docs", run: () => go("#/docs")},
		{key: "", label: "Set-up: point a program at the proxy", icon: "setup", run: () => go("#/setup")},
		{key: "", label: "Export the tape", icon: "export", run: () => go("#/export"), when: () => can("export")},
		{key: "", label: "Switch the theme", icon: "moon", run: nextTheme},
	]);
	if (refused.value) return html`<${AskLink}/>`;
	return html`<div class="frame">
		<${Rail}/>
		<${TopBar}/>
		<main class="main" id="main" tabindex="-1"><${Banners}/><${ViewHost}/></main>
		${open.value === "keys" && html`<${KeysHelp} onClose=${() => (open.value = "")}/>`}
		${open.value === "palette" && html`<${Palette} onClose=${() => (open.value = "")}/>`}
		<${Toasts}/>
	</div>`;
}

takeToken();
startTheme();
startRouting();
startKeys(() => open.peek() !== "");
addEventListener("hashchange", () => {
	if (location.hash.startsWith("#t=")) {
		takeToken();
		location.reload();
	}
});
for (const name of ["dragover", "drop"]) {
	addEventListener(name, (e) => { // a file beside its place must not take the page's
		if (/** @type {DragEvent} */ (e).dataTransfer?.types.includes("Files")) e.preventDefault();
	});
}
document.getElementById("skip")?.addEventListener("click", (e) => {
	e.preventDefault(); // the fragment is the route
	document.getElementById("main")?.focus();
});
/** Loads what is not shown yet, so that it is there at once, and also when wiretape has ended. */
async function loadAhead() {
	for (const part of [Palette, KeysHelp]) await part.ahead();
	for (const [name, view] of Object.entries(views)) {
		await view.load().then((module) => {
			loaded.value = {...loaded.peek(), [name]: {module}};
			return module.ahead?.();
		}, () => {});
	}
}
render(html`<${App}/>`, /** @type {HTMLElement} */ (document.getElementById("app")));
setTimeout(loadAhead, 1500);
refreshState().then(startFeed, (err) => {
	if (err.status === 401) return;
	feedState.value = "lost";
	startFeed();
});
