// What stands where there is nothing to show: each names the next step.
import {html, useEffect, useState} from "../vendor/preact.js";
import {copyText} from "./clipboard.js";
import {Icon} from "./icon.js";

/** @param {{icon?: string, title: string, children?: any}} props */
export function Empty({icon = "info", title, children}) {
	return html`<div class="empty"><${Icon} name=${icon}/><h2>${title}</h2>${children}</div>`;
}

/** @param {{error: any, what?: string, retry?: () => void}} props what happened, what to do, and again */
export function ErrorState({error, what, retry}) {
	return html`<div class="empty" role="alert"><${Icon} name="error" class="error-text"/>
		<h2>${what ?? error?.title ?? "It did not work"}</h2>
		<p class="wrap">${error?.message ?? String(error)}</p>
		${error?.hint && html`<p>${error.hint}</p>`}
		${retry && html`<button onClick=${retry}><${Icon} name="replay"/>Try again</button>`}
	</div>`;
}

/** Nothing for a moment, then a word: quick answers do not flicker. */
export function Wait({text = "Loading …"}) {
	const [late, set] = useState(false);
	useEffect(() => {
		const t = setTimeout(() => set(true), 300);
		return () => clearTimeout(t);
	}, []);
	return html`<div class="wait" aria-busy="true">${late ? text : ""}</div>`;
}

/** A line to be copied. @param {{text: string, label?: string}} props */
export function CopyLine({text, label = "Copy the line"}) {
	return html`<div class="copyline"><code tabindex="0">${text}</code>
		<button class="icon" aria-label=${label} title=${label} onClick=${() => copyText(text)}><${Icon} name="copy"/></button></div>`;
}
